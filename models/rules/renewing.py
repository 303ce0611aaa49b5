"""Why a renewal on request is refused, and where its period begins (L3.7)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.memberships import memberships, periods
from models.rules.standing import is_unpaid

Column = sa.ColumnElement[Any]


def begins_anew(as_of: date) -> Column:
    """Whether the period starts today, with an anchor of its own: the membership is expired, and not paid beyond."""
    return (memberships.c.status == "expired") & (memberships.c.paid_until <= as_of)


def refusal(as_of: date) -> Column:
    """The reason code of a refused request, NULL where nothing stands against the first of the day."""
    m = memberships.c
    lasting = sa.exists().where(periods.c.membership == m.membership, ~periods.c.void)
    ahead = lasting.where(periods.c.starts_on > as_of)
    return sa.case(
        (m.status.in_(("closed", "frozen", "pending")), m.status),
        (m.closing.isnot(None), "closing"),
        (begins_anew(as_of) & lasting.where(is_unpaid()), "has_debt"),
        (~begins_anew(as_of) & ahead, "already_renewed"),
    )
