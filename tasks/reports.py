"""The reports of a day (L1.6): which are due on it, written as files and pages (TAJDID_OUT).

Writes no row but its own in the ledger. Repeating it replaces the files; any day may be asked for (L1.8).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from models.companies import companies
from models.rules.months import calendar_of
from reports.language.calendars import ends_month
from reports.report import Cadence
from tasks.database import is_rehearsal
from tasks.step import Outcome, Scope, Step

if TYPE_CHECKING:
    from tasks.reporting import Production

_SATURDAY = 5


def step(clock: Callable[[], datetime]) -> Step:
    """The step of the flow `reports`. A rehearsal writes no file and counts those that would be."""

    def work(connection: sa.Connection, scope: Scope) -> Outcome:
        # Charts and workbooks take long to import, and most commands write none.
        from tasks.reporting import names_of, write_due

        due = {
            company: [name for cadence in cadences for name in names_of(cadence)]
            for company, cadences in cadences_due(connection, scope.as_of).items()
        }
        if is_rehearsal():
            return Outcome({"reports": sum(map(len, due.values())), "rows": 0}, note="No file is written.")
        done = write_due(scope.as_of, due, produced_at=clock())
        rows = sum(written.rows for written in done.written)
        return Outcome({"reports": len(done.written), "rows": rows}, note=_note(done))

    return Step("reports", "reports", work, shard_by=None, at_once=False, outside=True)


def _note(done: Production) -> str:
    early = "The day has not been run yet: what it will bring is missing. " if done.known.is_early else ""
    return f"{early}All of them: {done.site}"


def cadences_due(connection: sa.Connection, as_of: date) -> dict[str, tuple[Cadence, ...]]:
    """Of each company: reports of every day, after a Saturday those of its week, after a month those of the month."""
    ended = set(companies_whose_month_ends(connection, as_of))
    known = connection.execute(sa.select(companies.c.company).order_by(companies.c.company)).scalars()
    weekly: tuple[Cadence, ...] = ("weekly",) if as_of.weekday() == _SATURDAY else ()
    return {company: ("daily", *weekly, *(("monthly",) if company in ended else ())) for company in known}


def companies_whose_month_ends(connection: sa.Connection, as_of: date) -> list[str]:
    """Those for whom the day after is the first of a month, in the calendar that they count their months by."""
    query = sa.select(companies.c.company, companies.c.currency).order_by(companies.c.company)
    return [company for company, currency in connection.execute(query) if ends_month(calendar_of(currency), as_of)]
