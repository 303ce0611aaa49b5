"""A day in three calendars, with the names of their months (L1.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from hijridate import Gregorian
from persiantools.jdatetime import JalaliDate

from reports.language.catalogs import _


@dataclass(frozen=True)
class CalendarDay:
    """Year, month and day of a calendar."""

    year: int
    month: int
    day: int


def _gregorian(day: date) -> CalendarDay:
    return CalendarDay(day.year, day.month, day.day)


def _jalali(day: date) -> CalendarDay:
    other = JalaliDate(day)  # type: ignore[no-untyped-call]
    return CalendarDay(other.year, other.month, other.day)


def _hijri(day: date) -> CalendarDay:
    return CalendarDay(*Gregorian.fromdate(day).to_hijri().datetuple())


IN_CALENDAR: dict[str, Callable[[date], CalendarDay]] = {
    "gregorian": _gregorian,
    "jalali": _jalali,
    "hijri": _hijri,
}
_REACH = {"hijri": (date(1924, 8, 1), date(2077, 11, 16))}
"""Umm al-Qura has been computed for these days only."""


def reaches(calendar: str, day: date) -> bool:
    """Whether a day can be said in a calendar."""
    first, last = _REACH.get(calendar, (date.min, date.max))
    return first <= day <= last


def ends_month(calendar: str, day: date) -> bool:
    """Whether a day is the last of its month."""
    return IN_CALENDAR[calendar](day + timedelta(days=1)).day == 1


FORMS = {"gregorian": _("%(day)s %(month)s %(year)s"), "jalali": "", "hijri": _("%(day)s %(month)s %(year)s AH")}
"""How a date is written. Jalali ones are as Gregorian ones: their months tell them apart."""
MONTH_FORM = _("%(month)s %(year)s")

MONTHS: dict[str, tuple[str, ...]] = {
    "gregorian": (
        *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
        *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
    ),
    "jalali": (
        *(_("Farvardin"), _("Ordibehesht"), _("Khordad"), _("Tir"), _("Mordad"), _("Shahrivar")),
        *(_("Mehr"), _("Aban"), _("Azar"), _("Dey"), _("Bahman"), _("Esfand")),
    ),
    "hijri": (
        *(_("Muharram"), _("Safar"), _("Rabi al-Awwal"), _("Rabi al-Thani")),
        *(_("Jumada al-Ula"), _("Jumada al-Akhirah"), _("Rajab"), _("Shaban")),
        *(_("Ramadan"), _("Shawwal"), _("Dhu al-Qadah"), _("Dhu al-Hijjah")),
    ),
}
