"""Lots and points that must never be (L7)."""

from __future__ import annotations

import sqlalchemy as sa

from models.invariants.invariant import AS_OF, Query, done_at, found
from models.invoices import invoices
from models.lots import credit_charges, lots, movements, point_allocations, redeemed
from models.rules.lots import held_by_freeze


def lots_unlike_movements() -> Query:
    """L7.1: what remains of a lot is the sum of its movements."""
    m = movements.c
    total = sa.select(m.lot_id, sa.func.sum(m.quantity).label("quantity")).group_by(m.lot_id).subquery("total")
    moved = sa.func.coalesce(total.c.quantity, 0)
    return (
        found(_name(), "remaining ", lots.c.remaining, ", its movements give ", moved)
        .select_from(lots.outerjoin(total, total.c.lot_id == lots.c.lot_id))
        .where(lots.c.remaining != moved)
    )


def unrewarded_invoices() -> Query:
    """L7.2, L7.5: what was paid before this day has been looked at by the grants and by the earning."""
    i = invoices.c
    ungranted = i.granted_on.is_(None) & done_at("grants").isnot(None)
    unearned = i.earned_on.is_(None) & done_at("earning").isnot(None)
    return found(i.invoice, "missing: paid on ", i.settled_on, ", but not granted or earned for").where(
        i.kind == "membership", i.settled_on < AS_OF, ungranted | unearned
    )


def unexpired_lots() -> Query:
    """L7.4: nothing is left of a lot that is over, unless a freeze holds it, or it was given back today."""
    given_back = sa.exists().where(
        movements.c.lot_id == lots.c.lot_id, movements.c.quantity > 0, movements.c.on_date == AS_OF
    )
    done = done_at("credit_expiry").isnot(None) & done_at("point_expiry").isnot(None)
    return found(_name(), "missing: its expiry on ", lots.c.expires_on).where(
        lots.c.remaining > 0, lots.c.expires_on <= AS_OF, done, ~held_by_freeze(), ~given_back
    )


def points_adrift() -> Query:
    """L7.6: the points that a redemption paid with are those that it took from the lots."""
    a, m = point_allocations.c, movements.c
    paid = sa.select(a.redemption, sa.func.sum(a.points).label("points")).group_by(a.redemption).subquery("paid")
    took = sa.select(m.source_id, (-sa.func.sum(m.quantity)).label("points")).where(redeemed).group_by(m.source_id)
    t = took.subquery("took")
    return (
        found(
            sa.func.coalesce(paid.c.redemption, t.c.source_id),
            "paid with ",
            paid.c.points,
            " points, took ",
            t.c.points,
        )
        .select_from(paid.join(t, t.c.source_id == paid.c.redemption, full=True))
        .where(paid.c.points.is_distinct_from(t.c.points))
    )


def lots_without_cause() -> Query:
    """L7.2, L7.5: a lot that counts belongs to the customer whose paid invoice, or whose charge, it came from."""
    i, c = invoices.c, credit_charges.c
    paid = (i.customer == lots.c.customer) & i.settled_on.isnot(None)
    charged = (c.customer == lots.c.customer) & (c.credit_type == lots.c.credit_type) & (c.quantity == lots.c.quantity)
    caused = sa.case(
        (lots.c.source == "charge", sa.exists().where(c.charge == lots.c.source_id, charged, c.applied_on.isnot(None))),
        else_=sa.exists().where(i.invoice == lots.c.source_id, paid),
    )
    return found(_name(), "extra: nothing that its customer paid or charged gave it").where(
        lots.c.withdrawn_on.is_(None), ~caused
    )


def _name() -> sa.ColumnElement[str]:
    return sa.func.concat(lots.c.source, " ", lots.c.source_id, " ", lots.c.credit_type)
