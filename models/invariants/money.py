"""Money that must never be: payments, allocations, the books (L6.2, L10)."""

from __future__ import annotations

import sqlalchemy as sa

from models.books import entries
from models.customers import customers
from models.invariants.invariant import Query, found
from models.invoices import invoices
from models.lots import point_allocations
from models.payments import allocations, payments, refund_allocations, refunds


def money_adrift() -> Query:
    """L6.2: a payment is what it paid, what was refunded and what is unapplied; an invoice's paid is its shares."""
    a, r, p, i, q = allocations.c, refund_allocations.c, payments.c, invoices.c, point_allocations.c
    by_payment = sa.select(a.payment, sa.func.sum(a.amount_minor).label("paid")).group_by(a.payment).subquery()
    refunded = sa.select(r.payment, sa.func.sum(r.amount_minor).label("back")).group_by(r.payment).subquery()
    shares = sa.select(a.invoice, a.amount_minor).union_all(sa.select(q.invoice, q.amount_minor)).subquery("shares").c
    of_invoice = sa.select(shares.invoice, sa.func.sum(shares.amount_minor).label("paid")).group_by(shares.invoice)
    by_invoice = of_invoice.subquery("by_invoice")
    spent = sa.func.coalesce(by_payment.c.paid, 0) + sa.func.coalesce(refunded.c.back, 0)
    of_payments = (
        found(p.payment, "amount ", p.amount_minor, ", spent ", spent, ", unapplied ", p.unapplied_minor)
        .select_from(
            payments.outerjoin(by_payment, by_payment.c.payment == p.payment).outerjoin(
                refunded, refunded.c.payment == p.payment
            )
        )
        .where(p.applied_on.isnot(None), p.amount_minor != spent + p.unapplied_minor)
    )
    of_invoices = (
        found(i.invoice, "paid ", i.paid_minor, ", its allocations ", by_invoice.c.paid)
        .select_from(invoices.outerjoin(by_invoice, by_invoice.c.invoice == i.invoice))
        .where(i.paid_minor != sa.func.coalesce(by_invoice.c.paid, 0))
    )
    return sa.union_all(of_payments, of_invoices)


def books_unlike_events() -> Query:
    """L10: each document, payment and refund has one entry, of its company, currency, day and amounts."""
    events, booked = _bookable().subquery("events"), _booked().subquery("booked")
    e, b = events.c, booked.c
    same = sa.and_(*(b[name] == e[name] for name in ("event", "source", "company", "currency")))
    differs = sa.or_(*(e[column.name].is_distinct_from(b[column.name]) for column in b))
    # What was undone, and waits, has entries that add up to nothing.
    unlike = sa.case((e.event.is_(None), sa.or_(*(b[name] != 0 for name in _SUMMED))), else_=differs)
    return (
        found(sa.func.coalesce(e.source, b.source), "its entry is missing, or differs in an account, day or company")
        .select_from(events.join(booked, same, full=True))
        .where(unlike)
    )


_SUMMED = ("cash", "deferred_revenue", "fee_income", "tax")


def _bookable() -> Query:
    """What the books should say: event, source, company, currency, on_date, cash, deferred revenue, fee income, tax."""
    i, p, r, u = invoices.c, payments.c, refunds.c, customers.c
    zero = sa.literal(0, sa.BigInteger)
    corrected = invoices.alias("corrected")
    is_fee = (i.kind == "fee") | (sa.func.coalesce(corrected.c.kind, "") == "fee")
    documents = sa.select(
        *(sa.case((i.kind == "membership", "issue"), else_=i.kind).label("event"), i.invoice.label("source")),
        *(i.company, i.currency, i.issued_on.label("on_date"), zero.label("cash")),
        *(sa.case((is_fee, 0), else_=-i.net_minor).label("deferred_revenue"),),
        *(sa.case((is_fee, -i.net_minor), else_=0).label("fee_income"), (-i.tax_minor).label("tax")),
    ).select_from(invoices.outerjoin(corrected, corrected.c.invoice == i.corrects))
    received = (
        sa.select(sa.literal("payment"), p.payment, u.company, p.currency, p.applied_on, p.amount_minor)
        .add_columns(zero, zero, zero)
        .join_from(payments, customers, u.customer == p.customer)
        .where(p.applied_on.isnot(None))
    )
    refunded = (
        sa.select(sa.literal("refund"), r.refund, u.company, r.currency, r.applied_on, -r.amount_minor)
        .add_columns(zero, zero, zero)
        .join_from(refunds, customers, u.customer == r.customer)
        .where(r.outcome == "done")
    )
    return sa.union_all(documents, received, refunded)


def _booked() -> Query:
    """What the books do say of such events."""
    e = entries.c
    sums = [sa.func.sum(e[name]).label(name) for name in _SUMMED]
    return (
        sa.select(e.event, e.source, e.company, e.currency, sa.func.max(e.on_date).label("on_date"), *sums)
        .where(e.event.in_(("issue", "fee", "credit_note", "payment", "refund")))
        .group_by(e.event, e.source, e.company, e.currency)
    )


def accounts_unlike_documents() -> Query:
    """L10: for each company and currency receivable = open, customer credit = unapplied, points expense = redeemed."""
    i, p, e, q = invoices.c, payments.c, entries.c, point_allocations.c
    zero = sa.literal(0)
    parts = sa.union_all(
        sa.select(e.company, e.currency, e.receivable, e.customer_credit, e.points_expense),
        sa.select(i.company, i.currency, -i.open_minor, zero, zero).where(i.open_minor > 0),
        sa.select(customers.c.company, p.currency, zero, p.unapplied_minor, zero)
        .join_from(payments, customers, customers.c.customer == p.customer)
        .where(p.unapplied_minor > 0),
        sa.select(i.company, i.currency, zero, zero, -q.amount_minor).join_from(
            point_allocations, invoices, i.invoice == q.invoice
        ),
    ).subquery("parts")
    off = {name: sa.func.sum(parts.c[name]) for name in ("receivable", "customer_credit", "points_expense")}
    said = [part for name, amount in off.items() for part in (f"; {name.replace('_', ' ')} is off by ", amount)]
    return (
        found(parts.c.company, parts.c.currency, *said)
        .group_by(parts.c.company, parts.c.currency)
        .having(sa.or_(*(amount != 0 for amount in off.values())))
    )
