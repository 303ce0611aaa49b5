"""Loyalty points (L7.4, L7.5): what does each paid invoice earn, and which points are over?

Writes lots, movements and messages. Repeating it is safe because each paid invoice is looked at once (`earned_on`), and
what has expired has nothing left.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.invoices import invoices
from models.lots import lots, loyalty_rules, point_allocations
from models.memberships import memberships
from models.rules.amounts import major
from models.rules.lots import POINTS
from models.rules.loyalty import FIRST_RULE, earned, matches
from tasks.lots import expire, fill
from tasks.outbox import is_said, queue_messages
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope, Step


def earn(connection: sa.Connection, scope: Scope) -> Outcome:
    """Each membership invoice that has become fully paid earns by the first rule that matches, once (L7.5)."""
    paid = stage(connection, "paid_invoices", newly_paid(scope))
    if not paid.rows:
        return Outcome({"paid_invoices": 0, "earned_lots": 0, "told": 0})
    connection.execute(sa.update(invoices).where(invoices.c.invoice == paid.c.invoice).values(earned_on=scope.as_of))
    made = stage(connection, "earned_lots", earned_points(scope, paid))
    fill(connection, scope, made, "earn")
    told = _tell(connection, scope, made) if made.rows else 0
    return Outcome({"paid_invoices": paid.rows, "earned_lots": made.rows, "told": told})


def newly_paid(scope: Scope) -> sa.Select[Any]:
    """Paid membership invoices that no earning has seen so yet; `base` is the total less what points paid of it."""
    i, a = invoices.c, point_allocations.c
    by_points = sa.select(sa.func.sum(a.amount_minor)).where(a.invoice == i.invoice).scalar_subquery()
    base = major(i.total_minor - sa.func.coalesce(by_points, 0), currencies.c.minor_digits)
    return (
        sa.select(i.invoice, i.issued_on, i.series_no, i.company, i.customer, customers.c.category, memberships.c.plan)
        .add_columns(base.label("base"))
        .join_from(invoices, currencies, currencies.c.currency == i.currency)
        .join(customers, customers.c.customer == i.customer)
        .join(memberships, memberships.c.membership == i.membership)
        .where(i.kind == "membership", i.settled_on.isnot(None), i.earned_on.is_(None))
        .where(scope.shard.holds(i.customer))
    )


def earned_points(scope: Scope, paid: Staged) -> sa.Select[Any]:
    """The lots that the paid invoices earn, by number; none where the first rule gives nothing."""
    p = paid.c
    rule = (
        sa.select(earned(p.base).label("quantity"), loyalty_rules.c.valid_days)
        .where(matches(scope.as_of, p.company, p.category, p.plan, p.base))
        .order_by(*FIRST_RULE)
        .limit(1)
        .lateral("rule")
    )
    starts_on = sa.literal(scope.as_of, sa.Date)
    return (
        sa.select(p.customer, sa.literal(POINTS).label("credit_type"), p.invoice.label("source_id"), rule.c.quantity)
        .add_columns(starts_on.label("starts_on"), (starts_on + rule.c.valid_days).label("expires_on"))
        .add_columns(sa.cast(sa.null(), sa.Integer).label("valid_days"))
        .add_columns(sa.func.row_number().over(order_by=(p.issued_on, p.series_no)).label("place"))
        .join_from(paid, rule, sa.true())
        .where(rule.c.quantity > 0)
    )


def _tell(connection: sa.Connection, scope: Scope, made: Staged) -> int:
    """One message a customer and invoice; quantities as texts, which JSON keeps exact."""
    kind = "points_earned"
    unsaid = sa.select(made).where(~is_said(kind, made.c.source_id, "")).subquery("unsaid")
    u = unsaid.c
    points = sa.cast(u.quantity, sa.Text)
    return queue_messages(connection, scope, unsaid, kind, u.source_id, points=points, expires_on=u.expires_on)


def expire_points(connection: sa.Connection, scope: Scope) -> Outcome:
    """What is left of points that are over expires (L7.4)."""
    return expire(connection, scope, lots.c.credit_type == POINTS)


EARNING = Step("earning", "points", earn, shard_by="customer")
EXPIRY = Step("point_expiry", "points", expire_points, shard_by="customer")
