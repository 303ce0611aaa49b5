"""Why a freeze is refused, and how many days of the year's freezes are planned (L4.1)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.memberships import memberships
from models.plans import plans
from models.requests import freezes, resumption

Column = sa.ColumnElement[Any]


def days_this_year(as_of: date) -> Column:
    """The planned days of a membership's freezes that started in the Gregorian year of `as_of`, as they stand."""
    of_year = freezes.alias("of_year")
    y = of_year.c
    planned = sa.func.coalesce(y.changed_to, y.resumes_on) - y.started_on
    total = sa.select(sa.func.coalesce(sa.func.sum(planned), 0)).where(
        y.membership == memberships.c.membership, sa.extract("year", y.started_on) == as_of.year
    )
    return sa.type_coerce(total.correlate(memberships).scalar_subquery(), sa.Integer)


def held_after(as_of: date) -> Column:
    """What ends after this day is held by a freeze that begins on `as_of`, what starts after it moves whole (L4.3).

    [paid   |   )[later )     the first frozen day lies in a paid period: its end moves, and what is later
    [paid   )|[unpaid   )     nothing is paid beyond it: the boundary itself moves, so that grace is not eaten
    """
    return sa.case((memberships.c.paid_until > as_of, as_of), else_=sa.literal(as_of, sa.Date) - 1)


def refusal(as_of: date) -> Column:
    """The reason code of a freeze that would begin on `as_of`, NULL where nothing stands against it."""
    most, days = plans.c.freeze_days_max, sa.type_coerce(resumption - sa.literal(as_of, sa.Date), sa.Integer)
    return sa.case(
        (memberships.c.status != "active", "not_active"),
        (most == 0, "freeze_not_allowed"),
        (resumption <= as_of, "freeze_empty"),
        (days + days_this_year(as_of) > most, "freeze_limit"),
    )
