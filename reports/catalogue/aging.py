"""Aging of receivables: who owes how much, and how long has it been due (L6.3)? The audit holds it to the books."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.rules.amounts import major
from models.rules.history import receivables
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

BANDS = (
    ("not_due", _("0 days"), None, 0),
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

    def amount(where: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
        return major(sa.func.coalesce(sa.func.sum(owed.c.open_minor).filter(where), 0), currencies.c.minor_digits)

    def within(first: int | None, last: int | None) -> sa.ColumnElement[bool]:
        since = sa.true() if first is None else overdue >= first
        return since if last is None else since & (overdue <= last)

    return (
        sa.select(owed.c.customer, customers.c.name, owed.c.currency)
        .add_columns(*(amount(within(first, last)).label(name) for name, _title, first, last in BANDS))
        .add_columns(amount(sa.true()).label("open"), sa.func.greatest(sa.func.max(overdue), 0).label("oldest"))
        .join_from(owed, customers, customers.c.customer == owed.c.customer)
        .join(currencies, currencies.c.currency == owed.c.currency)
        .group_by(owed.c.customer, customers.c.name, owed.c.currency, currencies.c.minor_digits)
        .order_by(owed.c.currency, sa.desc("open"), owed.c.customer)
    )


REPORT = Report(
    name="aging",
    section="money",
    title=_("Aging of receivables"),
    question=_("Who owes how much, and how long has it been due?"),
    grain=_("One row a customer and currency with anything to pay."),
    columns=(
        Column("customer", "id", _("Customer"), _("The customer's id.")),
        Column("name", "text", _("Name"), _("The customer's name as it is today.")),
        Column("currency", "id", _("Currency"), _("ISO 4217 code; different currencies are never added.")),
        *(Column(name, "money", title, _("Open, by days since it was due."), True) for name, title, *_days in BANDS),
        Column("open", "money", _("Open"), _("Invoiced, neither paid nor credited."), total=True),
        Column("oldest", "days", _("Oldest"), _("Days since the oldest of it was due.")),
    ),
    query=query,
    charts=(Chart("bars", _("Open by age"), values=tuple(name for name, *_rest in BANDS)),),
    notes=(_("The sum equals the account of receivables of that day; the audit holds it so."),),
)
