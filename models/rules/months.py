"""The months that a report counts in, and in which of them a day or a span of days falls.

month    1            2            …    13 (the running one)
         [starts_on, until)[starts_on, until)…[starts_on, until) until the day after `as_of`

A company whose currency is the Iranian rial closes its books by the Jalali calendar, so its months are Jalali ones;
all others count in Gregorian months.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from models.calendars import calendar_months
from models.companies import companies
from models.operations import STATELESS_FLOWS, runs

Column = sa.ColumnElement[Any]

MonthCalendar = Literal["gregorian", "jalali"]
CALENDAR_OF: dict[str, MonthCalendar] = {"IRR": "jalali"}
"""Currency of a company -> the calendar of its months, where that is not the Gregorian one."""
SHOWN = 13
"""A running month beside the same month of the year before."""


def calendar_of(currency: str) -> MonthCalendar:
    """The calendar in whose months a company of this currency counts: to be used by whoever writes them."""
    return CALENDAR_OF.get(currency, "gregorian")


def months(company: str, as_of: date, before: int = 0) -> sa.CTE:
    """The months shown, and so many `before` them: number (1 is the oldest), starts_on, until, known.

    Half-open; the running one ends after `as_of`, so that what holds at the end of a month holds before its `until`.
    A month is `known` where the store's first business day is not after it: before that there is nothing to tell.
    """
    count = SHOWN + before
    own = sa.select(companies.c.currency).where(companies.c.company == company).scalar_subquery()
    by_table = sa.case(CALENDAR_OF, value=own, else_="gregorian")
    listed = calendar_months.c
    found = (
        sa.select(listed.starts_on, listed.ends_on)
        .where(listed.calendar == by_table, listed.starts_on <= as_of)
        .order_by(listed.starts_on.desc())
        .limit(count)
    )
    chosen = sa.union_all(found.subquery("found").select(), _gregorian(as_of, count).where(by_table == "gregorian"))
    c = chosen.subquery("chosen").c
    number = sa.func.row_number().over(order_by=c.starts_on)
    first_day = sa.select(sa.func.min(runs.c.as_of)).where(runs.c.flow.notin_(STATELESS_FLOWS)).scalar_subquery()
    after = sa.literal(as_of, sa.Date) + 1
    return sa.select(
        sa.cast(number, sa.Integer).label("number"),
        c.starts_on,
        sa.func.least(c.ends_on, after, type_=sa.Date).label("until"),
        sa.func.coalesce(c.ends_on > first_day, sa.true()).label("known"),
    ).cte("months")


def _gregorian(as_of: date, count: int) -> sa.Select[Any]:
    """The same from the Gregorian calendar, which needs no table."""
    ago = sa.func.generate_series(0, count - 1).column_valued("ago")
    running = sa.literal(as_of.replace(day=1), sa.Date)

    def first(months_ago: Column) -> Column:
        return sa.cast(running - sa.func.make_interval(0, months_ago), sa.Date)

    return sa.select(first(ago).label("starts_on"), first(ago - 1).label("ends_on"))


def month_of(of: sa.CTE, day: Column) -> Column:
    """The number of the month that a day is in; 0 before the first one."""
    return sa.func.width_bucket(day, _listed(of.c.starts_on), type_=sa.Integer)


def ended_by(of: sa.CTE, day: Column) -> Column:
    """How many of the months have ended by a day: `until <= day`."""
    return sa.func.width_bucket(day, _listed(of.c.until), type_=sa.Integer)


def at_ends(of: sa.CTE, since: Column, until: Column) -> sa.sql.selectable.LateralFromClause:
    """The `number` of each month at whose end something holds that holds in [since, until); for a lateral join."""
    first, last = ended_by(of, since) + 1, ended_by(of, until)
    return each_of(first, last)


def each_of(first: Column, last: Column) -> sa.sql.selectable.LateralFromClause:
    """The `number` of each month from the first to the last; none where the last is before the first."""
    return sa.func.generate_series(first, last).table_valued("number").render_derived().lateral()


def _listed(day: Column) -> Column:
    """The days in order, as an array that is made once for the whole query."""
    return sa.select(sa.func.array_agg(aggregate_order_by(day, day))).scalar_subquery()
