"""Undoing a run of payments: allocations go back, payments and refunds wait again as if their day had not come."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invoices import invoices
from models.memberships import memberships
from models.payments import allocations, payments, refund_allocations, refunds
from models.plans import plans
from tasks.books import write_entries
from tasks.returns import return_money, unpay_invoices
from tasks.rows import insert_rows
from tasks.settlement import add_to_credit
from tasks.staging import size, stage
from tasks.step import Outcome, Scope, money_of
from tasks.undo.refusing import cancel_messages, is_rewarded, refuse_to_undo


def undo_allocations(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """What the run paid with unapplied credit, or steered, is unapplied again; not where the invoice gave rewards."""
    made = stage(connection, "made_allocations", _allocations_of(run_id))
    refused = refuse_to_undo(connection, scope, made, "invoices", made.c.invoice)
    returned = stage(connection, "unallocated", sa.select(made).where(made.c.reason.is_(None)))
    return_money(connection, scope, returned)
    unpay_invoices(connection, returned)
    return Outcome({"allocations": returned.rows, "refused": refused}, money_of(connection, returned, "unallocated"))


def _allocations_of(run_id: int) -> sa.Select[Any]:
    """payment, invoice and what of the run's allocation still stands: nothing, where the invoice has become void."""
    a, i = allocations.c, invoices.c
    by_run = sa.func.sum(a.amount_minor).filter(a.run_id == run_id)
    stands = sa.cast(sa.func.least(by_run, sa.func.sum(a.amount_minor)), sa.BigInteger)
    touched = sa.select(a.payment, a.invoice).where(a.run_id == run_id, a.kind != "return").subquery("touched")
    net = (
        sa.select(a.payment, a.invoice, stands.label("amount_minor"))
        .join_from(touched, allocations, (a.payment == touched.c.payment) & (a.invoice == touched.c.invoice))
        .group_by(a.payment, a.invoice)
        .having(stands > 0)
        .subquery("net")
    )
    m = memberships.c
    # Closing and expiry have settled what a membership owes; a debt that came back would be nobody's to credit.
    voided = (m.status == "expired") & (plans.c.on_expiry == "void")
    reason = sa.case((is_rewarded(i.invoice), "rewarded"), (m.status == "closed", "closed"), (voided, "expired"))
    return (
        sa.select(net, i.company, i.currency, reason.label("reason"))
        .join_from(net, invoices, i.invoice == net.c.invoice)
        .join(memberships, m.membership == i.membership)
        .join(plans, plans.c.plan == m.plan)
    )


def undo_payments(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """The payments that the run took in wait again; not where something of them has been used since."""
    p = payments.c
    used = sa.case((p.unapplied_minor < p.amount_minor, "spent"))
    taken = stage(
        connection,
        "taken_payments",
        sa.select(p.payment, customers.c.company, p.currency, p.amount_minor, used.label("reason"))
        .join_from(payments, customers, customers.c.customer == p.customer)
        .where(p.run_id == run_id),
    )
    refused = refuse_to_undo(connection, scope, taken, "payments", taken.c.payment)
    back = stage(connection, "untaken_payments", sa.select(taken).where(taken.c.reason.is_(None)))
    connection.execute(
        sa.update(payments).where(p.payment == back.c.payment).values(applied_on=None, run_id=None, unapplied_minor=0)
    )
    amount = back.c.amount_minor
    write_entries(connection, scope, back, "payment", back.c.payment, cash=-amount, customer_credit=amount)
    cancelled = cancel_messages(connection, run_id, "payment_received", sa.select(back.c.payment))
    counts = {"payments": back.rows, "cancelled_messages": cancelled, "refused": refused}
    return Outcome(counts, money_of(connection, back, "not received"))


def undo_refunds(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """The refunds that the run paid out wait again, and their payments have the credit."""
    r, a = refunds.c, refund_allocations.c
    back = stage(
        connection,
        "unpaid_refunds",
        sa.select(r.refund, customers.c.company, r.currency, r.amount_minor)
        .join_from(refunds, customers, customers.c.customer == r.customer)
        .where(r.run_id == run_id, r.outcome == "done"),
    )
    parts = sa.select(a.refund, a.payment, a.amount_minor).join_from(
        back, refund_allocations, a.refund == back.c.refund
    )
    parts = parts.where(a.run_id == run_id)
    given = stage(connection, "unrefunded", parts)
    values = {
        "refund": given.c.refund,
        "payment": given.c.payment,
        "amount_minor": -given.c.amount_minor,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, refund_allocations, given, values)
    add_to_credit(connection, given, given.c.amount_minor)
    connection.execute(
        sa.update(refunds).where(r.refund == back.c.refund).values(applied_on=None, outcome=None, run_id=None)
    )
    amount = back.c.amount_minor
    write_entries(connection, scope, back, "refund", back.c.refund, customer_credit=-amount, cash=amount)
    return Outcome({"refunds": size(connection, back)}, money_of(connection, back, "not refunded"))
