"""Notices and fees that must never be (L8)."""

from __future__ import annotations

import sqlalchemy as sa

from models.customers import customers
from models.dunning import dunning_levels, notices
from models.invariants.invariant import AS_OF, Query, found, settled_since
from models.invoices import invoices


def dunned_unlike_notices() -> Query:
    """L8.1: an invoice stands at the highest level that it was noticed for; only membership invoices are dunned."""
    i, n = invoices.c, notices.c
    highest = sa.select(sa.func.coalesce(sa.func.max(n.level), 0)).where(n.invoice == i.invoice).scalar_subquery()
    allowed = (i.kind == "membership") | (highest == 0)
    return found(i.invoice, "stands at level ", i.dunned_level, ", noticed for ", highest).where(
        (i.dunned_level != highest) | ~allowed
    )


def fees_without_notice() -> Query:
    """L8.2: a fee invoice that is not void is that of one notice, for the same customer and membership."""
    n, fee, chased = notices.c, invoices.alias("fee"), invoices.alias("chased").c
    same = (fee.c.customer == chased.customer) & (fee.c.membership == chased.membership) & (fee.c.kind == "fee")
    joined = fee.outerjoin(notices, n.fee_invoice == fee.c.invoice).outerjoin(
        chased.invoice.table, chased.invoice == n.invoice
    )
    lonely = (fee.c.kind == "fee") & fee.c.voided_on.is_(None) & n.invoice.is_(None)
    return (
        found(fee.c.invoice, "extra: its notice is for ", n.invoice)
        .select_from(joined)
        .where(lonely | (n.invoice.isnot(None) & ~same))
    )


def missing_notices() -> Query:
    """L8.1: no open membership invoice of a customer who may be written to has reached a level without a notice."""
    i, d, u = invoices.c, dunning_levels.c, customers.c
    reached = (d.company == i.company) & (d.level > i.dunned_level) & (i.due_on <= AS_OF - d.days_overdue)
    return (
        found(i.invoice, "missing: its notice of level ", d.level)
        .join_from(invoices, dunning_levels, reached)
        .join(customers, u.customer == i.customer)
        .where(i.kind == "membership", i.open_minor > 0, ~u.dunning_blocked)
        .where(settled_since("dunning", "dunning_levels", "customers"))
    )
