"""The ledger of backfills: which days are still to do, who asked for them and why, what they changed (L1.7, L1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from models.backfills import backfills
from models.errors import ClosedDay, WrongUsage
from models.operations import runs
from reports.changes import Change, changes
from tasks.database import take_lock, transaction
from tasks.reasons import require_reason
from tasks.runs import READ_ONLY, latest_begun

MOST_DAYS = 400
"""A slip in the year would close every day up to it."""


@dataclass(frozen=True)
class Wish:
    """The days that a person wants to be run, and why. Raises WrongUsage for a wish that makes no sense."""

    flow: str
    first: date
    last: date
    reason: str
    requested_by: str

    def __post_init__(self) -> None:
        require_reason(self.reason, "the backfill")
        if not 0 <= (self.last - self.first).days < MOST_DAYS:
            raise WrongUsage(
                f"The days from {self.first} to {self.last} cannot be run at once; expected 1 to {MOST_DAYS} days, the "
                "first of them first."
            )

    @property
    def days(self) -> list[date]:
        """Every day of the range, oldest first."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Plan:
    """A wish, and what is left of it to do."""

    wish: Wish
    todo: tuple[date, ...]
    backfill_id: int | None
    """The backfill of the same days that did the others."""
    unfinished: bool
    """Whether that one has not ended well: it is taken up."""


def plan_backfill(wish: Wish) -> Plan:
    """What is left to do; without an earlier backfill of the same days all of them.

    Days that were completed since the earlier one began are done, whoever did them. Raises ClosedDay where one that is
    left lies before a day that has begun (L1.8).
    """
    b = backfills.c
    same = (b.flow == wish.flow) & (b.first_day == wish.first) & (b.last_day == wish.last)
    with transaction() as connection:
        latest = latest_begun(connection) if wish.flow not in READ_ONLY else None
        closed = latest is not None and wish.first < latest
        before = connection.execute(sa.select(backfills).where(same).order_by(b.backfill_id.desc()).limit(1)).first()
        # One that has ended is of interest only where its days cannot be done again.
        if before is not None and before.state == "completed" and not closed:
            before = None
        done = set() if before is None else _completed_since(connection, wish, before.started_at)
    todo = tuple(day for day in wish.days if day not in done)
    if latest is not None and todo and todo[0] < latest:
        raise ClosedDay(wish.flow, todo[0], latest)
    known = None if before is None else before.backfill_id
    return Plan(wish, todo, known, before is not None and before.state != "completed")


def _completed_since(connection: sa.Connection, wish: Wish, since: datetime) -> set[date]:
    query = _passes(wish.flow, wish.last, since).with_only_columns(runs.c.as_of)
    return set(connection.execute(query.where(runs.c.state == "completed")).scalars())


def _passes(flow: str, last: date, since: datetime) -> sa.Select[tuple[int]]:
    """The passes of a flow up to the day `last` that have done anything since a backfill began."""
    r = runs.c
    at_work = sa.func.coalesce(r.finished_at, sa.func.clock_timestamp()) >= since
    return sa.select(r.run_id).where(r.flow == flow, r.parent_id.is_(None), r.as_of <= last, at_work)


def begin_backfill(plan: Plan, foreseen: Sequence[Change]) -> int:
    """Open the backfill, or take up the one that has stopped, whose reason and rehearsal stay; returns its id."""
    wish, b = plan.wish, backfills.c
    with transaction() as connection:
        take_lock(connection)
        joined = connection.execute(
            sa.update(backfills)
            .where(b.flow == wish.flow, b.first_day == wish.first, b.last_day == wish.last, b.state != "completed")
            .values(state="running", finished_at=None, error=None, attempts=b.attempts + 1)
            .returning(b.backfill_id)
        ).scalar()
        if joined is not None:
            return int(joined)
        values = {"flow": wish.flow, "first_day": wish.first, "last_day": wish.last, "reason": wish.reason}
        values |= {"requested_by": wish.requested_by, "foreseen": [change.as_json() for change in foreseen]}
        return int(connection.execute(sa.insert(backfills).values(values).returning(b.backfill_id)).scalar_one())


def end_backfill(backfill_id: int, *, error: str | None = None) -> None:
    """Completed, or with an error failed and waiting to be taken up; with all that its days have changed so far."""
    b = backfills.c
    with transaction() as connection:
        take_lock(connection)
        of = connection.execute(sa.select(backfills).where(b.backfill_id == backfill_id)).one()
        passes = connection.execute(_passes(of.flow, of.last_day, of.started_at)).scalars().all()
        changed = [change.as_json() for change in changes(connection, passes)]
        connection.execute(
            sa.update(backfills)
            # Another process may have finished the same days in the meantime.
            .where(b.backfill_id == backfill_id, b.state != "completed")
            .values(state="failed" if error else "completed", error=error, changed=changed)
            .values(finished_at=sa.func.clock_timestamp())
        )
