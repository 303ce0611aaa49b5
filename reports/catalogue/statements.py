"""Statements: what did each customer owe at the beginning of the month, what happened since, what is owed now (L10)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.rules.history import account_events, balance
from models.rules.months import months
from reports.catalogue.columns import CURRENCY, CUSTOMER, MONTH, NAME, amount, beside, in_major
from reports.language.catalogs import _
from reports.report import Column, Proof, Query, Report

LESS = ("credited", "paid", "redeemed")
"""What lowers the balance; shown above zero."""
MOVES = {
    "invoiced": (_("Invoiced"), _("Invoices and fees of the month, with tax.")),
    "credited": (_("Credited"), _("Credit notes of the month.")),
    "paid": (_("Paid"), _("Payments that were taken in.")),
    "redeemed": (_("Redeemed"), _("What points have paid, less what came back.")),
    "refunded": (_("Paid back"), _("Unapplied credit that was paid back.")),
}


def query(company: str, as_of: date) -> Query:
    """One row a customer and currency with a balance, or anything in the running month."""
    shown, events = months(company, as_of), account_events(company, as_of).subquery("events")
    e = events.c
    since = sa.select(sa.func.max(shown.c.starts_on)).scalar_subquery()
    now = e.on_date >= since
    moves = {
        name: sa.func.sum(-e.amount_minor if name in LESS else e.amount_minor).filter(now & (e.what == name))
        for name in MOVES
    }
    closing = sa.func.sum(e.amount_minor)
    opening = closing.filter(~now)
    sums = (
        sa.select(e.customer, e.currency, since.label("month"), opening.label("opening"), closing.label("closing"))
        .add_columns(*(move.label(name) for name, move in moves.items()))
        .group_by(e.customer, e.currency)
        .having((sa.func.coalesce(opening, 0) != 0) | sa.func.bool_or(now))
        .subquery("sums")
    )
    s, zero = sums.c, sa.func.coalesce
    return (
        sa.select(s.customer, customers.c.name, s.currency, s.month)
        .add_columns(*(in_major(zero(s[name], 0)).label(name) for name in ("opening", *MOVES, "closing")))
        .join_from(sums, customers, customers.c.customer == s.customer)
        .join(currencies, currencies.c.currency == s.currency)
        .order_by(s.customer, s.currency)
    )


def _booked(company: str, as_of: date) -> Query:
    """The closing balances beside the accounts of receivables and customer credit."""
    e = account_events(company, as_of).subquery("events").c
    owed = sa.select(e.currency, sa.func.sum(e.amount_minor).label("minor")).group_by(e.currency).subquery("owed")
    books = balance(company, as_of, "receivable", "customer_credit").subquery("books")
    return beside(owed, books)


REPORT = Report(
    name="statements",
    section="money",
    title=_("Statements of account"),
    question=_("What did each customer owe when the month began, what happened since, and what is owed now?"),
    grain=_("One row a customer and currency with a balance, or with anything in the running month."),
    columns=(
        CUSTOMER,
        NAME,
        CURRENCY,
        Column(MONTH.name, MONTH.kind, MONTH.title, _("First day of the running month.")),
        amount(
            "opening", _("Opening balance"), _("What was owed before the month, less credit; below zero: a credit.")
        ),
        *(amount(name, *MOVES[name]) for name in MOVES),
        amount("closing", _("Closing balance"), _("What is owed at the end of the day, less credit.")),
    ),
    query=query,
    cadence="monthly",
    notes=(_("Opening and what followed add up to closing: invoiced and paid back raise it, the others lower it."),),
    proof=Proof(_("Accounts of receivables and customer credit"), _booked, "accounts_unlike_documents"),
)
