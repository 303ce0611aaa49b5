"""Two processes at once are as good as one after the other: each step is done once, no number twice, no payment lost.

The parent holds the store's change lock until all of its children stand in line for it; then they run into each other.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.business_day import run_days
from models.metadata import SCHEMA
from tasks import database, intake
from tasks.runs import perform
from tests import processes as p
from tests.support import view

NIGHT = p.EVE + timedelta(1)
IN_LINE = """
    (SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
     WHERE locktype = 'advisory' AND datname = current_database() AND granted = {granted}) = {count}
"""
Work = tuple[Callable[..., object], Any]


@pytest.fixture
def night(server_url: str, eve: str) -> Iterator[str]:
    """A copy of the store on the eve."""
    with p.copied(server_url, eve, "tajdid_night") as name:
        yield name


@pytest.fixture
def left_by(server_url: str, eve: str) -> Callable[..., p.State]:
    """What some works leave that run one after the other, from the eve on."""

    def one_by_one(*works: Work) -> p.State:
        with p.copied(server_url, eve, "tajdid_night"):
            for work, *arguments in works:
                work(*arguments)
            return p.state()

    return one_by_one


def at_once(*works: Work) -> list[int | None]:
    """Do works in a process each, all let loose at the same moment; their exit codes."""
    children = []
    with database.transaction() as connection:
        database.take_lock(connection)
        for work, *arguments in works:
            children.append(p.start(work, *arguments))
            p.wait_until(connection, IN_LINE.format(granted="false", count=len(children)))
    return p.ended(*children)


def runs_of(day: date) -> list[tuple[Any, ...]]:
    """The nightly runs of a day."""
    query = sa.text(f"SELECT state FROM {SCHEMA}.runs WHERE flow = 'nightly' AND as_of = :day")
    with database.transaction() as connection:
        return [tuple(row) for row in connection.execute(query, {"day": day})]


@pytest.mark.parametrize("count", [2, 4])
def test_the_same_nightly_in_several_processes_is_one_run(left_by, server_url: str, eve: str, count: int):
    expected = left_by((p.nightly, NIGHT))
    with p.copied(server_url, eve, "tajdid_night"):
        assert at_once(*[(p.nightly, NIGHT)] * count) == [0] * count
        p.assert_same(p.state(), expected)
        assert runs_of(NIGHT) == [("completed",)]
        assert set(p.recorded_steps().values()) == {1}
        p.assert_sound(NIGHT)


def test_of_two_nightlies_one_is_killed_and_the_other_goes_on(left_by, server_url: str, eve: str):
    expected = left_by((p.nightly, NIGHT))
    with p.copied(server_url, eve, "tajdid_night"):
        assert at_once((p.nightly, NIGHT, p.dying_after(3)), (p.nightly, NIGHT)) == [-signal.SIGKILL, 0]
        p.assert_same(p.state(), expected)
        assert set(p.recorded_steps().values()) == {1}
        p.assert_sound(NIGHT)


@pytest.mark.parametrize("days", [(1, 2), (2, 1)])
def test_nightlies_for_different_days_leave_what_the_later_one_leaves(left_by, server_url: str, eve: str, days):
    asked = [p.EVE + timedelta(n) for n in days]
    expected = left_by((p.nightly, max(asked)))
    with p.copied(server_url, eve, "tajdid_night"):
        assert at_once(*[(p.nightly, day) for day in asked]) == [0, 0]
        p.assert_same(p.state(), expected)
        assert set(p.recorded_steps().values()) == {1}
        p.assert_sound(max(asked))


def test_a_nightly_that_another_one_has_overtaken_finds_its_days_done(night: str):
    slow = run_days("nightly", p.EVE + timedelta(4))
    assert next(slow).as_of == p.EVE + timedelta(1)
    p.nightly(p.EVE + timedelta(4))
    before = p.contents(*p.LEDGER)
    list(slow)
    p.assert_same(p.contents(*p.LEDGER), before)
    p.assert_sound(p.EVE + timedelta(4))


def one_flow(flow: str) -> None:
    list(run_days(flow, NIGHT))


def test_flows_that_run_alone_beside_a_nightly_of_their_day_neither_break_nor_stop_it(night: str):
    works = [(one_flow, "renewals"), (p.nightly, NIGHT), (one_flow, "payments"), (one_flow, "grace")]
    assert at_once(*works) == [0] * 4
    assert set(p.recorded_steps().values()) <= {1, 2}
    p.assert_sound(NIGHT)


@pytest.fixture
def payments_file(tmp_path: Path) -> Path:
    """Forty payments of a night, among them one that the intake refuses."""
    lines = [f"late-{n:02d},cu{n % 12:05d},{10 + n},SAR,{NIGHT}" for n in range(40)]
    path = tmp_path / "payments-late.csv"
    path.write_text("\n".join(["payment,customer,amount,currency,paid_on", *lines, "x,nobody,1,SAR,2027-01-01"]))
    return path


def load(path: Path) -> None:
    intake.load(path, NIGHT)


def test_payments_loaded_while_a_nightly_runs_are_as_if_loaded_before_or_after(
    left_by, server_url: str, eve: str, payments_file: Path
):
    either = [left_by((load, payments_file), (p.nightly, NIGHT)), left_by((p.nightly, NIGHT), (load, payments_file))]
    with p.copied(server_url, eve, "tajdid_night"):
        assert at_once((p.nightly, NIGHT), (load, payments_file)) == [0, 0]
        assert p.state() in either
        p.assert_sound(NIGHT)
        p.nightly(NIGHT)
        assert len([row for row in view("payments") if row["payment"].startswith("late-")]) == 40


@pytest.mark.parametrize("step", ["refunds", "renewals", "credit_after_renewals", "audit"])
def test_payments_loaded_between_two_steps_wait_for_the_next_run(
    left_by, server_url: str, eve: str, payments_file: Path, step: str
):
    after = left_by((p.nightly, NIGHT), (load, payments_file))

    def loading_before(doing: Any, *part: Any) -> Any:
        if doing.name == step:
            assert p.ended(p.start(load, payments_file)) == [0]
        return perform(doing, *part)

    with p.copied(server_url, eve, "tajdid_night"):
        p.nightly(NIGHT, loading_before)
        p.assert_same(p.state(), after)
        p.assert_sound(NIGHT)


def load_slowly(path: Path, reading: Any, go_on: Any) -> None:
    """Load a file, and dawdle within the transaction while the lines are read."""

    def dawdle(sent: int) -> None:
        if sent == 2:
            reading.set()
            go_on.wait(p.PATIENCE_S)

    with p.watched(dawdle):
        load(path)


def test_payments_whose_intake_began_before_a_night_and_ended_after_it_are_taken_in_by_a_repetition(
    left_by, server_url: str, eve: str, payments_file: Path
):
    expected = left_by((p.nightly, NIGHT), (load, payments_file), (p.nightly, NIGHT))
    with p.copied(server_url, eve, "tajdid_night"):
        reading, go_on = p.FORK.Event(), p.FORK.Event()
        slow = p.start(load_slowly, payments_file, reading, go_on)
        assert reading.wait(p.PATIENCE_S)
        p.nightly(NIGHT)
        go_on.set()
        assert p.ended(slow) == [0]
        p.nightly(NIGHT)
        p.assert_same(p.state(), expected)
        assert len([row for row in view("payments") if row["payment"].startswith("late-")]) == 40


def test_one_file_loaded_by_two_intakes_at_once_is_loaded_once(left_by, server_url: str, eve: str, payments_file: Path):
    expected = left_by((load, payments_file), (p.nightly, NIGHT))
    with p.copied(server_url, eve, "tajdid_night"):
        assert at_once((load, payments_file), (load, payments_file)) == [0, 0]
        files = sa.text(f"SELECT loaded, unchanged, rejected FROM {SCHEMA}.intake_files WHERE name = :name")
        with database.transaction() as connection:
            found = connection.execute(files, {"name": payments_file.name}).all()
        assert sorted(tuple(row) for row in found) == [(0, 40, 1), (40, 0, 1)]
        p.nightly(NIGHT)
        p.assert_same(p.state(), expected)


def hold_the_lock(statement: str) -> None:
    with database.transaction() as connection:
        database.take_lock(connection)
        connection.execute(sa.text(statement))
        signal.pause()


@pytest.mark.parametrize(("statement", "within"), [("SELECT 1", "1s"), ("SELECT pg_sleep(60)", "4s")])
def test_lock_of_a_killed_process_is_free_at_once_even_if_its_statement_runs(own_database, statement: str, within: str):
    holder = p.start(hold_the_lock, statement)
    with database.transaction() as connection:
        p.wait_until(connection, IN_LINE.format(granted="true", count=2))
        holder.kill()
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{within}'"))
        database.take_lock(connection)
    assert p.ended(holder) == [-signal.SIGKILL]
