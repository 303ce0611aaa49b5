"""On which day does period n begin? Counted from the anchor (L1.3), in a calendar (L1.4)."""

from datetime import date, timedelta
from functools import cache
from typing import Any

from hijridate import Gregorian, Hijri
from persiantools.jdatetime import JalaliDate

JALALI: Any = JalaliDate  # persiantools annotates only a part of its functions


def boundary(anchor: date, n: int, *, unit: str, count: int, calendar: str) -> date:
    """`b(n) = anchor + n × interval`, clipped to the last day of a short month (L1.3).

    anchor 2027-01-31, month × 1:  b(1) = 2027-02-28,  b(2) = 2027-03-31,  b(3) = 2027-04-30
    """
    if unit in ("day", "week"):
        return anchor + timedelta(days=n * count * (7 if unit == "week" else 1))
    return add_months(anchor, n * count * (12 if unit == "year" else 1), calendar)


@cache
def add_months(day: date, months: int, calendar: str) -> date:
    """The day `months` months later in a calendar, clipped to the end of its month (L1.4)."""
    year, month, number = to_calendar(day, calendar)
    year, month = year + (month - 1 + months) // 12, (month - 1 + months) % 12 + 1
    return from_calendar(year, month, min(number, month_length(year, month, calendar)), calendar)


def to_calendar(day: date, calendar: str) -> tuple[int, int, int]:
    """Year, month and day of a date in a calendar."""
    if calendar == "jalali":
        jalali = JALALI.to_jalali(day)
        return jalali.year, jalali.month, jalali.day
    if calendar == "hijri":
        return Gregorian(day.year, day.month, day.day).to_hijri().datetuple()
    return day.year, day.month, day.day


def from_calendar(year: int, month: int, number: int, calendar: str) -> date:
    """The date that a calendar writes as year, month, day."""
    if calendar == "jalali":
        return date.fromordinal(JALALI(year, month, number).to_gregorian().toordinal())
    if calendar == "hijri":
        return date(*Hijri(year, month, number).to_gregorian().datetuple())
    return date(year, month, number)


def month_length(year: int, month: int, calendar: str) -> int:
    """How many days a month of a calendar has."""
    if calendar == "jalali":
        return int(JALALI.days_in_month(month, year))
    if calendar == "hijri":
        return Hijri(year, month, 1).month_length()
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - date(year, month, 1)).days
