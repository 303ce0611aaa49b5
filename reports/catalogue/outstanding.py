"""Outstanding: which invoices and fees are still to be paid, and since when are they due (L6.3)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.rules.history import receivables
from reports.catalogue.aging import PROOF
from reports.catalogue.columns import CURRENCY, CUSTOMER, MEMBERSHIP, NAME, amount, in_major
from reports.language.catalogs import _
from reports.report import Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a document with something to pay, the longest due first."""
    found = receivables(company, as_of).subquery("receivables")
    r, days = found.c, sa.func.greatest(as_of - found.c.due_on, 0)
    return (
        sa.select(r.invoice, r.customer, customers.c.name, r.membership, r.kind, r.issued_on, r.due_on)
        .add_columns(days.label("overdue"), r.currency, in_major(r.total_minor).label("total"))
        .add_columns(in_major(r.total_minor - r.open_minor).label("paid"), in_major(r.open_minor).label("open"))
        .join_from(found, customers, customers.c.customer == r.customer)
        .join(currencies, currencies.c.currency == r.currency)
        .order_by(r.currency, r.due_on, r.invoice)
    )


REPORT = Report(
    name="outstanding",
    section="money",
    title=_("Outstanding invoices"),
    question=_("Which invoices are still to be paid, and since when are they due?"),
    grain=_("One row an invoice or fee with anything to pay."),
    columns=(
        Column("invoice", "id", _("Invoice"), _("The invoice's number.")),
        CUSTOMER,
        NAME,
        MEMBERSHIP,
        Column(
            "kind",
            "id",
            _("Kind"),
            _("What it is for."),
            words={"membership": _("Membership"), "fee": _("Dunning fee")},
        ),
        Column("issued_on", "date", _("Issued on"), _("The business day on which it was issued.")),
        Column("due_on", "date", _("Due on"), _("The last day on which it is not overdue.")),
        Column("overdue", "days", _("Days overdue"), _("Days since it was due.")),
        CURRENCY,
        amount("total", _("Total"), _("Net and tax.")),
        amount("paid", _("Paid"), _("What money and points have paid of it.")),
        amount("open", _("Open"), _("Invoiced, neither paid nor credited.")),
    ),
    query=query,
    notes=(_("The sum equals the account of receivables of that day; the audit holds it so."),),
    proof=PROOF,
)
