"""Renewal rate: of the periods that ended, how many were followed by a paid one, in time or in grace (L3.3, L3.6)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.plans import plans
from models.rules.months import months
from models.rules.retention import OUTCOMES, renewals_due
from reports.catalogue.columns import MONTH, PLAN, PLAN_NAME, counted, share
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

TITLES = {
    "on_time": (_("On time"), _("The next period was paid by its first day or its due date, whichever is later.")),
    "in_grace": (_("In grace"), _("The next period was paid later, before the membership expired.")),
    "waiting": (_("Waiting"), _("Not paid yet, and not lost: in grace, or still to be renewed.")),
    "lost": (_("Lost"), _("Expired or closed before a next period was paid.")),
}


def query(company: str, as_of: date) -> Query:
    """One row a month and plan with a period that ended."""
    shown = months(company, as_of)
    due = renewals_due(company, as_of, shown).subquery("due").c
    count = sa.func.count()
    became = {name: count.filter(due.outcome == name) for name in OUTCOMES}
    decided, renewed = count - became["waiting"], became["on_time"] + became["in_grace"]
    return (
        sa.select(shown.c.starts_on.label("month"), due.plan, plans.c.name.label("plan_name"), count.label("ended"))
        .add_columns(*(column.label(name) for name, column in became.items()))
        .add_columns(share(renewed, decided).label("rate"), share(became["on_time"], decided).label("rate_on_time"))
        .join_from(due.plan.table, shown, shown.c.number == due.number)
        .join(plans, plans.c.plan == due.plan)
        .where(shown.c.known)
        .group_by(shown.c.starts_on, due.plan, plans.c.name)
        .order_by(shown.c.starts_on, due.plan)
    )


REPORT = Report(
    name="renewal_rate",
    section="members",
    title=_("Renewal rate"),
    question=_("Of the periods that ended, how many were renewed, on time or in grace?"),
    grain=_("One row a month in which periods ended and a plan, the last 13 months."),
    columns=(
        MONTH,
        PLAN,
        PLAN_NAME,
        counted("ended", _("Ended"), _("Paid periods that ended in the month.")),
        *(counted(name, *TITLES[name]) for name in OUTCOMES),
        Column("rate", "percent", _("Renewal rate"), _("On time and in grace, of those that are decided.")),
        Column("rate_on_time", "percent", _("Rate on time"), _("On time, of those that are decided.")),
    ),
    query=query,
    charts=(Chart("stacked", _("What became of ended periods"), values=OUTCOMES, x="month"),),
    cadence="weekly",
    notes=(
        _("Periods that wait are not decided and do not count in the rates."),
        _("A past month may change with later reports: a period that waited is renewed or lost."),
        _("Who is lost and comes back later counts as returned in the report of new and expired members."),
    ),
)
