"""Least privilege: an analyst sees what is published, a runner runs nights and owns nothing."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from flows.business_day import run_days
from models.errors import NotUndoable
from models.roles import ANALYST, RUNNER
from tasks import undo
from tasks.database import transaction
from tests import processes as p
from tests.conftest import use_database
from tests.support import view


@pytest.fixture
def login(own_database: str) -> Iterator[object]:
    """Makes a login with the rights of a role; returns its URL."""
    made = []
    engine = sa.create_engine(own_database, isolation_level="AUTOCOMMIT")

    def make(role: str) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        made.append(name)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN IN ROLE {role}")
        return sa.make_url(own_database).set(username=name).render_as_string(hide_password=False)

    yield make
    use_database(own_database)
    with engine.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP OWNED BY {name}")
            connection.exec_driver_sql(f"DROP ROLE {name}")
    engine.dispose()


@pytest.mark.parametrize("statement", ["SELECT * FROM tajdid.customers", "CREATE TABLE reporting.mine (a int)"])
def test_analyst_reads_what_is_published_and_nothing_else(login, tmp_path, statement: str):
    p.small_club(tmp_path, full=True)
    use_database(login(ANALYST))
    assert view("memberships")
    with pytest.raises(ProgrammingError, match="permission denied"), transaction() as connection:
        connection.exec_driver_sql(statement)


def test_runner_loads_runs_and_undoes_but_migrates_nothing(login, tmp_path):
    use_database(login(RUNNER))
    p.small_club(tmp_path, full=True)
    for n in range(8):
        list(run_days("nightly", p.FIRST + timedelta(n)))
    with transaction() as connection:
        query = "SELECT run_id, flow FROM tajdid.runs WHERE flow IN ('dunning', 'renewals') ORDER BY run_id DESC"
        runs = [row.run_id for row in connection.execute(sa.text(query))]
    for run_id in runs:
        with contextlib.suppress(NotUndoable):  # some have written nothing
            undo.undo(run_id, "rights")
    for statement in ("DROP TABLE tajdid.invoices", "DELETE FROM tajdid.entries"):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction() as connection:
            connection.exec_driver_sql(statement)
