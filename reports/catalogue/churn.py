"""Churn: how many of a month's members had left by its end (L3.4, L5.3)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.rules.months import months
from models.rules.retention import churn_by_month
from reports.catalogue.columns import MONTH, counted, share
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a month after the first one."""
    shown = months(company, as_of, before=1)
    found = churn_by_month(company, as_of, shown).subquery("churn")
    c = found.c
    lost = c.opening - c.kept
    return (
        sa.select(shown.c.starts_on.label("month"), c.opening, c.kept, c.expired, c.closed, lost.label("lost"))
        .add_columns(share(lost, c.opening).label("churn"), share(c.kept, c.opening).label("retention"))
        .join_from(shown, found, c.number == shown.c.number)
        .where(shown.c.number > 1, c.opening > 0)
        .order_by(shown.c.starts_on)
    )


REPORT = Report(
    name="churn",
    section="members",
    title=_("Churn"),
    question=_("How many of a month's members had left by its end?"),
    grain=_("One row a month that began with members, the last 13."),
    columns=(
        MONTH,
        Column("opening", "count", _("Opening"), _("Members at the beginning of the month.")),
        Column("kept", "count", _("Kept"), _("Of them members at its end, too.")),
        counted("expired", _("Expired"), _("Of them expired at its end.")),
        counted("closed", _("Closed"), _("Of them closed at its end.")),
        counted("lost", _("Lost"), _("Of them no members any more.")),
        Column("churn", "percent", _("Churn"), _("The share that was lost.")),
        Column("retention", "percent", _("Retention"), _("The share that was kept.")),
    ),
    query=query,
    charts=(Chart("lines", _("Churn by month"), values=("churn",), x="month"),),
    cadence="monthly",
    notes=(
        _("A member is a membership that is active, in grace or frozen."),
        _("Who came and left within one month is in neither count."),
    ),
)
