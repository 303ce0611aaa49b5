"""How do the demo's companies count months: by the Gregorian, the Jalali, or the Umm al-Qura Hijri calendar (L1.4)?

The demo's own reading, apart from the product's, for the forecast of what its members will be billed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from hijridate import Gregorian, Hijri
from persiantools.jdatetime import JalaliDate

Written = tuple[int, int, int]
"""Year, month and day, as a calendar writes a date."""
_JALALI: Any = JalaliDate  # persiantools annotates only a part of its functions


@cache
def months_later(day: date, months: int, calendar: str) -> date:
    """The same day of the month so many months later, clipped to a short month's last day.

    Jalali, 31 Farvardin 1407 (19 April 2028): six months later is 30 Mehr, as Mehr has 30 days.
    """
    year, month, number = _WRITTEN[calendar](day)
    starts_on, ends_on = _month(*_counted(year, month, months), calendar)
    return min(starts_on + timedelta(days=number - 1), ends_on - timedelta(days=1))


@cache
def month_of(day: date, calendar: str) -> tuple[date, date]:
    """The month `[starts_on, ends_on)` of `calendar` in which `day` lies."""
    year, month, _ = _WRITTEN[calendar](day)
    return _month(year, month, calendar)


def _month(year: int, month: int, calendar: str) -> tuple[date, date]:
    read = _READ[calendar]
    return read((year, month, 1)), read((*_counted(year, month, 1), 1))


def _counted(year: int, month: int, months: int) -> tuple[int, int]:
    year, month = divmod(year * 12 + month - 1 + months, 12)
    return year, month + 1


def _gregorian(day: date) -> Written:
    return day.year, day.month, day.day


def _jalali(day: date) -> Written:
    written = _JALALI.to_jalali(day)
    return written.year, written.month, written.day


def _hijri(day: date) -> Written:
    return Gregorian(*_gregorian(day)).to_hijri().datetuple()


_WRITTEN: dict[str, Callable[[date], Written]] = {"gregorian": _gregorian, "jalali": _jalali, "hijri": _hijri}
_READ: dict[str, Callable[[Written], date]] = {
    "gregorian": lambda written: date(*written),
    "jalali": lambda written: date.fromordinal(_JALALI(*written).to_gregorian().toordinal()),
    "hijri": lambda written: date(*Hijri(*written).to_gregorian().datetuple()),
}
