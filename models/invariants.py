"""What must never happen, as queries that must return no row (L3.3, L3.6, L3.8, L6, L10).

Each query yields (record, detail). They read the facts and never what a step believes, so a step and its invariant
prove each other. `missing` and `extra` are the two halves of completeness: what the rules say should exist, exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.books import entries
from models.companies import companies
from models.customers import customers
from models.invoices import invoice_series, invoices
from models.memberships import memberships, periods, quarantine, status_changes
from models.messages import messages
from models.payments import allocations, payments, refund_allocations
from models.plans import plans
from models.rules.boundaries import boundary
from models.rules.numbers import invoice_number
from models.rules.standing import grace_until, standings

Query = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True)
class Invariant:
    """A rule of the book and the query for what breaks it on a business date."""

    name: str
    rule: str
    broken: Callable[[date], Query]


def _found(record: Any, *detail: Any) -> sa.Select[Any]:
    return sa.select(record.label("record"), sa.func.concat(*detail).label("detail"))


def overlapping_periods(as_of: date) -> Query:
    """L3.8: periods of a membership that are not void never overlap."""
    p = periods.c
    before = sa.func.lag(p.ends_on).over(partition_by=p.membership, order_by=p.starts_on)
    rows = sa.select(p.membership, p.starts_on, before.label("before")).where(~p.void).subquery()
    return _found(rows.c.membership, "period from ", rows.c.starts_on, " begins before ", rows.c.before).where(
        rows.c.starts_on < rows.c.before
    )


def periods_off_their_boundary(as_of: date) -> Query:
    """L1.3: each period ends on the boundary that its anchor and ordinal give."""
    p, q = periods.c, plans.c
    rows = periods.join(memberships, memberships.c.membership == p.membership).join(plans, q.plan == memberships.c.plan)
    end = boundary(p.anchor_on, p.ordinal, q.interval_unit, q.interval_count)
    return (
        _found(p.membership, "period ends on ", p.ends_on, ", its boundary is ", end)
        .select_from(rows)
        .where(p.ends_on != end)
    )


def periods_and_invoices(as_of: date) -> Query:
    """L3.8: a period that was not carried over has one membership invoice, and it has that one period."""
    p, i = periods.c, invoices.c
    joined = periods.join(invoices, i.invoice == p.invoice, full=True)
    both = p.period_id.isnot(None) & i.invoice.isnot(None)
    wrong = both & ((i.kind != "membership") | (i.membership != p.membership))
    unlike = both & (p.void != i.voided_on.isnot(None))
    lonely = (i.kind == "membership") & p.period_id.is_(None)
    return (
        _found(sa.func.coalesce(i.invoice, p.membership), "period and invoice do not belong together")
        .select_from(joined)
        .where(lonely | wrong | unlike)
    )


def missing_periods(as_of: date) -> Query:
    """L3.1, L3.6: every membership that is due has its period; nothing waits but what is in quarantine."""
    m, q = memberships.c, plans.c
    waits = sa.exists().where(quarantine.c.membership == m.membership, quarantine.c.released_at.is_(None))
    last_end = sa.select(sa.func.max(periods.c.ends_on)).where(periods.c.membership == m.membership, ~periods.c.void)
    ends_on = sa.func.coalesce(last_end.scalar_subquery(), m.billed_until)
    renews = sa.func.coalesce(m.auto_renew, q.auto_renew) & m.status.in_(("active", "grace"))
    # Back from expiry since this day's status stage: the renewals see it on the next business day (L1.6).
    back_today = sa.exists().where(
        status_changes.c.membership == m.membership,
        status_changes.c.on_date == as_of,
        status_changes.c.from_status == "expired",
    )
    renewal = renews & (ends_on - q.lead_days <= as_of) & ~back_today
    start = (m.status == "pending") & (m.started_on <= as_of)
    return (
        _found(m.membership, "missing: its next period was due for billing by ", sa.literal(as_of))
        .join_from(memberships, plans, q.plan == m.plan)
        .where(start | renewal, ~waits)
    )


def extra_periods(as_of: date) -> Query:
    """L3.6: no period was opened before it was due, nor for a membership that has not started."""
    p, m = periods.c, memberships.c
    early = (p.bills_on > p.opened_on) | (m.started_on > p.opened_on)
    return (
        _found(p.membership, "extra: the period from ", p.starts_on, " was opened on ", p.opened_on)
        .join_from(periods, memberships, m.membership == p.membership)
        .where(early)
    )


def standing_unlike_periods(as_of: date) -> Query:
    """L3.3: the stored standing is the one that the periods give."""
    m = memberships.c
    s = standings(memberships).subquery("s").c
    unlike = [m[name].is_distinct_from(s[name]) for name in ("paid_until", "owes_since", "billed_until")]
    return _found(m.membership, "stored paid_until ", m.paid_until, ", its periods give ", s.paid_until).where(
        m.membership == s.membership, sa.or_(*unlike)
    )


def status_unlike_standing(as_of: date) -> Query:
    """L3.4: active means paid, grace means not yet over."""
    m, q = memberships.c, plans.c
    active = (m.status == "active") & (m.paid_until <= as_of)
    grace = (m.status == "grace") & (grace_until(q.grace_days) <= as_of)
    return (
        _found(m.membership, m.status, " with paid_until ", m.paid_until)
        .join_from(memberships, plans, q.plan == m.plan)
        .where(active | grace)
    )


def numbers_with_gaps(as_of: date) -> Query:
    """L6.1: the numbers of a company and year are 1 … n in order of issue, and n is the series' last."""
    i = invoices.c
    year = sa.cast(sa.extract("year", i.issued_on), sa.Integer)
    given = (
        sa.select(i.company, year.label("year"), sa.func.count().label("count"), sa.func.max(i.series_no).label("last"))
        .group_by(i.company, year)
        .subquery("given")
    )
    s = invoice_series.c
    return (
        _found(
            s.company,
            s.year,
            ": ",
            given.c.count,
            " documents, numbers up to ",
            given.c.last,
            ", series at ",
            s.last_no,
        )
        .select_from(invoice_series.join(given, (given.c.company == s.company) & (given.c.year == s.year), full=True))
        .where(
            (sa.func.coalesce(given.c.count, 0) != sa.func.coalesce(s.last_no, 0))
            | (sa.func.coalesce(given.c.last, 0) != sa.func.coalesce(s.last_no, 0))
        )
    )


def numbers_out_of_order(as_of: date) -> Query:
    """L6.1: a number says its company, year and place, and no number was issued before a smaller one."""
    i = invoices.c
    year = sa.cast(sa.extract("year", i.issued_on), sa.Integer)
    before = sa.func.lag(i.issued_on).over(partition_by=(i.company, year), order_by=i.series_no)
    rows = (
        sa.select(i.invoice, i.issued_on, before.label("before"))
        .add_columns((i.invoice != invoice_number(companies.c.invoice_prefix, year, i.series_no)).label("misnamed"))
        .join_from(invoices, companies, companies.c.company == i.company)
        .subquery()
    )
    return _found(rows.c.invoice, "issued on ", rows.c.issued_on, ", the number before it on ", rows.c.before).where(
        rows.c.misnamed | (rows.c.issued_on < rows.c.before)
    )


def uncorrected_voids(as_of: date) -> Query:
    """L6.1, L6.3: an invoice is void exactly when a credit note corrects it in full."""
    i, note = invoices.c, invoices.alias("note")
    n = note.c
    joined = invoices.outerjoin(note, n.corrects == i.invoice)
    unlike = i.voided_on.isnot(None) != n.invoice.isnot(None)
    amounts = sa.func.coalesce((n.net_minor != -i.net_minor) | (n.tax_minor != -i.tax_minor), sa.false())
    return _found(i.invoice, "void and its credit note do not agree").select_from(joined).where(unlike | amounts)


def money_adrift(as_of: date) -> Query:
    """L6.2: a payment is what it paid, what was refunded and what is unapplied; an invoice's paid is its shares."""
    a, r, p, i = allocations.c, refund_allocations.c, payments.c, invoices.c
    by_payment = sa.select(a.payment, sa.func.sum(a.amount_minor).label("paid")).group_by(a.payment).subquery()
    refunded = sa.select(r.payment, sa.func.sum(r.amount_minor).label("back")).group_by(r.payment).subquery()
    by_invoice = sa.select(a.invoice, sa.func.sum(a.amount_minor).label("paid")).group_by(a.invoice).subquery()
    spent = sa.func.coalesce(by_payment.c.paid, 0) + sa.func.coalesce(refunded.c.back, 0)
    of_payments = (
        _found(p.payment, "amount ", p.amount_minor, ", spent ", spent, ", unapplied ", p.unapplied_minor)
        .select_from(
            payments.outerjoin(by_payment, by_payment.c.payment == p.payment).outerjoin(
                refunded, refunded.c.payment == p.payment
            )
        )
        .where(p.applied_on.isnot(None), p.amount_minor != spent + p.unapplied_minor)
    )
    of_invoices = (
        _found(i.invoice, "paid ", i.paid_minor, ", its allocations ", by_invoice.c.paid)
        .select_from(invoices.outerjoin(by_invoice, by_invoice.c.invoice == i.invoice))
        .where(i.paid_minor != sa.func.coalesce(by_invoice.c.paid, 0))
    )
    return sa.union_all(of_payments, of_invoices)


def unissued_books(as_of: date) -> Query:
    """L10: each document has one entry, of its amount."""
    i, e = invoices.c, entries.c
    booked = sa.select(e.source, e.receivable).where(e.event.in_(("issue", "fee", "credit_note"))).subquery("booked")
    return (
        _found(sa.func.coalesce(i.invoice, booked.c.source), "total ", i.total_minor, ", booked ", booked.c.receivable)
        .select_from(invoices.join(booked, booked.c.source == i.invoice, full=True))
        .where(i.total_minor.is_distinct_from(booked.c.receivable))
    )


def accounts_unlike_documents(as_of: date) -> Query:
    """L10: for each company and currency receivable = open amounts, customer credit = unapplied."""
    i, p, e = invoices.c, payments.c, entries.c
    zero = sa.literal(0)
    parts = sa.union_all(
        sa.select(e.company, e.currency, e.receivable.label("receivable"), e.customer_credit.label("credit")),
        sa.select(i.company, i.currency, -i.open_minor, zero).where(i.open_minor > 0),
        sa.select(customers.c.company, p.currency, zero, p.unapplied_minor)
        .join_from(payments, customers, customers.c.customer == p.customer)
        .where(p.unapplied_minor > 0),
    ).subquery("parts")
    receivable, credit = sa.func.sum(parts.c.receivable), sa.func.sum(parts.c.credit)
    return (
        _found(
            parts.c.company, parts.c.currency, ": receivable is off by ", receivable, ", customer credit by ", credit
        )
        .group_by(parts.c.company, parts.c.currency)
        .having((receivable != 0) | (credit != 0))
    )


def documents_of_others(as_of: date) -> Query:
    """A document names the customer, company and currency of its membership; what the keys of the store do not hold."""
    i, m, q = invoices.c, memberships.c, plans.c
    other = (i.customer != m.customer) | (i.company != q.company) | (i.currency != q.currency)
    return (
        _found(i.invoice, "names customer ", i.customer, ", company ", i.company, ", currency ", i.currency)
        .select_from(invoices.outerjoin(memberships, m.membership == i.membership).outerjoin(plans, q.plan == m.plan))
        .where(i.membership.isnot(None), sa.func.coalesce(other, sa.true()))
    )


def unsaid_invoices(as_of: date) -> Query:
    """Each issued invoice has its message, whatever became of it."""
    i = invoices.c
    said = sa.exists().where(messages.c.kind == "invoice_issued", messages.c.subject == i.invoice)
    return _found(i.invoice, "no message tells of it").where(i.kind == "membership", ~said)


INVARIANTS = (
    Invariant("overlapping_periods", "L3.8", overlapping_periods),
    Invariant("periods_off_their_boundary", "L1.3", periods_off_their_boundary),
    Invariant("periods_and_invoices", "L3.8", periods_and_invoices),
    Invariant("missing_periods", "L3.6", missing_periods),
    Invariant("extra_periods", "L3.6", extra_periods),
    Invariant("standing_unlike_periods", "L3.3", standing_unlike_periods),
    Invariant("status_unlike_standing", "L3.4", status_unlike_standing),
    Invariant("numbers_with_gaps", "L6.1", numbers_with_gaps),
    Invariant("numbers_out_of_order", "L6.1", numbers_out_of_order),
    Invariant("uncorrected_voids", "L6.3", uncorrected_voids),
    Invariant("money_adrift", "L6.2", money_adrift),
    Invariant("unissued_books", "L10", unissued_books),
    Invariant("accounts_unlike_documents", "L10", accounts_unlike_documents),
    Invariant("documents_of_others", "L6.1", documents_of_others),
    Invariant("unsaid_invoices", "L3.6", unsaid_invoices),
)
