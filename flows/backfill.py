"""A range of business days that a person asks for: all rehearsed, then done day by day, resumable (L1.7, L1.8)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from flows.business_day import Day, run_days
from models.errors import TajdidError
from reports.changes import Change, changes
from tasks.backfills import Plan, begin_backfill, end_backfill, passes_of, plan_backfill, record_day
from tasks.database import rehearsal, transaction

RunDay = Callable[[str, date], Iterable[Day]]
"""Runs a flow for a business date; yields it and the missed days that came before it."""


@dataclass(frozen=True)
class Backfill:
    """A backfill that has been rehearsed and not yet begun."""

    plan: Plan
    foreseen: list[Change]


def rehearse(flow: str, first: date, last: date) -> Backfill:
    """Do what is left of the days in one transaction that is rolled back; raises where a day would fail."""
    plan = plan_backfill(flow, first, last)
    if not plan.todo:
        return Backfill(plan, [])
    with rehearsal() as connection:
        days = [day for as_of in plan.todo for day in run_days(flow, as_of)]
        return Backfill(plan, changes(connection, [day.run_id for day in days]))


def run_backfill(of: Backfill, reason: str, requested_by: str, run_day: RunDay = run_days) -> Iterator[Day]:
    """Run the days, oldest first, yielding each as it is done; one that fails stops it until it is asked for again."""
    backfill_id = begin_backfill(of.plan, reason, requested_by, of.foreseen)
    try:
        for as_of in of.plan.todo:
            for day in run_day(of.plan.flow, as_of):
                record_day(backfill_id, day.as_of, day.run_id)
                yield day
    except BaseException as error:
        said = str(error)[:2000] if isinstance(error, TajdidError) else type(error).__name__
        # Where the connection is what failed, the backfill stays unfinished and is taken up all the same.
        with contextlib.suppress(SQLAlchemyError):
            end_backfill(backfill_id, "failed", changed_by(backfill_id), said)
        raise
    end_backfill(backfill_id, "completed", changed_by(backfill_id))


def changed_by(backfill_id: int) -> list[Change]:
    """What the days of a backfill have changed, those of an earlier attempt included."""
    with transaction() as connection:
        return changes(connection, passes_of(connection, backfill_id))
