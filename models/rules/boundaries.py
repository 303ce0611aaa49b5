"""Period boundaries counted from an anchor (L1.3).

anchor 31 Jan, monthly:  b(0) 31 Jan   b(1) 28 Feb (29 in a leap year)   b(2) 31 Mar   b(3) 30 Apr
anchor 29 Feb, yearly:   b(0) 29 Feb 2028   b(1) 28 Feb 2029   b(4) 29 Feb 2032
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]


def _months(unit: Column) -> Column:
    return sa.case((unit == "month", 1), (unit == "year", 12), else_=0)


def _days(unit: Column) -> Column:
    return sa.case((unit == "day", 1), (unit == "week", 7), else_=0)


def days_between(first: Column, last: Column) -> Column:
    """Whole days from `first` to `last`."""
    return sa.type_coerce(last - first, sa.Integer)


def boundary(anchor: Column, ordinal: Column, unit: Column, count: Column) -> Column:
    """The date b(ordinal): anchor + ordinal × (count units), clipped to the last day of a short month (L1.3)."""
    steps = ordinal * count
    interval = sa.func.make_interval(0, steps * _months(unit), 0, steps * _days(unit))
    return sa.cast(anchor + interval, sa.Date)


def ordinal_near(anchor: Column, day: Column, unit: Column, count: Column) -> Column:
    """The only ordinal whose boundary can be `day`, for any day on or after the anchor; check it with `boundary`."""
    months = (sa.extract("year", day) - sa.extract("year", anchor)) * 12 + (
        sa.extract("month", day) - sa.extract("month", anchor)
    )
    by_month = sa.cast(months, sa.Integer) // (count * _months(unit))
    by_day = days_between(anchor, day) // (count * _days(unit))
    return sa.case((unit.in_(("month", "year")), by_month), else_=by_day)


def periods_at_most(first: Column, last: Column, unit: Column, count: Column) -> Column:
    """An upper bound of how many boundaries lie in [first, last], never below 1: it bounds a series, not a result."""
    shortest = count * sa.case((unit == "month", 28), (unit == "year", 365), (unit == "week", 7), else_=1)
    return sa.func.greatest(days_between(first, last), 0, type_=sa.Integer) // shortest + 1
