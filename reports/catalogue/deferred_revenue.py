"""Deferred revenue: what was billed and is not earned yet, day by day, through freezes and credit notes (L10)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.plans import plans
from models.rules.history import balance
from models.rules.months import months
from models.rules.recognition import deferrals, earned_to_date
from reports.catalogue.columns import CURRENCY, MONTH, PLAN, PLAN_NAME, amount, amounts, beside
from reports.language.catalogs import _
from reports.report import Chart, Column, Proof, Query, Report

SHOWN = ("opening", "billed", "credited", "recognised", "reversed", "closing")


def query(company: str, as_of: date) -> Query:
    """One row a month, plan and currency with anything deferred, billed or credited."""
    shown = months(company, as_of)
    found = deferrals(company, as_of, shown)
    d = found.c
    return (
        sa.select(shown.c.starts_on.label("month"), d.plan, plans.c.name.label("plan_name"), d.currency)
        .add_columns(*amounts(d, SHOWN))
        .join_from(found, shown, shown.c.number == d.number)
        .join(plans, plans.c.plan == d.plan)
        .join(currencies, currencies.c.currency == d.currency)
        .order_by(d.currency, shown.c.starts_on, d.plan)
    )


def _booked(company: str, as_of: date) -> Query:
    """What is deferred beside the account, less what has been earned of it: earning is not booked."""
    shown = months(company, as_of)
    d, e = deferrals(company, as_of, shown).c, earned_to_date(company, as_of).subquery("earned").c
    account = balance(company, as_of, "deferred_revenue").subquery("account")
    closing = sa.func.sum(d.closing).label("minor")
    last = sa.select(sa.func.max(shown.c.number)).scalar_subquery()
    deferred = sa.select(d.currency, closing).where(d.number == last).group_by(d.currency).subquery("deferred")
    left = (-account.c.amount_minor - sa.func.coalesce(e.earned_minor, 0)).label("minor")
    books = sa.select(account.c.currency, left).outerjoin_from(
        account, e.currency.table, e.currency == account.c.currency
    )
    return beside(deferred, books.subquery("books"))


REPORT = Report(
    name="deferred_revenue",
    section="money",
    title=_("Deferred revenue"),
    question=_("What was billed and is not earned yet, and how did that change in each month?"),
    grain=_("One row a month, plan and currency, the last 13 months."),
    columns=(
        MONTH,
        PLAN,
        PLAN_NAME,
        CURRENCY,
        Column("opening", "money", _("Opening"), _("Billed before the month and not earned by then.")),
        amount("billed", _("Billed"), _("Net amounts of the invoices for periods that were issued in the month.")),
        amount("credited", _("Credited"), _("Net amounts of the periods that were voided in the month.")),
        amount(
            "recognised", _("Recognised"), _("Earned in the month: the net amount by the days used of each period.")
        ),
        amount("reversed", _("Taken back"), _("What of the credited had been recognised before.")),
        Column(
            "closing",
            "money",
            _("Closing"),
            _("Opening and billed, less credited and recognised, with what was taken back."),
        ),
    ),
    query=query,
    charts=(
        Chart("stacked", _("Deferred at the end of the month"), values=("closing",), x="month", series="plan_name"),
    ),
    cadence="monthly",
    notes=(
        _("Each day of a period earns the same; a frozen day earns nothing, and the period is as many days longer."),
        _("Fees are income at once and not deferred."),
        _("The books defer when billed; what is earned follows from the periods and is not booked."),
    ),
    proof=Proof(_("Account of deferred revenue, less what is earned"), _booked, "deferred_unlike_books"),
)
