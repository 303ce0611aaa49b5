"""What did the days bring, company by company? The closing page of the demo, from the published facts.

Grain: one row a company. Amounts are in the company's currency, major units; only invoices and payments in it count.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from models.companies import companies, currencies
from models.customers import customers
from models.dunning import notices
from models.invoices import invoices
from models.lots import lots, point_allocations
from models.memberships import memberships
from models.payments import payments, refunds
from models.plans import plans
from models.rules.amounts import major
from models.rules.lots import POINTS


@dataclass(frozen=True)
class CompanySummary:
    """A company after its last business day."""

    company: str
    name: str
    currency: str
    active: int
    grace: int
    expired: int
    pending: int
    frozen: int
    closed: int
    invoices: int
    invoiced: Decimal
    credited: Decimal
    received: Decimal
    outstanding: Decimal
    customer_credit: Decimal
    refunded: Decimal
    redeemed: Decimal
    """What points have paid of invoices."""
    points: Decimal
    """Points that its members hold."""
    notices: int
    example: str | None
    """A membership worth explaining: one that is in grace with an open invoice."""


def companies_summary(connection: sa.Connection) -> list[CompanySummary]:
    """One row a company, by id."""
    c, i, p, m = companies.c, invoices.c, payments.c, memberships.c
    of_company = plans.c.company == c.company
    counts = [
        sa.select(sa.func.count())
        .select_from(memberships.join(plans, plans.c.plan == m.plan))
        .where(of_company, m.status == status)
        .scalar_subquery()
        for status in ("active", "grace", "expired", "pending", "frozen", "closed")
    ]

    def documents(value: sa.ColumnElement[int], *where: sa.ColumnElement[bool]) -> sa.ColumnElement[Decimal]:
        total = sa.select(sa.func.coalesce(sa.func.sum(value), 0)).where(
            i.company == c.company, i.currency == c.currency, *where
        )
        return major(total.scalar_subquery(), currencies.c.minor_digits)

    def money(value: sa.ColumnElement[int]) -> sa.ColumnElement[Decimal]:
        total = (
            sa.select(sa.func.coalesce(sa.func.sum(value), 0))
            .join_from(payments, customers, customers.c.customer == p.customer)
            .where(customers.c.company == c.company, p.currency == c.currency, p.applied_on.isnot(None))
        )
        return major(total.scalar_subquery(), currencies.c.minor_digits)

    issued = sa.select(sa.func.count()).where(i.company == c.company, i.kind == "membership").scalar_subquery()
    q = point_allocations.c
    redeemed = sa.select(sa.func.coalesce(sa.func.sum(q.amount_minor), 0)).join_from(
        point_allocations, invoices, i.invoice == q.invoice
    )
    refunded = (
        sa.select(sa.func.coalesce(sa.func.sum(refunds.c.amount_minor), 0))
        .join_from(refunds, customers, customers.c.customer == refunds.c.customer)
        .where(customers.c.company == c.company, refunds.c.currency == c.currency, refunds.c.outcome == "done")
    )
    held = (
        sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), 0))
        .join_from(lots, customers, customers.c.customer == lots.c.customer)
        .where(customers.c.company == c.company, lots.c.credit_type == POINTS)
    )
    noticed = sa.select(sa.func.count()).join_from(notices, invoices, i.invoice == notices.c.invoice)
    example = (
        sa.select(sa.func.min(m.membership))
        .join_from(memberships, plans, plans.c.plan == m.plan)
        .where(of_company, m.status == "grace", m.owes_since.isnot(None))
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(
            *(c.company, c.name, c.currency, *counts, issued),
            documents(i.total_minor, i.kind != "credit_note"),
            documents(-i.total_minor, i.kind == "credit_note"),
            money(p.amount_minor),
            documents(i.open_minor),
            money(p.unapplied_minor),
            major(refunded.scalar_subquery(), currencies.c.minor_digits),
            major(redeemed.where(i.company == c.company).scalar_subquery(), currencies.c.minor_digits),
            *(held.scalar_subquery(), noticed.where(i.company == c.company).scalar_subquery()),
            example,
        )
        .join_from(companies, currencies, currencies.c.currency == c.currency)
        .order_by(c.company)
    )
    return [CompanySummary(*row) for row in rows]
