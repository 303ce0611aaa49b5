"""The ledger of runs (L1.7, L1.8): which day may run, which pass of it is open, which steps has it done?

A pass over a business date is a run, with a child run for each flow that it is made of. Whoever starts a pass that was
interrupted, or that another process is still running, joins it: each step is done once, by the transaction that records
it, under the store's change lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from models.errors import ClosedDay
from models.memberships import quarantine
from models.money import money_from_json, money_to_json
from models.operations import intake_files, runs, steps
from tasks.database import take_lock, transaction
from tasks.shards import Splits, shards, splits
from tasks.step import Outcome, Scope, Shard, Step, StepResult

NIGHTLY = "nightly"
READ_ONLY = frozenset({"audit"})
"""Flows that change no state: they may run for any date (L1.8)."""


@dataclass(frozen=True)
class Pass:
    """One pass of a flow over a business date: its run, the run of each flow that it is made of, how it is split."""

    flow: str
    as_of: date
    run_id: int
    run_of: dict[str, int]
    splits: Splits

    def parts(self, step: Step) -> tuple[Shard, ...]:
        """The shards of a step; none where its flow has nothing to do on this day (see `open_pass`)."""
        return shards(self.splits, step.shard_by) if step.flow in self.run_of else ()


def days_due(flow: str, as_of: date) -> list[date]:
    """The business days that a run for `as_of` has to do, oldest first: those missed since the last completed one.

    The first run ever starts with its own day (L1.7). Raises ClosedDay for a day before the last completed one.
    """
    last = last_completed(flow)
    if last is None or last == as_of:
        return [as_of]
    if as_of < last:
        raise ClosedDay(flow, as_of, last)
    return [last + timedelta(days) for days in range(1, (as_of - last).days + 1)]


def last_completed(flow: str) -> date | None:
    """The last business date that `flow` has completed."""
    query = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.flow == flow, runs.c.state == "completed")
    with transaction() as connection:
        last: date | None = connection.execute(query).scalar_one()
    return last


def open_pass(flow: str, as_of: date, recipe: Sequence[Step], shard_count: int) -> Pass:
    """Open a pass of `flow` over `as_of`, or join the unfinished one. Raises ClosedDay for an earlier date (L1.8).

    Left out of the pass are flows that were run alone for a later day (their selections are inequalities, so they did
    this day's work too), and flows that have completed this very day and of which nothing has arrived since: a
    repeated day changes nothing (L1.7), not even what its own last stages have left for the next day (L1.6).
    """
    with transaction() as connection:
        take_lock(connection)
        last = _last_day(connection, flow)
        if last is not None and as_of < last and flow not in READ_ONLY:
            raise ClosedDay(flow, as_of, last)
        run_id, split = _join_or_open(connection, flow, as_of, None, shard_count)
        run_of = {}
        for name in dict.fromkeys(step.flow for step in recipe):
            last = _last_day(connection, name)
            due = last is None or last < as_of or (last == as_of and not _done_and_no_news(connection, name, as_of))
            if due or name in READ_ONLY:
                parts_run = (run_id, split) if name == flow else _join_or_open(connection, name, as_of, run_id, 1)
                run_of[name] = parts_run[0]
    return Pass(flow, as_of, run_id, run_of, split)


def _done_and_no_news(connection: sa.Connection, flow: str, as_of: date) -> bool:
    """Whether `flow` has completed the day and no record came in, and none was released, since that pass began."""
    completed = (runs.c.flow == flow, runs.c.as_of == as_of, runs.c.state == "completed")
    since = sa.select(sa.func.max(runs.c.started_at)).where(*completed).scalar_subquery()
    came = sa.exists().where(intake_files.c.loaded > 0, intake_files.c.loaded_at > since)
    released = sa.exists().where(quarantine.c.released_at > since)
    return connection.execute(sa.select(since.isnot(None) & ~came & ~released)).scalar_one() is True


def _last_day(connection: sa.Connection, flow: str) -> date | None:
    """The last business date of which `flow` has done anything: completed it, or at least one of its steps."""
    part = runs.alias("part")
    of = (part.c.run_id == runs.c.run_id) | (part.c.parent_id == runs.c.run_id)
    begun = sa.exists().where(of, steps.c.run_id == part.c.run_id)
    query = sa.select(runs.c.as_of).where(runs.c.flow == flow, (runs.c.state == "completed") | begun)
    return connection.execute(query.order_by(runs.c.as_of.desc()).limit(1)).scalar()


def _join_or_open(
    connection: sa.Connection, flow: str, as_of: date, parent: int | None, shard_count: int
) -> tuple[int, Splits]:
    joined = connection.execute(
        sa.update(runs)
        .where(runs.c.flow == flow, runs.c.as_of == as_of, runs.c.parent_id.is_not_distinct_from(parent))
        .where(runs.c.state != "completed")
        .values(state="running", finished_at=None, error=None, attempts=runs.c.attempts + 1)
        .returning(runs.c.run_id, runs.c.shards)
    ).first()
    if joined is not None:
        return joined.run_id, joined.shards or {}
    split = splits(connection, shard_count) if parent is None else {}
    values = {"flow": flow, "as_of": as_of, "parent_id": parent, "shards": split}
    return connection.execute(sa.insert(runs).values(values).returning(runs.c.run_id)).scalar_one(), split


def perform(step: Step, of: Pass, shard: Shard) -> StepResult:
    """Do one part of a step in a transaction of its own, with its ledger row; what the pass has done is not redone."""
    run_id = of.run_of[step.flow]
    with transaction() as connection:
        take_lock(connection)
        done = connection.execute(
            sa.select(steps.c.counts, steps.c.money).where(
                steps.c.run_id == run_id, steps.c.step == step.name, steps.c.shard == shard.name
            )
        ).first()
        if done is not None:
            return StepResult(step.name, of.as_of, done.counts, money_from_json(done.money), repeated=True)
        outcome = step.work(connection, Scope(of.as_of, run_id, shard))
        _record(connection, run_id, step, shard, outcome)
    return StepResult(step.name, of.as_of, outcome.counts, outcome.money)


def _record(connection: sa.Connection, run_id: int, step: Step, shard: Shard, outcome: Outcome) -> None:
    values = {
        "run_id": run_id,
        "step": step.name,
        "shard": shard.name,
        "counts": outcome.counts,
        "money": money_to_json(outcome.money),
    }
    connection.execute(sa.insert(steps).values(values))


def complete(of: Pass) -> None:
    """All steps of the pass are done: it and its parts are completed."""
    _finish(of, "completed", None)


def fail(of: Pass, error: str) -> None:
    """The pass stopped; it waits to be taken up again. `error` is for people and holds no secret."""
    _finish(of, "failed", error)


def _finish(of: Pass, state: str, error: str | None) -> None:
    ids = [of.run_id, *of.run_of.values()]
    with transaction() as connection:
        connection.execute(
            sa.update(runs)
            .where(runs.c.run_id.in_(ids), runs.c.state != "completed")
            .values(state=state, finished_at=sa.func.clock_timestamp(), error=error)
        )
