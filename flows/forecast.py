"""The time machine: the very same business days on a scratch copy, up to a day to come. The store is only read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flows.business_day import run_days
from models.errors import WrongUsage
from reports.forecast import weeks
from tasks.database import transaction
from tasks.forecasting import set_terms, suppose_payments
from tasks.runs import last_completed
from tasks.scratch import scratch_copy

MOST_DAYS = 400


def forecast(until: date, today: date, wishes: Sequence[str] = (), *, paying: bool = True) -> list[dict[str, str]]:
    """Run the days behind the last completed one up to `until` on a copy; returns one row a week.

    `paying`: who owes nothing that is overdue now pays each invoice when it is due; else nobody pays any more.
    """
    last = last_completed("nightly")
    first = last + timedelta(days=1) if last else today
    if not 0 <= (until - first).days < MOST_DAYS:
        raise WrongUsage(
            f"--until {until} cannot be foretold; expected a day from {first} on, within {MOST_DAYS} days."
        )
    with scratch_copy():
        set_terms(wishes)
        day = first
        while day <= until:
            if paying:
                suppose_payments(day, first)
            list(run_days("nightly", day))
            day += timedelta(days=1)
        with transaction() as connection:
            return weeks(connection, first, until)
