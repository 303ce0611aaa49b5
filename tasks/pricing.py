"""What does a period cost? The terms, the price of its start, and the amounts, in minor units (L2.1, L2.3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.memberships import memberships
from models.plans import plans
from models.rules import amounts
from models.rules.prices import price_versions


def billed_by(spans: sa.Subquery, as_of: date) -> sa.Select[Any]:
    """Periods to be billed (membership, anchor_on, ordinal, starts_on, ends_on) with their customer, terms and price.

    `unbillable`: a period of the membership has no price, or no end within the plan's calendar.
    """
    s, m, p, prices = spans.c, memberships.c, plans.c, price_versions()
    price = sa.func.coalesce(m.unit_price_minor, prices.c.price_minor)
    of_start = (prices.c.plan == m.plan) & (prices.c.since <= s.starts_on) & (s.starts_on < prices.c.until)
    return sa.select(
        *(s.membership, s.anchor_on, s.ordinal, s.starts_on, s.ends_on, p.calendar, m.customer, p.company, p.currency),
        *(m.quantity, m.discount_percent, p.tax_rate, p.tax_included, price.label("unit_price_minor")),
        (sa.literal(as_of) + p.terms_days).label("due_on"),
        sa.func.bool_or(price.is_(None) | s.ends_on.is_(None)).over(partition_by=s.membership).label("unbillable"),
    ).select_from(
        spans.join(memberships, m.membership == s.membership).join(plans, p.plan == m.plan).outerjoin(prices, of_start)
    )


def priced(due: sa.Select[Any]) -> sa.Select[Any]:
    """The due periods with net and tax (L2.3), NULL where there is no price."""
    d = due.subquery("due").c
    amount = amounts.amount(d.unit_price_minor, d.quantity, d.discount_percent).label("amount_minor")
    rows = sa.select(*d, amount).subquery("priced")
    terms = (rows.c.amount_minor, rows.c.tax_rate, rows.c.tax_included)
    kept = [column for column in rows.c if column.name != "amount_minor"]
    return sa.select(*kept, amounts.net(*terms).label("net_minor"), amounts.tax(*terms).label("tax_minor"))
