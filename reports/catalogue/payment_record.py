"""Payment record: how long does each customer take to pay (L6.2)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.rules.amounts import sum_where
from models.rules.history import documents
from reports.catalogue.columns import CURRENCY, CUSTOMER, NAME, amount, counted, in_major, share
from reports.language.catalogs import _
from reports.report import Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a customer and currency with an invoice that was paid or is open."""
    d = documents(company, as_of).subquery("documents").c
    paid, open_ = d.settled_on.isnot(None), d.open_minor > 0
    late = sa.func.greatest(d.settled_on - d.due_on, 0)
    count = sa.func.count()
    record = (
        sa.select(d.customer, d.currency, count.filter(paid).label("paid"))
        .add_columns(
            *(
                sa.cast(sa.func.round(sa.func.avg(days).filter(paid)), sa.Integer).label(name)
                for name, days in (("mean_days", d.settled_on - d.issued_on), ("mean_days_late", late))
            ),
            sa.func.max(late).filter(paid).label("most_days_late"),
            share(count.filter(paid & (d.settled_on <= d.due_on)), count.filter(paid)).label("on_time"),
            count.filter(open_).label("unpaid"),
            sum_where(d.open_minor, open_).label("open"),
        )
        # What was free was never to be paid.
        .where(d.total_minor > 0, paid | open_)
        .group_by(d.customer, d.currency)
        .subquery("record")
    )
    r = record.c
    return (
        sa.select(r.customer, customers.c.name, r.currency, r.paid, r.mean_days, r.mean_days_late, r.most_days_late)
        .add_columns(r.on_time, r.unpaid, in_major(r.open).label("open"))
        .join_from(record, customers, customers.c.customer == r.customer)
        .join(currencies, currencies.c.currency == r.currency)
        .order_by(r.customer, r.currency)
    )


REPORT = Report(
    name="payment_record",
    section="money",
    title=_("Customer payment record"),
    question=_("How long does each customer take to pay?"),
    grain=_("One row a customer and currency with an invoice that was paid or is open."),
    columns=(
        CUSTOMER,
        NAME,
        CURRENCY,
        counted("paid", _("Paid invoices"), _("Invoices and fees that were paid in full.")),
        Column("mean_days", "days", _("Days to pay"), _("Mean of the days from issue to full payment, rounded.")),
        Column(
            "mean_days_late", "days", _("Days late"), _("Mean of the days from the due date; 0 where paid by then.")
        ),
        Column("most_days_late", "days", _("Most days late"), _("The longest of them.")),
        Column(
            "on_time", "percent", _("Paid on time"), _("Share of the paid invoices that were paid by their due date.")
        ),
        counted("unpaid", _("Unpaid invoices"), _("Invoices and fees with anything to pay.")),
        amount("open", _("Open"), _("Invoiced, neither paid nor credited.")),
    ),
    query=query,
    cadence="monthly",
    notes=(_("Invoices of zero, and those that were voided, are left out."),),
)
