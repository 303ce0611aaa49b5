"""The ledger of backfills: which days are still to do, who asked for them and why, what they changed (L1.7, L1.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from models.backfills import backfill_days, backfills
from models.errors import ClosedDay, WrongUsage
from reports.changes import Change
from tasks.database import take_lock, transaction
from tasks.runs import READ_ONLY, latest_begun


@dataclass(frozen=True)
class Plan:
    """A range of days that a person asked for, and what is left of it."""

    flow: str
    first: date
    last: date
    todo: tuple[date, ...]
    backfill_id: int | None
    """The backfill that did the other days: it has stopped, or, where nothing is left to do, it has finished."""


def plan_backfill(flow: str, first: date, last: date) -> Plan:
    """What is left to do of the days from `first` to `last`; the days that an unfinished backfill did are left out.

    Raises WrongUsage for an empty range, ClosedDay where the first day lies before one that has begun (L1.8).
    """
    if last < first:
        raise WrongUsage(f"The days from {first} to {last} are none; expected the last day on or after the first.")
    with transaction() as connection:
        before = connection.execute(
            sa.select(backfills.c.backfill_id, backfills.c.state)
            .where(backfills.c.flow == flow, backfills.c.first_day == first, backfills.c.last_day == last)
            .order_by(backfills.c.backfill_id.desc())
            .limit(1)
        ).first()
        latest = latest_begun(connection) if flow not in READ_ONLY else None
        is_closed = latest is not None and first < latest
        if before is not None and before.state == "completed":
            if is_closed:
                return Plan(flow, first, last, (), before.backfill_id)
            before = None
        done = _done(connection, before.backfill_id) if before is not None else set()
    todo = tuple(day for day in _days(first, last) if day not in done)
    if latest is not None and todo and todo[0] < latest:
        raise ClosedDay(flow, todo[0], latest)
    return Plan(flow, first, last, todo, before.backfill_id if before is not None else None)


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _done(connection: sa.Connection, backfill_id: int) -> set[date]:
    query = sa.select(backfill_days.c.as_of).where(backfill_days.c.backfill_id == backfill_id)
    return set(connection.execute(query).scalars())


def begin_backfill(plan: Plan, reason: str, requested_by: str, foreseen: list[Change]) -> int:
    """Open the backfill, or take the one up that has stopped; returns its id."""
    if not reason.strip():
        raise WrongUsage("The reason is empty; expected a few words. They stay with the backfill.")
    values = {"reason": reason, "requested_by": requested_by, "foreseen": foreseen}
    with transaction() as connection:
        take_lock(connection)
        joined = connection.execute(
            sa.update(backfills)
            .where(backfills.c.flow == plan.flow, backfills.c.first_day == plan.first)
            .where(backfills.c.last_day == plan.last, backfills.c.state != "completed")
            .values(state="running", finished_at=None, error=None, attempts=backfills.c.attempts + 1, **values)
            .returning(backfills.c.backfill_id)
        ).scalar()
        if joined is not None:
            return int(joined)
        opened = sa.insert(backfills).values(flow=plan.flow, first_day=plan.first, last_day=plan.last, **values)
        return int(connection.execute(opened.returning(backfills.c.backfill_id)).scalar_one())


def record_day(backfill_id: int, as_of: date, run_id: int) -> None:
    """A day is done: the backfill goes on behind it, whatever happens."""
    with transaction() as connection:
        take_lock(connection)
        done = sa.exists().where(backfill_days.c.backfill_id == backfill_id, backfill_days.c.as_of == as_of)
        if not connection.execute(sa.select(done)).scalar_one():
            connection.execute(sa.insert(backfill_days).values(backfill_id=backfill_id, as_of=as_of, run_id=run_id))


def passes_of(connection: sa.Connection, backfill_id: int) -> list[int]:
    """The runs of the days that a backfill has done, also of an earlier attempt."""
    query = sa.select(backfill_days.c.run_id).where(backfill_days.c.backfill_id == backfill_id)
    return list(connection.execute(query.order_by(backfill_days.c.as_of)).scalars())


def end_backfill(backfill_id: int, state: str, changed: list[Change], error: str | None = None) -> None:
    """Completed, or failed and waiting to be taken up; with what its days have changed so far."""
    with transaction() as connection:
        connection.execute(
            sa.update(backfills)
            .where(backfills.c.backfill_id == backfill_id, backfills.c.state == "running")
            .values(state=state, finished_at=sa.func.clock_timestamp(), error=error, changed=changed)
        )
