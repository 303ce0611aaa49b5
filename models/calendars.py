"""Which day does a Jalali or a Hijri month begin on (L1.4)? A table that the migration fills and nothing changes.

calendar   month                starts_on    ends_on
jalali     16836 (1403 × 12)    2024-03-20   2024-04-20    Farvardin 1403, 31 days
hijri      17352 (1446 × 12)    2024-07-07   2024-08-05    Muharram 1446, 29 days
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from hijridate import Hijri
from persiantools.jdatetime import JalaliDate

from models.metadata import metadata, one_of, required

JALALI_YEARS = range(1300, 1601)
"""21 March 1921 to 20 March 2222: longer than any membership; the library knows 9,377 years."""
HIJRI_YEARS = range(1343, 1501)
"""1 August 1924 to 16 November 2077: all that Umm al-Qura is published for."""
LONGEST_MONTH = 31
"""Days: of Jalali months, and of three of Umm al-Qura before 1350."""

calendar_months = sa.Table(
    "calendar_months",
    metadata,
    sa.Column("calendar", sa.Text, primary_key=True),
    sa.Column("month", sa.Integer, primary_key=True, autoincrement=False),
    required("starts_on", sa.Date),
    required("ends_on", sa.Date),
    one_of("calendar", "jalali", "hijri"),
    sa.UniqueConstraint("calendar", "starts_on"),
    sa.CheckConstraint("ends_on > starts_on", name="not_empty"),
)


def calendar_month_rows() -> list[dict[str, Any]]:
    """A row for each month [starts_on, ends_on) of both calendars; `month` is its year × 12 + its month - 1."""
    return [*_rows("jalali", JALALI_YEARS, _jalali_month), *_rows("hijri", HIJRI_YEARS, _hijri_month)]


def _rows(calendar: str, years: range, month_of: Callable[[int, int], tuple[date, int]]) -> Iterator[dict[str, Any]]:
    for month in range(years.start * 12, years.stop * 12):
        starts_on, days = month_of(month // 12, month % 12 + 1)
        yield {
            "calendar": calendar,
            "month": month,
            "starts_on": starts_on,
            "ends_on": starts_on + timedelta(days),
        }


def _jalali_month(year: int, month: int) -> tuple[date, int]:
    jalali: Any = JalaliDate  # the library annotates only a part of its functions
    return jalali(year, month, 1).to_gregorian(), jalali.days_in_month(month, year)


def _hijri_month(year: int, month: int) -> tuple[date, int]:
    first = Hijri(year, month, 1)
    return date(*first.to_gregorian().datetuple()), first.month_length()
