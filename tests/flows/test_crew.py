"""Parts of a step at work at once leave what they leave in turn: same rows, same numbers, whoever is killed when."""

from __future__ import annotations

import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from flows.business_day import run_days
from models.errors import AuditBroken, Interrupted, TajdidError
from models.metadata import SCHEMA
from tasks import database
from tasks.crew import Submit, threads
from tasks.relay import Relay, leading
from tasks.runs import perform
from tasks.step import Shard
from tests import processes as p

NIGHT = p.EVE + timedelta(1)
PARTS = 3


@pytest.fixture(scope="module")
def in_turn(server_url: str, eve: str) -> p.State:
    """What the days up to `p.LAST` leave when one process does them, undivided."""
    with p.copied(server_url, eve, "tajdid_crew"):
        p.nightly(p.LAST)
        return p.state()


@pytest.fixture
def night(server_url: str, eve: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A copy of the store on the eve, and settings for a crew of threads."""
    monkeypatch.setenv("TAJDID_RUNNER", "threads")
    monkeypatch.setenv("TAJDID_SHARDS", str(PARTS))
    with p.copied(server_url, eve, "tajdid_crew") as name:
        yield name


def by_threads(submitting: Callable[[Submit], Submit] = lambda submit: submit) -> None:
    """The days up to `p.LAST` by threads."""
    with threads() as submit:
        assert submit is not None
        list(run_days("nightly", p.LAST, submit=submitting(submit)))


def claims() -> list[Any]:
    """What is claimed and not taken."""
    with database.transaction() as connection:
        return list(connection.execute(sa.text(f"SELECT part, taken FROM {SCHEMA}.number_claims")))


def assert_as_in_turn(in_turn: p.State) -> None:
    p.assert_same(p.state(), in_turn)
    # Who comes when all is done repeats the audit and the delivery, and nothing else (L1.7).
    assert {step for (_, step, _), times in p.recorded_steps().items() if times > 1} <= {"audit", "delivery"}
    assert claims() == []
    p.assert_sound(p.LAST)


def test_parts_at_once_leave_the_same_rows_and_numbers(night: str, in_turn: p.State):
    by_threads()
    assert_as_in_turn(in_turn)


def test_parts_that_begin_in_any_order_leave_the_same_rows_and_numbers(night: str, in_turn: p.State):
    pool = ThreadPoolExecutor(PARTS)

    def last_first(submit: Submit) -> Submit:
        later = [threading.Event() for _ in range(PARTS + 2)]

        def begin(step: Any, of: Any, shard: Shard, leader: int) -> Any:
            if shard.index == 1:
                later[:] = [threading.Event() for _ in range(PARTS + 2)]
            mine = later

            def work() -> Any:
                if shard.index < shard.count:
                    assert mine[shard.index + 1].wait(p.PATIENCE_S)
                mine[shard.index].set()
                return perform(step, of, shard, leader)

            return pool.submit(work)

        return begin

    by_threads(last_first)
    pool.shutdown()
    assert_as_in_turn(in_turn)


def test_a_part_that_fails_takes_those_after_it_along_and_the_next_run_ends_as_if_nothing_was(night: str, in_turn):
    def failing(submit: Submit) -> Submit:
        def begin(step: Any, of: Any, shard: Shard, leader: int) -> Any:
            if (step.name, shard.index) != ("renewals", 2):
                return submit(step, of, shard, leader)
            broken: Future[Any] = Future()
            broken.set_exception(RuntimeError("the worker is gone"))
            return broken

        return begin

    with pytest.raises(RuntimeError, match="the worker is gone"):
        by_threads(failing)
    done = {shard: count for (_, step, shard), count in p.recorded_steps().items() if step == "renewals"}
    assert done.keys() & {"2/3", "3/3"} == set(), "numbers would have a gap"
    by_threads()
    assert_as_in_turn(in_turn)


def test_a_part_whose_connection_is_lost_is_done_again_with_its_step(night: str, in_turn: p.State, monkeypatch):
    monkeypatch.setattr("tasks.crew._PAUSES_S", (0,))
    struck: list[str] = []

    def losing(submit: Submit) -> Submit:
        def begin(step: Any, of: Any, shard: Shard, leader: int) -> Any:
            if step.name == "renewals" and shard.index == 2 and not struck:
                struck.append(step.name)
                with database.transaction() as connection:
                    connection.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": leader})
            return submit(step, of, shard, leader)

        return begin

    by_threads(losing)
    assert struck
    assert_as_in_turn(in_turn)


def test_one_worker_who_takes_the_last_part_first_does_them_all(night: str, in_turn: p.State, monkeypatch):
    monkeypatch.setattr("tasks.relay.PATIENCE_S", 0.05)
    waiting: list[tuple[Future[Any], Any]] = []

    def work() -> None:
        for promise, part in reversed(waiting):
            try:
                promise.set_result(perform(*part))
            except Exception as error:
                promise.set_exception(error)
        waiting.clear()

    with ThreadPoolExecutor(1) as pool:

        def last_first(submit: Submit) -> Submit:
            def begin(step: Any, of: Any, shard: Shard, leader: int) -> Any:
                waiting.append((Future(), (step, of, shard, leader)))
                promise = waiting[-1][0]
                if shard.index == shard.count:
                    pool.submit(work)
                return promise

            return begin

        by_threads(last_first)
    assert_as_in_turn(in_turn)


def test_a_broken_audit_is_told_with_the_rows_of_all_parts(night: str, monkeypatch: pytest.MonkeyPatch):
    p.nightly(p.LAST)
    with database.transaction() as connection:
        connection.execute(sa.text(f"UPDATE {SCHEMA}.memberships SET paid_until = paid_until + 1"))
        connection.execute(sa.text(f"UPDATE {SCHEMA}.invoice_series SET last_no = last_no + 1"))
    for workers in (1, PARTS):
        with ThreadPoolExecutor(workers) as pool, pytest.raises(AuditBroken) as broken:
            list(run_days("audit", p.LAST, submit=lambda *part: pool.submit(perform, *part)))
        found = " ".join(broken.value.breaks)
        assert "standing_unlike_periods" in found and "numbers_with_gaps" in found


@pytest.mark.parametrize(
    "error", [AuditBroken(NIGHT, ["a row"]), Interrupted("renewals", "1/2", "no leader")], ids=repr
)
def test_an_error_crosses_processes_as_it_is(error: TajdidError):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)


@pytest.mark.parametrize("at", [5, 60, 150, 260, 400])
def test_a_crew_that_is_killed_leaves_nothing_half_done(night: str, in_turn: p.State, at: int):
    assert p.ended(p.start(p.dying_at_statement, at, by_threads)) == [-signal.SIGKILL]
    by_threads()
    assert_as_in_turn(in_turn)


def test_two_crews_and_one_without_are_as_good_as_one(night: str, in_turn: p.State):
    children = [p.start(by_threads), p.start(by_threads), p.start(p.nightly, p.LAST)]
    assert p.ended(*children) == [0, 0, 0]
    assert_as_in_turn(in_turn)


def test_a_part_without_a_leader_does_nothing(night: str):
    with leading() as leader:
        pass
    with database.transaction() as connection, pytest.raises(Interrupted, match="nobody leads the step"):
        Relay(leader, 1, "renewals", Shard(1, 2)).enter(connection)


def test_whoever_changes_the_store_waits_for_parts_whose_leader_is_gone(night: str):
    with database.transaction() as part:
        with leading() as leader:
            Relay(leader, 1, "renewals", Shard(1, 2)).enter(part)
        with database.transaction() as other, pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            other.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            database.take_lock(other)
