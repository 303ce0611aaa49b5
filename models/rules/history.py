"""Documents and money as they stood at the end of a past business day, from facts that carry their day.

Nothing that these facts say is ever rewritten: allocations, entries and the day of issue stay, a void carries its own
day. What an undone run had done is compensated on the day of the undo, so the days before it keep their figures. Who
paid what when is read from the books, because a payment whose run was undone waits again as if it had never come.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.books import entries
from models.invoices import invoices
from models.lots import point_allocations
from models.payments import allocations, payments, refunds
from models.rules.boundaries import FOREVER
from models.rules.months import at_ends


def _shares() -> sa.Subquery:
    """What paid of invoices, money and points, and what went back: invoice, amount_minor, on_date (L6.2, L7.6)."""
    return sa.union_all(
        *(sa.select(of.c.invoice, of.c.amount_minor, of.c.on_date) for of in (allocations, point_allocations))
    ).subquery("shares")


def paid_of(numbers: Sequence[str], as_of: date) -> sa.Subquery:
    """What had been paid of these invoices by the end of a day, less what went back: invoice, paid_minor, last_on."""
    shares = _shares().c
    paid = sa.cast(sa.func.sum(shares.amount_minor), sa.BigInteger).label("paid_minor")
    last_on = sa.func.max(shares.on_date).filter(shares.amount_minor > 0).label("last_on")
    of_these = shares.invoice.in_(numbers) & (shares.on_date <= as_of)
    return sa.select(shares.invoice, paid, last_on).where(of_these).group_by(shares.invoice).subquery("paid")


def documents(company: str, as_of: date) -> sa.Select[Any]:
    """Invoices and fees issued by the end of `as_of`, one row each.

    invoice, customer, membership, kind, currency, issued_on, due_on, total_minor, open_minor; void_on; settled_on: the
    day on which the last of it was paid (of issue, where nothing was to pay), empty while it is open.
    """
    i, since, then = invoices.c, _paid_since(as_of), _last_paid_by(as_of)
    stands = i.voided_on.is_(None) | (i.voided_on > as_of)
    # What is paid is the sum of its shares: without those of later days it is what was paid then.
    left = i.total_minor - i.paid_minor + sa.func.coalesce(since.c.paid_minor, 0)
    settled_on = sa.case((since.c.invoice.is_(None), i.settled_on), else_=then.c.last_on)
    return (
        sa.select(i.invoice, i.customer, i.membership, i.kind, i.currency, i.issued_on, i.due_on, i.total_minor)
        .add_columns(sa.cast(sa.case((stands, left), else_=0), sa.BigInteger).label("open_minor"))
        .add_columns(sa.case((~stands, i.voided_on)).label("void_on"))
        .add_columns(sa.case((stands & (left == 0), sa.func.coalesce(settled_on, i.issued_on))).label("settled_on"))
        .select_from(
            invoices.outerjoin(since, since.c.invoice == i.invoice).outerjoin(then, then.c.invoice == i.invoice)
        )
        .where(i.company == company, i.kind != "credit_note", i.issued_on <= as_of)
    )


def _paid_since(as_of: date) -> sa.Subquery:
    """What was paid of invoices after the end of a day, less what went back: invoice, paid_minor."""
    shares = _shares().c
    paid = sa.func.sum(shares.amount_minor).label("paid_minor")
    return sa.select(shares.invoice, paid).where(shares.on_date > as_of).group_by(shares.invoice).subquery("since")


def _last_paid_by(as_of: date) -> sa.Subquery:
    """When those that were paid, or given back, after the end of a day had last been paid by it: invoice, last_on."""
    shares, since = _shares().c, _paid_since(as_of).c
    last_on = sa.func.max(shares.on_date).label("last_on")
    return (
        sa.select(shares.invoice, last_on)
        .join_from(since.invoice.table, shares.invoice.table, shares.invoice == since.invoice)
        .where(shares.on_date <= as_of, shares.amount_minor > 0)
        .group_by(shares.invoice)
        .subquery("last_paid")
    )


def receivables(company: str, as_of: date) -> sa.Select[Any]:
    """The documents with something to pay, as `documents` shows them."""
    found = documents(company, as_of).subquery("documents")
    return sa.select(found).where(found.c.open_minor > 0)


def overdue_at_ends(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """What was overdue at the end of each month: number, invoice, currency, days (since it was due), open_minor."""
    found, shares = documents(company, as_of).subquery("documents"), _shares()
    d = found.c
    late_since = sa.func.greatest(d.due_on + 1, d.issued_on, type_=sa.Date)
    end = at_ends(months, late_since, sa.func.coalesce(d.void_on, d.settled_on, FOREVER))
    m = months.c
    paid = sa.func.coalesce(sa.func.sum(shares.c.amount_minor), 0)
    left = sa.cast(d.total_minor - paid, sa.BigInteger)
    return (
        sa.select(m.number, d.invoice, d.currency, (m.until - 1 - d.due_on).label("days"), left.label("open_minor"))
        .select_from(
            found.join(end, sa.true())
            .join(months, m.number == end.c.number)
            .outerjoin(shares, (shares.c.invoice == d.invoice) & (shares.c.on_date < m.until))
        )
        .group_by(m.number, m.until, d.invoice, d.currency, d.due_on, d.total_minor)
        .having(left > 0)
    )


def receipts(company: str, as_of: date) -> sa.CompoundSelect[Any]:
    """What came in and went out by the end of `as_of`: source, customer, method, currency, on_date, amount_minor, kind.

    kind is payment or refund; refunds are below zero; what was undone is there twice, the second time with its sign
    turned.
    """
    e, p, r = entries.c, payments.c, refunds.c
    of_company = (e.company == company) & (e.on_date <= as_of)

    def booked(by: Any, method: Any) -> sa.Select[Any]:
        shown = (e.source, by.label("customer"), method.label("method"), e.currency, e.on_date)
        return sa.select(*shown, e.cash.label("amount_minor"), e.event.label("kind")).where(of_company)

    paid = booked(p.customer, p.method).join_from(entries, payments, p.payment == e.source)
    refunded = booked(r.customer, sa.cast(sa.null(), sa.Text)).join_from(entries, refunds, r.refund == e.source)
    return sa.union_all(paid.where(e.event == "payment"), refunded.where(e.event == "refund"))


def account_events(company: str, as_of: date) -> sa.CompoundSelect[Any]:
    """What changed what customers owe, less what they have left over, by the end of `as_of`.

    customer, currency, on_date, what (invoiced, credited, paid, redeemed, refunded), amount_minor: a debit is positive.
    """
    i, a = invoices.c, point_allocations.c
    what = sa.case((i.kind == "credit_note", "credited"), else_="invoiced")
    issued = sa.select(i.customer, i.currency, i.issued_on.label("on_date"), what.label("what")).add_columns(
        i.total_minor.label("amount_minor")
    )
    redeemed = (
        sa.select(i.customer, i.currency, a.on_date, sa.literal("redeemed"), -a.amount_minor)
        .join_from(point_allocations, invoices, i.invoice == a.invoice)
        .where(i.company == company, a.on_date <= as_of)
    )
    moved = receipts(company, as_of).subquery("receipts").c
    said = sa.case((moved.kind == "refund", "refunded"), else_="paid")
    cash = sa.select(moved.customer, moved.currency, moved.on_date, said, -moved.amount_minor)
    return sa.union_all(issued.where(i.company == company, i.issued_on <= as_of), redeemed, cash)


def balance(company: str, as_of: date, *accounts: str) -> sa.Select[Any]:
    """The books at the end of `as_of`: currency, amount_minor (the sum of these accounts, a debit positive) (L10)."""
    e = entries.c
    total = sa.func.sum(sum((e[account] for account in accounts[1:]), start=e[accounts[0]]))
    return (
        sa.select(e.currency, sa.cast(total, sa.BigInteger).label("amount_minor"))
        .where(e.company == company, e.on_date <= as_of)
        .group_by(e.currency)
    )
