"""A process may die anywhere: whoever runs the same day next ends it as if nothing had happened (L1.7, house rule 3).

eve ── nightly for 24 December, with 23 December missed ── killed with SIGKILL ── nightly again ── the same store
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.recipe import NIGHTLY
from tasks import database
from tests import processes as p
from tests.support import load_folder

NIGHT = p.EVE + timedelta(2)
STRIKES = 12
"""How many places within the statements of a night are tried, evenly spread."""


@dataclass(frozen=True)
class Quiet:
    """What a night does when nobody disturbs it."""

    eve: str
    after: p.State
    counts: dict[str, int]
    statements: int


@pytest.fixture(scope="module")
def quiet(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet]:
    """The store on the eve, to be copied, and what an undisturbed night makes of it."""
    with p.evening(server_url, template, tmp_path_factory.mktemp("club")) as eve:
        with p.copied(server_url, eve, "tajdid_night"):
            statements = p.statements_of(p.nightly, NIGHT)
            measured = Quiet(eve, p.state(), p.counts(), statements)
        yield measured


@pytest.fixture
def night(server_url: str, quiet: Quiet) -> Iterator[Quiet]:
    """A copy of the store on the eve, to be disturbed."""
    with p.copied(server_url, quiet.eve, "tajdid_night"):
        yield quiet


def assert_taken_up(quiet: Quiet) -> None:
    """A plain run in another process ends the night; nothing shows that it was ever interrupted."""
    assert p.ended(p.start(p.nightly, NIGHT)) == [0]
    assert_undisturbed(quiet)


def assert_undisturbed(quiet: Quiet) -> None:
    """The store is what an undisturbed night leaves, each part of each step was done once, nothing is left over."""
    p.assert_same(p.state(), quiet.after)
    assert p.counts() == quiet.counts
    assert set(p.recorded_steps().values()) == {1}
    p.assert_sound(NIGHT)


# Of the missed day every third boundary, of its own day each.
@pytest.mark.parametrize("parts", [*range(1, len(NIGHTLY), 3), *range(len(NIGHTLY), 2 * len(NIGHTLY) + 1)])
def test_killed_between_two_steps_the_next_run_goes_on_behind_the_last_one(night: Quiet, parts: int):
    assert p.ended(p.start(p.nightly, NIGHT, p.dying_after(parts))) == [-signal.SIGKILL]
    assert_taken_up(night)


@pytest.mark.parametrize("strike", range(STRIKES))
def test_killed_within_a_step_nothing_of_it_is_kept_and_the_next_run_does_it(night: Quiet, strike: int):
    statement = 1 + night.statements * strike // STRIKES
    assert p.ended(p.start(p.dying_at_statement, statement, p.nightly, NIGHT)) == [-signal.SIGKILL]
    assert_taken_up(night)


def test_killed_again_and_again_a_night_still_comes_to_its_end(night: Quiet):
    code, patience = -signal.SIGKILL, 0
    while code == -signal.SIGKILL and patience < 2 * night.statements:
        patience += 40
        [code] = p.ended(p.start(p.dying_at_statement, patience, p.nightly, NIGHT))
    assert code == 0
    assert_undisturbed(night)


@pytest.mark.parametrize("parts", [2, 9, 17])
def test_a_night_keeps_its_shards_when_they_are_set_anew_after_a_crash(night: Quiet, parts: int):
    with p.split_in(3):
        assert p.ended(p.start(p.nightly, NIGHT, p.dying_after(parts))) == [-signal.SIGKILL]
    assert_taken_up(night)
    assert {shard.split("/")[1] for day, _, shard in p.recorded_steps() if day == p.EVE + timedelta(1)} == {"1", "3"}


def tajdid(*words: str) -> subprocess.Popen[str]:
    """The command line as a process, on the same store, without a Prefect server."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    program = [sys.executable, "-c", "from flows.cli import main; main()", *words]
    return subprocess.Popen(program, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_command_killed_from_outside_is_repeated_and_says_what_it_did(night: Quiet):
    with database.engine().connect() as connection, connection.begin() as obstacle:
        connection.execute(sa.text("LOCK TABLE tajdid.status_changes IN ACCESS EXCLUSIVE MODE"))
        stuck = tajdid("nightly", "--as-of", NIGHT.isoformat())
        p.wait_until(connection, "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL)")
        stuck.kill()
        assert stuck.wait(p.PATIENCE_S) == -signal.SIGKILL
        obstacle.rollback()
    again = tajdid("nightly", "--as-of", NIGHT.isoformat())
    said, _ = again.communicate(timeout=p.PATIENCE_S)
    assert again.returncode == 0, said
    assert str(NIGHT) in said
    assert_undisturbed(night)


@dataclass(frozen=True)
class Whole:
    """A folder, what its intake leaves in the store when nobody disturbs it, and in how many statements."""

    folder: Path
    stored: dict[str, Counter[Any]]
    statements: int


GIVEN = ("currencies", "calendar_months", "rejects")
"""Tables that the intake does not fill with the records of a file."""


def stored() -> dict[str, Counter[Any]]:
    """What the intake has stored: records and rejects, without what the store makes up."""
    return {**p.contents("intake_files", "rejects", instants=False), "rejects": p.state()["rejects"]}


@pytest.fixture(scope="module")
def whole(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The club's files and one with bad rows, loaded by an intake that nobody disturbs."""
    folder = tmp_path_factory.mktemp("folder")
    p.write_club(folder)
    bad = "payment,customer,amount,currency,paid_on\np-x,nobody,1,SAR,2027-12-20\np-y,cu00001,much,SAR,2027-12-20\n"
    (folder / "payments-bad.csv").write_text(bad, encoding="utf-8")
    with p.copied(server_url, template, "tajdid_intake"):
        statements = p.statements_of(load_folder, folder)
        return Whole(folder, stored(), statements)


@pytest.mark.parametrize("strike", range(8))
def test_killed_intake_has_loaded_whole_files_and_the_next_one_loads_the_rest(
    server_url: str, template: str, whole: Whole, strike: int
):
    with p.copied(server_url, template, "tajdid_intake"):
        statement = 1 + whole.statements * strike // 8
        killed = p.start(p.dying_at_statement, statement, load_folder, whole.folder)
        assert p.ended(killed) == [-signal.SIGKILL]
        assert loaded_by_file() == {name: rows for name, rows in p.counts().items() if rows and name not in GIVEN}
        load_folder(whole.folder)
        p.assert_same(stored(), whole.stored)


def loaded_by_file() -> dict[str, int]:
    """How many records of each entity the intake says that it has loaded."""
    query = "SELECT entity, sum(loaded)::int FROM tajdid.intake_files WHERE loaded > 0 GROUP BY entity"
    with database.transaction() as connection:
        return {entity: rows for entity, rows in connection.execute(sa.text(query)).all()}
