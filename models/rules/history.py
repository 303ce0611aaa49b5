"""The store as it stood at the end of a past business day, from facts that carry their day and are never rewritten.

What an undone run had done is compensated on the day of the undo, so the days before it keep their figures.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import point_allocations
from models.payments import allocations


def settled_by(as_of: date) -> sa.Subquery:
    """invoice, paid_minor: what money and points had paid of each invoice, returns taken off (L6.2, L7.6)."""
    shares = sa.union_all(
        *(
            sa.select(of.c.invoice, of.c.amount_minor).where(of.c.on_date <= as_of)
            for of in (allocations, point_allocations)
        )
    ).subquery("shares")
    paid = sa.cast(sa.func.sum(shares.c.amount_minor), sa.BigInteger).label("paid_minor")
    return sa.select(shares.c.invoice, paid).group_by(shares.c.invoice).subquery("settled")


def receivables(company: str, as_of: date) -> sa.Select[Any]:
    """Invoices with something to pay: invoice, customer, membership, kind, currency, issued_on, due_on, open_minor."""
    i, settled = invoices.c, settled_by(as_of)
    open_minor = i.total_minor - sa.func.coalesce(settled.c.paid_minor, 0)
    return (
        sa.select(i.invoice, i.customer, i.membership, i.kind, i.currency, i.issued_on, i.due_on)
        .add_columns(open_minor.label("open_minor"))
        .select_from(invoices.outerjoin(settled, settled.c.invoice == i.invoice))
        .where(i.company == company, i.kind != "credit_note", i.issued_on <= as_of, open_minor > 0)
        .where(i.voided_on.is_(None) | (i.voided_on > as_of))
    )
