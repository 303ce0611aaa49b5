"""The one clock: turns a parameter, a scheduled start or this moment into a business date (L1.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tasks.settings import settings


def moment() -> datetime:
    """This moment, for what only records when something happened or waits for files to be whole."""
    return datetime.now(UTC)


def business_date(as_of: date | None = None, scheduled: datetime | None = None) -> date:
    """`as_of` where it is given, else the day of the scheduled start, else today; both in the configured time zone.

    A scheduled run that starts a moment before or hours after its instant still works for the day it was meant for.
    """
    if as_of is not None:
        return as_of
    return (scheduled or datetime.now(UTC)).astimezone(settings().zone).date()
