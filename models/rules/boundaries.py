"""Period boundaries counted from an anchor (L1.3), months and years in the plan's calendar (L1.4).

anchor 31 Jan, monthly:           b(0) 31 Jan   b(1) 28 Feb (29 in a leap year)   b(2) 31 Mar   b(3) 30 Apr
anchor 29 Feb, yearly:            b(0) 29 Feb 2028   b(1) 28 Feb 2029   b(4) 29 Feb 2032
anchor 31 Farvardin, monthly:     b(5) 31 Shahrivar   b(6) 30 Mehr   b(11) 29 Esfand (30 in a leap year)
anchor 30 Esfand 1403, yearly:    b(1) 29 Esfand 1404   b(5) 30 Esfand 1408

Jalali and Hijri months are looked up in `calendar_months`; a boundary that the table does not reach is NULL.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.calendars import LONGEST_MONTH, calendar_months

Column = sa.ColumnElement[Any]

GREGORIAN: Column = sa.literal("gregorian")
FOREVER: Column = sa.literal_column("'infinity'::date", sa.Date)
"""The end of what has none: later than any day."""


def _months(unit: Column) -> Column:
    return sa.case((unit == "month", 1), (unit == "year", 12), else_=0)


def _days(unit: Column) -> Column:
    return sa.case((unit == "day", 1), (unit == "week", 7), else_=0)


def days_between(first: Column, last: Column) -> Column:
    """Whole days from `first` to `last`."""
    return sa.type_coerce(last - first, sa.Integer)


def by_table(unit: Column, calendar: Column) -> Column:
    """Whether an interval is counted in months that only the table knows; days and weeks are the same everywhere."""
    return (calendar != "gregorian") & unit.in_(("month", "year"))


def boundary(anchor: Column, ordinal: Column, unit: Column, count: Column, calendar: Column = GREGORIAN) -> Column:
    """The date b(ordinal): anchor + ordinal × (count units), clipped to the last day of a short month (L1.3, L1.4).

    31 Farvardin + 6 months is 30 Mehr, + 11 months is the last of Esfand. NULL where the calendar's table does not
    hold the anchor or the boundary.
    """
    steps = ordinal * count
    interval = sa.func.make_interval(0, steps * _months(unit), 0, steps * _days(unit))
    plain = sa.cast(anchor + interval, sa.Date)
    if calendar is GREGORIAN:
        return plain
    # A CASE, so that a Gregorian row does not pay for the look-up.
    return sa.case((by_table(unit, calendar), _looked_up(anchor, steps * _months(unit), calendar)), else_=plain)


def _looked_up(anchor: Column, months: Column, calendar: Column) -> Column:
    """The day of the month that the anchor is, so many months of the table later, or that month's last day."""
    origin, target = calendar_months.alias("origin"), calendar_months.alias("target")
    same_day = target.c.starts_on + days_between(origin.c.starts_on, anchor)
    return (
        sa.select(sa.func.least(same_day, target.c.ends_on - 1, type_=sa.Date))
        .join_from(
            origin,
            target,
            (target.c.calendar == origin.c.calendar) & (target.c.month == origin.c.month + months),
        )
        .where(_holds(origin, anchor, calendar))
        .correlate_except(origin, target)
        .scalar_subquery()
    )


def _holds(months: sa.FromClause, day: Column, calendar: Column) -> Column:
    """The one month of a calendar that a day is in; the lower bound makes it a look at an index entry or two."""
    return sa.and_(
        months.c.calendar == calendar,
        months.c.starts_on > day - LONGEST_MONTH,
        months.c.starts_on <= day,
        day < months.c.ends_on,
    )


def ordinal_near(anchor: Column, day: Column, unit: Column, count: Column, calendar: Column = GREGORIAN) -> Column:
    """The only ordinal whose boundary can be `day`, for any day on or after the anchor; check it with `boundary`.

    NULL where the calendar's table does not hold both days.
    """
    by_month = (_month_number(day, calendar) - _month_number(anchor, calendar)) // (count * _months(unit))
    by_day = days_between(anchor, day) // (count * _days(unit))
    return sa.case((unit.in_(("month", "year")), by_month), else_=by_day)


def _month_number(day: Column, calendar: Column) -> Column:
    """The month that a day is in, counted from the beginning of its calendar: year × 12 + month - 1."""
    plain = sa.cast(sa.extract("year", day) * 12 + sa.extract("month", day) - 1, sa.Integer)
    if calendar is GREGORIAN:
        return plain
    found = calendar_months.alias("found")
    held = sa.select(found.c.month).where(_holds(found, day, calendar)).correlate_except(found).scalar_subquery()
    return sa.case((calendar == "gregorian", plain), else_=held)


def periods_at_most(first: Column, last: Column, unit: Column, count: Column) -> Column:
    """An upper bound of how many boundaries lie in [first, last], never below 1: it bounds a series, not a result.

    The shortest month is February or, in the old Hijri tables, 28 days too; a Hijri year has 354 days, and 353 from the
    30th of a month to the 29th that it is clipped to.
    """
    shortest = count * sa.case((unit == "month", 28), (unit == "year", 353), (unit == "week", 7), else_=1)
    return sa.func.greatest(days_between(first, last), 0, type_=sa.Integer) // shortest + 1


def is_outside(day: Column, unit: Column, calendar: Column) -> Column:
    """Whether intervals cannot be counted from a day, because the calendar's table does not hold it."""
    found = calendar_months.alias("found")
    held = sa.exists().where(_holds(found, day, calendar)).correlate_except(found)
    return day.isnot(None) & by_table(unit, calendar) & ~held


def reach(calendar: Column) -> Column:
    """The days that a calendar's table holds, for a message: 1924-08-01 to 2077-11-16."""
    found = calendar_months.alias("found")
    return (
        sa.select(sa.func.concat(sa.func.min(found.c.starts_on), " to ", sa.func.max(found.c.ends_on) - 1))
        .where(found.c.calendar == calendar)
        .correlate_except(found)
        .scalar_subquery()
    )
