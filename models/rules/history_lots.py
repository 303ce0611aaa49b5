"""Credits and points as they stood at the end of a past business day (L7).

A balance is the sum of the movements by then; an undone run's come a second time with their sign turned. The dates of
a lot are those that it had: what later freezes moved is taken back.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.lots import lots, movements
from models.memberships import periods
from models.rules.history_members import freezes_running, moves_since


def movements_then(company: str, as_of: date) -> sa.Select[Any]:
    """All movements by the end of a day: lot_id, customer, credit_type, source, source_id, kind, quantity, on_date."""
    m = movements.c
    return (
        sa.select(m.lot_id, lots.c.customer, lots.c.credit_type, lots.c.source, lots.c.source_id)
        .add_columns(m.kind, m.quantity, m.on_date)
        .join_from(movements, lots, lots.c.lot_id == m.lot_id)
        .join(customers, customers.c.customer == lots.c.customer)
        .where(customers.c.company == company, m.on_date <= as_of)
    )


def lots_then(company: str, as_of: date) -> sa.Select[Any]:
    """Lots with something left: lot_id, customer, credit_type, remaining, expires_on, held (by a freeze: it waits)."""
    moved, running, p, m = _moved_since(as_of), freezes_running(as_of), periods.c, movements.c
    since = sa.select(m.lot_id, sa.func.sum(m.quantity).label("quantity")).where(m.on_date > as_of).group_by(m.lot_id)
    later = since.subquery("later")
    # What remains is the sum of its movements: without those of later days it is what remained then.
    remaining = lots.c.remaining - sa.func.coalesce(later.c.quantity, 0)
    ends_by = sa.cast(sa.func.coalesce(moved.c.days, 0), sa.Integer)
    # A period that a freeze holds lies behind its first day, wherever later moves have brought it.
    held = sa.exists().where(
        lots.c.source == "grant",
        p.invoice == lots.c.source_id,
        p.membership == running.c.membership,
        p.ends_on > running.c.held_after,
    )
    return (
        sa.select(lots.c.lot_id, lots.c.customer, lots.c.credit_type, remaining.label("remaining"))
        .add_columns((lots.c.expires_on - ends_by).label("expires_on"), held.label("held"))
        .select_from(
            lots.join(customers, customers.c.customer == lots.c.customer)
            .outerjoin(later, later.c.lot_id == lots.c.lot_id)
            .outerjoin(moved, moved.c.lot_id == lots.c.lot_id)
        )
        .where(customers.c.company == company, remaining > 0)
    )


def _moved_since(as_of: date) -> sa.Subquery:
    """By how many days freezes have moved the end of a lot since the end of `as_of`: lot_id, days.

    Of the period that ran, only lots that end with it move (decision 5). A lot that was there on the day was there when
    a later freeze ended, unless it had been withdrawn.
    """
    moves = moves_since(as_of)
    ends_with_it = moves.c.whole | lots.c.valid_days.is_(None)
    counted = lots.c.withdrawn_on.is_(None) | (lots.c.withdrawn_on >= moves.c.ended_on)
    return (
        sa.select(lots.c.lot_id, sa.func.sum(moves.c.moved_days).label("days"))
        .join_from(moves, lots, (lots.c.source == "grant") & (lots.c.source_id == moves.c.invoice))
        .where(ends_with_it, counted)
        .group_by(lots.c.lot_id)
        .subquery("moved_lots")
    )
