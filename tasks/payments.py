"""Payments (L6.2): whose day has come, which invoice does each steer to, and what does the rest pay?

Writes allocations, book entries, receipts, and what is left of payments and invoices. Repeating it is safe because a
payment is taken in once (`applied_on`), and only what is still unapplied meets what is still open.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invoices import invoices
from models.money import add_money
from models.payments import payments
from models.rules.settlement import queue
from tasks.books import write_entries
from tasks.outbox import NEWS, is_said, queue_messages
from tasks.settlement import OLDEST_DEBT, meet, settle
from tasks.staging import stage
from tasks.step import Outcome, Scope, Step, money_of


def apply_payments(connection: sa.Connection, scope: Scope) -> Outcome:
    """Take in the payments of the day, first to where they point, then all unapplied credit to all open invoices."""
    arrived = stage(connection, "arrived", arriving_payments(scope))
    directed = stage(connection, "directed", directed_allocations(arrived))
    receipts = 0
    if arrived.rows:
        _take_in(connection, scope, arrived)
        receipts = _write_receipts(connection, scope, arrived)
        _book(connection, scope, arrived, directed)
        settle(connection, scope, directed, "directed")
    met = meet(connection, scope)
    return Outcome(
        {
            "payments": arrived.rows,
            "directed_allocations": directed.rows,
            "credit_allocations": met.rows,
            "receipts": receipts,
        },
        add_money(
            [
                money_of(connection, arrived, "received"),
                money_of(connection, directed, "allocated"),
                money_of(connection, met, "allocated"),
            ]
        ),
    )


STEP = Step("payments", "payments", apply_payments, shard_by="customer")


def arriving_payments(scope: Scope) -> sa.Select[Any]:
    """Waiting payments of `as_of` or before, each with the open invoice that it steers to, if any.

    `target` is the invoice it names, or the oldest open membership invoice of the membership it names, as these stand
    now, at the start of the stage; of the same customer and currency.
    """
    p, i = payments.c, invoices.c
    named = sa.case((p.invoice.isnot(None), i.invoice == p.invoice), else_=i.membership == p.membership)
    target = (
        sa.select(i.invoice, i.open_minor)
        .where(i.customer == p.customer, i.currency == p.currency, i.open_minor > 0, named)
        .where(p.invoice.isnot(None) | (i.kind == "membership"))
        .order_by(*OLDEST_DEBT)
        .limit(1)
        .lateral("target")
    )
    return (
        sa.select(
            p.payment,
            p.customer,
            p.paid_on,
            p.method,
            p.amount_minor,
            p.currency,
            customers.c.company,
            target.c.invoice,
            target.c.open_minor,
        )
        .select_from(payments.join(customers, customers.c.customer == p.customer).outerjoin(target, sa.true()))
        .where(p.applied_on.is_(None), p.paid_on <= scope.as_of, scope.shard.holds(p.customer))
    )


def _take_in(connection: sa.Connection, scope: Scope, arrived: sa.TableClause) -> None:
    connection.execute(
        sa.update(payments)
        .where(payments.c.payment == arrived.c.payment)
        .values(applied_on=scope.as_of, unapplied_minor=payments.c.amount_minor, run_id=scope.run_id)
    )


def _write_receipts(connection: sa.Connection, scope: Scope, arrived: sa.TableClause) -> int:
    """One receipt a payment; none for one that had been made long before it was loaded, such as another system's."""
    a, kind = arrived.c, "payment_received"
    news = sa.select(arrived).where(a.paid_on > scope.as_of - NEWS, ~is_said(kind, a.payment, ""))
    r = news.subquery("receipts")
    facts = {name: r.c[name] for name in ("amount_minor", "currency", "method", "paid_on")}
    return queue_messages(connection, scope, r, kind, r.c.payment, **facts)


def directed_allocations(arrived: sa.TableClause) -> sa.Select[Any]:
    """What each arrived payment pays of its target, where several share one in order of (paid_on, payment)."""
    a = arrived.c
    before, _ = queue(a.amount_minor, (a.invoice,), (a.paid_on, a.payment))
    share = sa.func.least(a.amount_minor, a.open_minor - before)
    shares = (
        sa.select(a.payment, a.invoice, a.currency, sa.cast(share, sa.BigInteger).label("amount_minor"))
        .where(a.invoice.isnot(None))
        .subquery("shares")
    )
    return sa.select(shares).where(shares.c.amount_minor > 0)


def _book(connection: sa.Connection, scope: Scope, arrived: sa.TableClause, directed: sa.TableClause) -> None:
    """cash / receivable for what steers, cash / customer credit for the rest (L10)."""
    to_invoice = sa.func.coalesce(directed.c.amount_minor, 0)
    rows = arrived.outerjoin(directed, directed.c.payment == arrived.c.payment)
    booked = sa.select(
        arrived.c.payment, arrived.c.company, arrived.c.currency, arrived.c.amount_minor, to_invoice.label("to_invoice")
    )
    b = booked.select_from(rows).subquery("booked")
    write_entries(
        connection,
        scope,
        b,
        "payment",
        b.c.payment,
        cash=b.c.amount_minor,
        receivable=-b.c.to_invoice,
        customer_credit=b.c.to_invoice - b.c.amount_minor,
    )
