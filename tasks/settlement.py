"""Applying money to invoices: allocations, what is left on both sides, the books, the standing (L6.2)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.payments import allocations, payments
from models.rules.settlement import overlap, queue
from tasks.books import write_entries
from tasks.rows import insert_rows
from tasks.staging import Staged, stage
from tasks.standing import restand
from tasks.step import Scope

Column = sa.ColumnElement[Any]

OLDEST_PAYMENT = (payments.c.paid_on, payments.c.payment)
# The order of numbers is the order of issue; spelt out, because 1000000 sorts before 999999 as a text.
OLDEST_DEBT = (invoices.c.due_on, invoices.c.issued_on, invoices.c.series_no)


def meet(connection: sa.Connection, scope: Scope) -> Staged:
    """Let all unapplied credit meet all open invoices of the same customer and currency, oldest first (L6.2)."""
    meeting = stage(connection, "meeting", _who_has_both(scope))
    if not meeting.rows:
        return meeting
    matched = stage(connection, "matched", _matches(meeting))
    m = matched.c
    write_entries(
        connection,
        scope,
        matched,
        "allocation",
        m.payment,
        customer_credit=m.amount_minor,
        receivable=-m.amount_minor,
    )
    settle(connection, scope, matched, "credit")
    return matched


def _who_has_both(scope: Scope) -> sa.Select[Any]:
    """Customers and currencies with unapplied credit and an open invoice."""
    p, i = payments.c, invoices.c
    owes = sa.exists().where(i.customer == p.customer, i.currency == p.currency, i.open_minor > 0)
    return (
        sa.select(p.customer, p.currency).where(p.unapplied_minor > 0, owes, scope.shard.holds(p.customer)).distinct()
    )


def credit_queue(of: sa.FromClause) -> sa.Subquery:
    """The unapplied credit of each customer and currency of `of`, laid end to end, oldest payment first."""
    p = payments.c
    since, until = queue(p.unapplied_minor, (p.customer, p.currency), OLDEST_PAYMENT)
    return (
        sa.select(p.payment, p.customer, p.currency, since.label("since"), until.label("until"))
        .join_from(of, payments, (p.customer == of.c.customer) & (p.currency == of.c.currency))
        .where(p.unapplied_minor > 0)
        .subquery("credits")
    )


def _matches(meeting: sa.TableClause) -> sa.Select[Any]:
    """payment, invoice, company, membership, currency, amount_minor: what pays how much of what."""
    i = invoices.c
    since, until = queue(i.open_minor, (i.customer, i.currency), OLDEST_DEBT)
    debts = (
        sa.select(i.invoice, i.customer, i.currency, i.company, since.label("since"), until.label("until"))
        .join_from(meeting, invoices, (i.customer == meeting.c.customer) & (i.currency == meeting.c.currency))
        .where(i.open_minor > 0)
        .subquery("debts")
    )
    credits = credit_queue(meeting)
    amount = overlap(credits.c.since, credits.c.until, debts.c.since, debts.c.until)
    return (
        sa.select(
            credits.c.payment,
            debts.c.invoice,
            debts.c.company,
            credits.c.currency,
            sa.cast(amount, sa.BigInteger).label("amount_minor"),
        )
        .join_from(credits, debts, (credits.c.customer == debts.c.customer) & (credits.c.currency == debts.c.currency))
        .where(amount > 0)
    )


def settle(connection: sa.Connection, scope: Scope, matched: Staged, kind: str) -> None:
    """Book each row of `matched` (payment, invoice, amount_minor) as an allocation and bring both sides up to date."""
    if not matched.rows:
        return
    m = matched.c
    record_allocations(connection, scope, matched, kind=kind, amount=m.amount_minor)
    add_to_credit(connection, matched, -m.amount_minor)
    pay_invoices(connection, scope, matched)


def record_allocations(connection: sa.Connection, scope: Scope, rows: Staged, *, kind: str, amount: Column) -> None:
    """An allocation of `amount` for each row of `rows` (payment, invoice); a return is a negative one."""
    values = {
        "payment": rows.c.payment,
        "invoice": rows.c.invoice,
        "run_id": sa.literal(scope.run_id),
        "amount_minor": amount,
        "on_date": sa.literal(scope.as_of),
        "kind": sa.literal(kind),
    }
    insert_rows(connection, allocations, rows, values)


def pay_invoices(connection: sa.Connection, scope: Scope, matched: Staged) -> None:
    """Raise what is paid of invoices by the rows of `matched` (invoice, amount_minor); restand whom that settles."""
    paid = totals_by(matched.c.invoice, matched.c.amount_minor)
    now_paid = invoices.c.paid_minor + paid.c.amount_minor
    connection.execute(
        sa.update(invoices)
        .where(invoices.c.invoice == paid.c.invoice)
        .values(
            paid_minor=now_paid,
            settled_on=sa.case((now_paid == invoices.c.total_minor, scope.as_of)),
        )
    )
    settled = (
        sa.select(invoices.c.membership)
        .join_from(matched, invoices, invoices.c.invoice == matched.c.invoice)
        .where(invoices.c.kind == "membership", invoices.c.settled_on.isnot(None))
        .distinct()
    )
    restand(connection, stage(connection, "settled", settled))


def add_to_credit(connection: sa.Connection, rows: sa.TableClause, amount: Column) -> None:
    """Raise the unapplied credit of payments by `amount` for each of `rows` (payment); a negative amount is taken."""
    more = totals_by(rows.c.payment, amount)
    connection.execute(
        sa.update(payments)
        .where(payments.c.payment == more.c.payment)
        .values(unapplied_minor=payments.c.unapplied_minor + more.c.amount_minor)
    )


def totals_by(key: Column, amount: Column) -> sa.Subquery:
    """`amount_minor` for each value of `key`: an UPDATE … FROM takes only one row of each."""
    total = sa.cast(sa.func.sum(amount), sa.BigInteger).label("amount_minor")
    return sa.select(key, total).group_by(key).subquery()
