"""Aging of receivables: who owes how much, and how long has it been due (L6.3)? The audit holds it to the books."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.rules.amounts import sum_where
from models.rules.history import balance, receivables
from reports.catalogue.columns import CURRENCY, CUSTOMER, NAME, amount, beside, in_major
from reports.language.catalogs import _
from reports.report import Chart, Column, Proof, Query, Report

BANDS = (
    ("not_due", _("Not overdue"), None, 0),
    ("days_1_30", _("1-30 days"), 1, 30),
    ("days_31_60", _("31-60 days"), 31, 60),
    ("days_61_90", _("61-90 days"), 61, 90),
    ("days_91", _("91+ days"), 91, None),
)
"""Column, title, first and last day overdue of the band; open where None."""


def query(company: str, as_of: date) -> Query:
    """One row a customer and currency with anything to pay."""
    owed = receivables(company, as_of).subquery("owed")
    overdue = as_of - owed.c.due_on

    def total(where: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
        return in_major(sum_where(owed.c.open_minor, where))

    def within(first: int | None, last: int | None) -> sa.ColumnElement[bool]:
        since = sa.true() if first is None else overdue >= first
        return since if last is None else since & (overdue <= last)

    return (
        sa.select(owed.c.customer, customers.c.name, owed.c.currency)
        .add_columns(*(total(within(first, last)).label(name) for name, _title, first, last in BANDS))
        .add_columns(total(sa.true()).label("open"), sa.func.greatest(sa.func.max(overdue), 0).label("oldest"))
        .join_from(owed, customers, customers.c.customer == owed.c.customer)
        .join(currencies, currencies.c.currency == owed.c.currency)
        .group_by(owed.c.customer, customers.c.name, owed.c.currency, currencies.c.minor_digits)
        .order_by(owed.c.currency, sa.desc("open"), owed.c.customer)
    )


def _booked(company: str, as_of: date) -> Query:
    """What is open beside the account of receivables."""
    r = receivables(company, as_of).subquery("receivables").c
    owed = sa.select(r.currency, sa.func.sum(r.open_minor).label("minor")).group_by(r.currency).subquery("owed")
    return beside(owed, balance(company, as_of, "receivable").subquery("books"))


PROOF = Proof(_("Account of receivables"), _booked, "accounts_unlike_documents")

REPORT = Report(
    name="aging",
    section="money",
    title=_("Aging of receivables"),
    question=_("Who owes how much, and how long has it been due?"),
    grain=_("One row a customer and currency with anything to pay."),
    columns=(
        CUSTOMER,
        NAME,
        CURRENCY,
        *(amount(name, title, _("Open, by days since it was due.")) for name, title, *_days in BANDS),
        amount("open", _("Open"), _("Invoiced, neither paid nor credited.")),
        Column("oldest", "days", _("Oldest"), _("Days since the oldest of it was due.")),
    ),
    query=query,
    charts=(Chart("bars", _("Open by age"), values=tuple(name for name, *_rest in BANDS), overview=True),),
    notes=(_("The sum equals the account of receivables of that day; the audit holds it so."),),
    proof=PROOF,
)
