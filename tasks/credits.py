"""Credits (L7.2 to L7.4): what do paid periods and top-ups give, what do usages take, what expires?

Writes lots and movements. Repeating it is safe because each paid invoice is looked at once (`granted_on`), each charge
and usage is decided once (`applied_on`), and what has expired has nothing left.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import credit_charges, credit_usages, lots
from models.memberships import memberships, periods
from models.plans import plan_credits
from models.rules.lots import POINTS
from tasks.lots import balance, expire, fill, spend
from tasks.refusals import refuse
from tasks.staging import stage
from tasks.step import Outcome, Scope, Step
from tasks.turns import granted_in_turn


def grant(connection: sa.Connection, scope: Scope) -> Outcome:
    """Each period that has been paid gives one lot of each credit of its plan, once (L7.2)."""
    paid = stage(connection, "paid_periods", newly_paid(scope))
    if not paid.rows:
        return Outcome({"paid_periods": 0, "granted_lots": 0})
    connection.execute(sa.update(invoices).where(invoices.c.invoice == paid.c.invoice).values(granted_on=scope.as_of))
    p, c = paid.c, plan_credits.c
    place = sa.func.row_number().over(order_by=(p.membership, p.starts_on, c.credit_type))
    granted = sa.select(
        *(p.customer, c.credit_type, p.invoice.label("source_id"), c.quantity, p.starts_on),
        sa.func.coalesce(p.starts_on + c.valid_days, p.ends_on).label("expires_on"),
        *(c.valid_days, place.label("place")),
    ).join_from(paid, plan_credits, c.plan == p.plan)
    made = stage(connection, "granted_lots", granted)
    fill(connection, scope, made, "grant")
    return Outcome({"paid_periods": paid.rows, "granted_lots": made.rows})


def newly_paid(scope: Scope) -> sa.Select[Any]:
    """Periods whose invoice is paid and that no grant has seen so yet."""
    i, p, m = invoices.c, periods.c, memberships.c
    return (
        sa.select(i.invoice, i.customer, p.membership, p.starts_on, p.ends_on, m.plan)
        .join_from(invoices, periods, p.invoice == i.invoice)
        .join(memberships, m.membership == p.membership)
        .where(i.kind == "membership", i.settled_on.isnot(None), i.granted_on.is_(None))
        .where(scope.shard.holds(i.customer))
    )


def charge(connection: sa.Connection, scope: Scope) -> Outcome:
    """Each top-up whose day has come gives one lot with its own dates (L7.2)."""
    c = credit_charges.c
    place = sa.func.row_number().over(order_by=(c.charged_on, c.charge))
    due = (
        sa.select(c.customer, c.credit_type, c.charge.label("source_id"), c.quantity, c.starts_on, c.expires_on)
        .add_columns(sa.cast(sa.null(), sa.Integer).label("valid_days"), place.label("place"))
        .where(c.applied_on.is_(None), c.charged_on <= scope.as_of, scope.shard.holds(c.customer))
    )
    made = stage(connection, "charged_lots", due)
    if made.rows:
        connection.execute(sa.update(credit_charges).where(c.charge == made.c.source_id).values(applied_on=scope.as_of))
        fill(connection, scope, made, "charge")
    return Outcome({"charged_lots": made.rows})


def use(connection: sa.Connection, scope: Scope) -> Outcome:
    """Usages spend, each whole or not at all, in the order of (used_on, usage) (L7.3)."""
    decided = stage(connection, "decided_usages", decided_usages(scope))
    d = decided.c
    if not decided.rows:
        return Outcome({"usages": 0, "refused": 0})
    connection.execute(
        sa.update(credit_usages).where(credit_usages.c.usage == d.source_id).values(applied_on=scope.as_of)
    )
    granted = stage(connection, "granted_usages", sa.select(decided).where(d.granted))
    if granted.rows:
        spend(connection, scope, granted, "usage")
    says = sa.func.concat(
        *("Usage ", d.source_id, " asks for ", d.quantity, " ", d.credit_type, "; usable on ", scope.as_of, " were "),
        *(d.available, ". Charge credits, or load a smaller usage with a new id."),
    )
    refused = refuse(
        connection,
        scope,
        decided,
        "credit_usages",
        d.source_id,
        reason="insufficient_balance",
        message=says,
        where=~d.granted,
    )
    return Outcome({"usages": granted.rows, "refused": refused})


def decided_usages(scope: Scope) -> sa.Select[Any]:
    """Each waiting usage of `as_of` or before, and whether what is left of the customer's lots allows it."""
    u = credit_usages.c
    place = sa.func.row_number().over(partition_by=(u.customer, u.credit_type), order_by=(u.used_on, u.usage))
    asked = sa.select(u.usage.label("source_id"), u.customer, u.credit_type, u.quantity, place.label("place")).where(
        u.applied_on.is_(None), u.used_on <= scope.as_of, scope.shard.holds(u.customer)
    )
    return granted_in_turn(asked, ("customer", "credit_type"), "quantity", lambda a: balance(a, scope))


def expire_credits(connection: sa.Connection, scope: Scope) -> Outcome:
    """What is left of credits that are over expires (L7.4)."""
    return expire(connection, scope, lots.c.credit_type != POINTS)


GRANTS = Step("grants", "credits", grant, shard_by="customer")
CHARGES = Step("charges", "credits", charge, shard_by="customer")
USAGES = Step("usages", "credits", use, shard_by="customer")
EXPIRY = Step("credit_expiry", "credits", expire_credits, shard_by="customer")
