"""Refunds (L6.4): may each be paid out of unapplied credit, and from which payments?

All or nothing, oldest payment first. Repeating it is safe because a refund is decided once (`applied_on`).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.payments import payments, refund_allocations, refunds
from models.rules.settlement import overlap, queue
from tasks.books import write_entries
from tasks.refusals import refuse
from tasks.rows import insert_rows
from tasks.settlement import add_to_credit, credit_queue
from tasks.staging import stage
from tasks.step import Outcome, Scope, Step, money_of
from tasks.turns import granted_in_turn


def apply_refunds(connection: sa.Connection, scope: Scope) -> Outcome:
    """Decide the refunds whose day has come, one after the other for each customer and currency."""
    decided = stage(connection, "decided", decisions(scope))
    d = decided.c
    if not decided.rows:
        return Outcome({"refunds": 0, "refused": 0})
    connection.execute(
        sa.update(refunds)
        .where(refunds.c.refund == d.refund)
        .values(applied_on=scope.as_of, outcome=sa.case((d.granted, "done"), else_="refused"), run_id=scope.run_id)
    )
    granted = stage(connection, "granted", sa.select(decided).where(d.granted))
    _pay_out(connection, scope, granted)
    message = sa.func.concat(
        "Refund ", d.refund, " is more than the customer's unapplied credit; refunds return unapplied credit only."
    )
    refused = refuse(
        connection,
        scope,
        decided,
        "refunds",
        d.refund,
        reason="refund_exceeds_credit",
        message=message,
        where=~d.granted,
    )
    return Outcome({"refunds": granted.rows, "refused": refused}, money_of(connection, granted, "refunded"))


STEP = Step("refunds", "payments", apply_refunds, shard_by="customer")


def decisions(scope: Scope) -> sa.Select[Any]:
    """Each waiting refund of `as_of` or before, and whether what is left of the credit allows it."""
    r = refunds.c
    place = sa.func.row_number().over(partition_by=(r.customer, r.currency), order_by=(r.refunded_on, r.refund))
    asked = (
        sa.select(r.refund, r.customer, r.currency, customers.c.company, r.refunded_on, r.amount_minor)
        .add_columns(place.label("place"))
        .join_from(refunds, customers, customers.c.customer == r.customer)
        .where(r.applied_on.is_(None), r.refunded_on <= scope.as_of, scope.shard.holds(r.customer))
    )
    return granted_in_turn(asked, ("customer", "currency"), "amount_minor", _unapplied)


def _unapplied(of: sa.CTE) -> sa.ColumnElement[Any]:
    """The unapplied credit of the customer and currency of a row."""
    p = payments.c
    total = sa.cast(sa.func.coalesce(sa.func.sum(p.unapplied_minor), 0), sa.BigInteger)
    own = (p.customer == of.c.customer) & (p.currency == of.c.currency) & (p.unapplied_minor > 0)
    return sa.select(total).where(own).scalar_subquery()


def _pay_out(connection: sa.Connection, scope: Scope, granted: sa.TableClause) -> None:
    """Take the granted refunds from the oldest payments and book customer credit / cash (L10)."""
    g = granted.c
    since, until = queue(g.amount_minor, (g.customer, g.currency), (g.refunded_on, g.refund))
    wanted = sa.select(g.refund, g.customer, g.currency, since.label("since"), until.label("until")).subquery("wanted")
    customers_of = sa.select(g.customer, g.currency).distinct().subquery("customers_of")
    credits = credit_queue(customers_of)
    amount = overlap(wanted.c.since, wanted.c.until, credits.c.since, credits.c.until)
    same = (wanted.c.customer == credits.c.customer) & (wanted.c.currency == credits.c.currency)
    matches = sa.select(wanted.c.refund, credits.c.payment, sa.cast(amount, sa.BigInteger).label("amount_minor"))
    taken = stage(connection, "taken", matches.join_from(wanted, credits, same).where(amount > 0))
    values = {
        "refund": taken.c.refund,
        "payment": taken.c.payment,
        "amount_minor": taken.c.amount_minor,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, refund_allocations, taken, values)
    add_to_credit(connection, taken, -taken.c.amount_minor)
    write_entries(connection, scope, granted, "refund", g.refund, customer_credit=g.amount_minor, cash=-g.amount_minor)
