"""What did the days bring, company by company? The closing page of the demo, from the published facts.

Grain: one row a company. Amounts are in the company's currency, major units; only invoices and payments in it count.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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

Column = sa.ColumnElement[Any]


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
    c = companies.c
    rows = connection.execute(
        sa.select(c.company, c.name, c.currency, *_memberships(), *_documents(), *_payments(), *_loyalty())
        .add_columns(_noticed(), _worth_explaining())
        .join_from(companies, currencies, currencies.c.currency == c.currency)
        .order_by(c.company)
    )
    return [CompanySummary(*row) for row in rows]


def _memberships() -> list[Column]:
    m, of_company = memberships.c, plans.c.company == companies.c.company
    statuses = ("active", "grace", "expired", "pending", "frozen", "closed")
    return [_count(memberships.join(plans), of_company, m.status == status) for status in statuses]


def _documents() -> list[Column]:
    """How many invoices of memberships, what was invoiced, what of it credited."""
    i = invoices.c
    of_company = i.company == companies.c.company
    ours = of_company & (i.currency == companies.c.currency)
    is_note = i.kind == "credit_note"
    return [
        _count(invoices, of_company, i.kind == "membership"),
        _money(i.total_minor, invoices, ours, ~is_note),
        _money(-i.total_minor, invoices, ours, is_note),
    ]


def _payments() -> list[Column]:
    """Received, outstanding, unapplied, refunded."""
    i, p, r = invoices.c, payments.c, refunds.c
    of_company, currency = customers.c.company == companies.c.company, companies.c.currency
    arrived = (payments.join(customers), of_company, p.currency == currency, p.applied_on.isnot(None))
    return [
        _money(p.amount_minor, *arrived),
        _money(i.open_minor, invoices, i.company == companies.c.company, i.currency == currency),
        _money(p.unapplied_minor, *arrived),
        _money(r.amount_minor, refunds.join(customers), of_company, r.currency == currency, r.outcome == "done"),
    ]


def _loyalty() -> list[Column]:
    """What points have paid of invoices, and the points that members hold."""
    q = point_allocations.c
    held = (customers.c.company == companies.c.company, lots.c.credit_type == POINTS)
    return [
        _money(q.amount_minor, point_allocations.join(invoices), invoices.c.company == companies.c.company),
        _sum(lots.c.remaining, lots.join(customers), *held),
    ]


def _noticed() -> Column:
    of_company = notices.join(invoices, invoices.c.invoice == notices.c.invoice)
    return _count(of_company, invoices.c.company == companies.c.company)


def _worth_explaining() -> Column:
    m = memberships.c
    owes = (m.status == "grace") & m.owes_since.isnot(None)
    of_company = plans.c.company == companies.c.company
    return sa.select(sa.func.min(m.membership)).join_from(memberships, plans).where(of_company, owes).scalar_subquery()


def _count(of: sa.FromClause, *where: sa.ColumnElement[bool]) -> Column:
    return sa.select(sa.func.count()).select_from(of).where(*where).scalar_subquery()


def _sum(value: Column, of: sa.FromClause, *where: sa.ColumnElement[bool]) -> Column:
    return sa.select(sa.func.coalesce(sa.func.sum(value), 0)).select_from(of).where(*where).scalar_subquery()


def _money(value: Column, of: sa.FromClause, *where: sa.ColumnElement[bool]) -> Column:
    return major(_sum(value, of, *where), currencies.c.minor_digits)
