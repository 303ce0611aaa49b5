"""Cohorts: of those who began in the same month, how many are members after one, two, three months (L3.4)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.rules.months import months
from models.rules.retention import cohorts_by_month
from reports.catalogue.columns import share
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a month of beginning and a month since."""
    shown = months(company, as_of)
    c = cohorts_by_month(company, as_of, shown).subquery("cohorts").c
    return (
        sa.select(shown.c.starts_on.label("cohort"), (c.number - c.began_in).label("age"), c.members, c.standing)
        .add_columns(share(c.standing, c.members).label("share"))
        .join_from(c.number.table, shown, shown.c.number == c.began_in)
        .order_by(shown.c.starts_on, "age")
    )


REPORT = Report(
    name="cohorts",
    section="members",
    title=_("Cohort retention"),
    question=_("Of those who began in the same month, how many are still members?"),
    grain=_("One row a month of beginning and a month since, the last 13."),
    columns=(
        Column("cohort", "month", _("Began in"), _("First day of the month in which they began.")),
        Column("age", "count", _("Months since"), _("0 is the end of the month in which they began.")),
        Column("members", "count", _("Began"), _("Memberships that began in the month.")),
        Column(
            "standing", "count", _("Members"), _("Of them active, in grace or frozen at the end of the later month.")
        ),
        Column("share", "percent", _("Retention"), _("The share that is still there.")),
    ),
    query=query,
    charts=(Chart("heat", _("Members who stayed"), values=("share",), x="age", series="cohort", overview=True),),
    cadence="monthly",
    notes=(
        _("Memberships taken over from elsewhere are left out: who had left before they came is not known."),
        _("The running month goes up to the day of the report."),
    ),
)
