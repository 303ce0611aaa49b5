"""A committed store for the tests of delivery: made once a module, emptied of messages after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.database import transaction
from tests import processes
from tests.conftest import use_database
from tests.tasks import posting

_EMPTY = """
    TRUNCATE tajdid.deliveries, tajdid.messages, tajdid.runs, tajdid.lots CASCADE;
    DELETE FROM tajdid.customers WHERE customer NOT IN ('a', 'b', 'c');
    DELETE FROM tajdid.companies WHERE company <> 'club';
"""


@pytest.fixture(scope="module")
def posted(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a store with `posting.open_club`."""
    with processes.copied(server_url, template, "tajdid_posted"):
        posting.open_club(tmp_path_factory.mktemp("club"))
        yield os.environ["TAJDID_DATABASE_URL"]


@pytest.fixture
def folder(posted: str, tmp_path: Path) -> Iterator[Path]:
    """A folder for one test, on that store."""
    if os.environ["TAJDID_DATABASE_URL"] != posted:
        use_database(posted)
    yield tmp_path
    with transaction() as connection:
        connection.exec_driver_sql(_EMPTY)
