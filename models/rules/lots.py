"""Which lots may be spent, which are over, and in which order they are taken (L7.3, L7.4, L4.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.lots import lots
from models.memberships import periods
from models.requests import freezes, running_freeze

Column = sa.ColumnElement[Any]

POINTS = "points"
"""The credit type that loyalty points are (L7.1)."""

SOONEST_EXPIRY = (lots.c.expires_on.asc().nulls_last(), lots.c.starts_on, lots.c.lot_id)
"""Soonest expiry first, never-expiring last, then oldest (L7.3)."""


def held_by_freeze() -> Column:
    """Whether a lot was granted for a period that a freeze holds: the running one or a later one (L4.3)."""
    return sa.exists().where(
        lots.c.source == "grant",
        periods.c.invoice == lots.c.source_id,
        freezes.c.membership == periods.c.membership,
        running_freeze,
        periods.c.ends_on > freezes.c.held_after,
    )


def usable(as_of: date | Column) -> Column:
    """Whether a lot may be spent on the business date: `starts_on <= as_of < expires_on`, something left, not held."""
    expires_later = lots.c.expires_on.is_(None) | (lots.c.expires_on > as_of)
    return sa.and_(lots.c.remaining > 0, lots.c.starts_on <= as_of, expires_later, ~held_by_freeze())


def is_over(as_of: date) -> Column:
    """Whether what is left of a lot expires on the business date (L7.4)."""
    return sa.and_(lots.c.remaining > 0, lots.c.expires_on <= as_of, ~held_by_freeze())
