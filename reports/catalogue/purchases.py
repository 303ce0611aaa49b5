"""Purchases by package: what was billed for which plan in each month (L2, L6.1)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.invoices import invoices
from models.memberships import memberships
from models.plans import plans
from models.rules.amounts import sum_where
from models.rules.months import month_of, months
from reports.catalogue.columns import CURRENCY, MONTH, PLAN, PLAN_NAME, amount, counted, in_major
from reports.language.catalogs import _
from reports.report import Chart, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a month, plan and currency with an invoice."""
    shown, i = months(company, as_of), invoices.c
    number = month_of(shown, i.issued_on)
    voided = (i.voided_on <= as_of) & i.voided_on.isnot(None)
    sums = (sa.func.sum(i[f"{name}_minor"]).label(name) for name in ("net", "tax", "total"))
    bought = (
        sa.select(number.label("number"), memberships.c.plan, i.currency, sa.func.count().label("invoices"), *sums)
        .add_columns(sa.func.count().filter(voided).label("voided"))
        .add_columns(sum_where(i.total_minor, voided).label("credited"))
        .join_from(invoices, memberships, memberships.c.membership == i.membership)
        .where(i.company == company, i.kind == "membership", i.issued_on <= as_of, number > 0)
        .group_by(number, memberships.c.plan, i.currency)
        .subquery("bought")
    )
    b = bought.c
    return (
        sa.select(shown.c.starts_on.label("month"), b.plan, plans.c.name.label("plan_name"), b.currency, b.invoices)
        .add_columns(*(in_major(b[name]).label(name) for name in ("net", "tax", "total")), b.voided)
        .add_columns(in_major(b.credited).label("credited"))
        .join_from(bought, shown, shown.c.number == b.number)
        .join(plans, plans.c.plan == b.plan)
        .join(currencies, currencies.c.currency == b.currency)
        .order_by(b.currency, shown.c.starts_on, b.plan)
    )


REPORT = Report(
    name="purchases",
    section="money",
    title=_("Purchases by package"),
    question=_("What was billed for which plan in each month?"),
    grain=_("One row a month, plan and currency, the last 13 months."),
    columns=(
        MONTH,
        PLAN,
        PLAN_NAME,
        CURRENCY,
        counted("invoices", _("Invoices"), _("Invoices for periods that were issued in the month.")),
        amount("net", _("Net"), _("Their amounts without tax.")),
        amount("tax", _("Tax"), _("Their tax.")),
        amount("total", _("Total"), _("Net and tax.")),
        counted("voided", _("Voided"), _("Of them voided by a credit note since.")),
        amount("credited", _("Credited, with tax"), _("What these credit notes took back, with tax.")),
    ),
    query=query,
    charts=(Chart("stacked", _("Purchases by month"), values=("net",), x="month", series="plan_name"),),
    cadence="monthly",
    notes=(_("A credit note counts in the month of the invoice that it voids."),),
)
