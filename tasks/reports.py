"""The reports of a day (L1.6): which are due on it, written as files and pages (TAJDID_OUT).

Writes no row but its own in the ledger. Repeating it replaces the files; any day may be asked for (L1.8).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from models.companies import companies
from reports.report import Cadence
from tasks.database import is_rehearsal
from tasks.step import Outcome, Scope, Step

_SATURDAY = 5


def step(clock: Callable[[], datetime]) -> Step:
    """The step of the flow `reports`. A rehearsal writes no file and counts those that would be."""

    def work(connection: sa.Connection, scope: Scope) -> Outcome:
        # Charts and workbooks take long to import, and most commands write none.
        from tasks.reporting import names_of, write_reports

        names = [name for cadence in cadences_due(scope.as_of) for name in names_of(cadence)]
        if is_rehearsal():
            known = connection.execute(sa.select(sa.func.count()).select_from(companies)).scalar_one()
            return Outcome({"reports": len(names) * known, "rows": 0}, note="No file is written.")
        done = write_reports(scope.as_of, names, produced_at=clock())
        rows = sum(written.rows for written in done.written)
        return Outcome({"reports": len(done.written), "rows": rows}, note=f"All of them: {done.site}")

    return Step("reports", "reports", work, shard_by=None, at_once=False, outside=True)


def cadences_due(as_of: date) -> tuple[Cadence, ...]:
    """Reports of every day, after a Saturday those of its week, after the last day of a month those of the month."""
    weekly: tuple[Cadence, ...] = ("weekly",) if as_of.weekday() == _SATURDAY else ()
    monthly: tuple[Cadence, ...] = ("monthly",) if (as_of + timedelta(days=1)).day == 1 else ()
    return ("daily", *weekly, *monthly)
