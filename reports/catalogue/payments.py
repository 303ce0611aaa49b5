"""Payments: what came in and what was paid back in each month, and how it was paid (L6.2, L6.4)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.rules.amounts import sum_where
from models.rules.history import receipts
from models.rules.months import month_of, months
from reports.catalogue.columns import CURRENCY, MONTH, amount, counted, in_major
from reports.language.catalogs import _
from reports.language.methods import METHODS
from reports.report import Chart, Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a month, method and currency."""
    shown, r = months(company, as_of), receipts(company, as_of).subquery("receipts").c
    number, came = month_of(shown, r.on_date), r.kind == "payment"

    known = sa.func.lower(r.method)
    method = sa.case((known.in_(METHODS), known), else_=r.method).label("method")
    sums = (
        sa.select(number.label("number"), method, r.currency)
        .add_columns(sum_where(sa.func.sign(r.amount_minor), came).label("n"))
        .add_columns(sum_where(r.amount_minor, came).label("received"))
        .add_columns(sum_where(-r.amount_minor, ~came).label("refunded"))
        .add_columns(sum_where(r.amount_minor, came & (r.on_date == as_of)).label("received_today"))
        .where(number > 0)
        .group_by(number, method, r.currency)
        .subquery("sums")
    )
    s = sums.c
    return (
        sa.select(shown.c.starts_on.label("month"), s.method, s.currency, s.n.label("payments"))
        .add_columns(*(in_major(s[name]).label(name) for name in ("received", "received_today", "refunded")))
        .add_columns(in_major(s.received - s.refunded).label("net"))
        .join_from(sums, shown, shown.c.number == s.number)
        .join(currencies, currencies.c.currency == s.currency)
        .order_by(s.currency, shown.c.starts_on, s.method.asc().nulls_last())
    )


REPORT = Report(
    name="payments",
    section="money",
    title=_("Payments"),
    question=_("What came in and what was paid back in each month, and how was it paid?"),
    grain=_("One row a month, method and currency, the last 13 months."),
    columns=(
        MONTH,
        Column(
            "method",
            "text",
            _("Method"),
            _("As the payment says it; refunds, and who says nothing, have none."),
            words=METHODS,
        ),
        CURRENCY,
        counted("payments", _("Payments"), _("Payments that were taken in.")),
        amount("received", _("Received"), _("What they brought.")),
        amount("received_today", _("Received on the day"), _("Of it what was taken in on the day of the report.")),
        amount("refunded", _("Paid back"), _("Unapplied credit that was paid back.")),
        amount("net", _("Net"), _("Received less paid back: the change of the account of cash.")),
    ),
    query=query,
    charts=(Chart("bars", _("Received by month"), values=("received",), x="month"),),
    notes=(
        _("A payment counts on the business day that took it in, which may be later than the day that it names."),
        _("What was undone is taken off on the day of the undo."),
    ),
)
