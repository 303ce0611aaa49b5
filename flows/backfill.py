"""A range of business days that a person asks for: all rehearsed, then done day by day, resumable (L1.7, L1.8)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from flows.business_day import Day, run_days, told_of
from reports.changes import Change, changes
from reports.days import would_hold
from tasks.backfills import Plan, Wish, begin_backfill, end_backfill, plan_backfill
from tasks.database import rehearsal

RunDay = Callable[[str, date], Iterable[Day]]
"""Runs a flow for a business date; yields it and the missed days that came before it."""


@dataclass(frozen=True)
class Backfill:
    """A backfill that has been rehearsed and not yet begun."""

    plan: Plan
    days: tuple[date, ...]
    """The days that it will do: those left of the wish, and with nightly the missed ones before them."""
    foreseen: list[Change]
    would_hold: tuple[str, ...] = ()
    """What the guard would hold, were it not a rehearsal."""


def rehearse(wish: Wish) -> Backfill:
    """Do what is left of the days in one transaction that is rolled back; raises where a day would fail."""
    plan = plan_backfill(wish)
    if not plan.todo:
        return Backfill(plan, (), [])
    with rehearsal() as connection:
        days = [day for as_of in plan.todo for day in run_days(wish.flow, as_of)]
        foreseen = changes(connection, [day.run_id for day in days])
    held = would_hold(result for day in days for result in day.results)
    return Backfill(plan, tuple(day.as_of for day in days), foreseen, tuple(held))


def run_backfill(of: Backfill, run_day: RunDay = run_days) -> Iterator[Day]:
    """Run the days, oldest first, yielding each as it is done; one that fails stops it until it is asked for again."""
    if not of.plan.todo and not of.plan.unfinished:
        return
    backfill_id = begin_backfill(of.plan, of.foreseen)
    try:
        for as_of in of.plan.todo:
            yield from run_day(of.plan.wish.flow, as_of)
    except BaseException as error:
        # Where the connection is what failed, the backfill stays unfinished and is taken up all the same.
        with contextlib.suppress(SQLAlchemyError):
            end_backfill(backfill_id, error=told_of(error))
        raise
    end_backfill(backfill_id)
