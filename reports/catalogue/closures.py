"""Closures by reason: why were memberships closed, and by whom (L5)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import close_reasons
from models.memberships import memberships
from models.plans import plans
from models.requests import closures
from models.rules.months import month_of, months
from reports.catalogue.columns import MONTH, counted
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

WRITTEN = "written"
"""In place of a listed reason: what staff wrote is theirs to read, and no two write the same."""


def query(company: str, as_of: date) -> Query:
    """One row a month and reason."""
    shown, m, c = months(company, as_of), memberships.c, closures.c
    reason = sa.func.coalesce(close_reasons.c.reason, WRITTEN)
    label = sa.func.coalesce(close_reasons.c.label, close_reasons.c.reason)
    count = sa.func.count()
    before = sa.func.round(sa.func.avg(m.closed_on - m.started_on))
    return (
        sa.select(shown.c.starts_on.label("month"), reason.label("reason"), label.label("reason_name"))
        .add_columns(*(count.filter(c.origin == origin).label(f"by_{origin}") for origin in ("customer", "staff")))
        .add_columns(count.label("closed"), sa.cast(before, sa.Integer).label("mean_days"))
        .select_from(
            memberships.join(closures, c.closure == m.closing)
            .join(plans, plans.c.plan == m.plan)
            .outerjoin(close_reasons, (close_reasons.c.company == company) & (close_reasons.c.reason == c.reason_code))
            .join(shown, shown.c.number == month_of(shown, m.closed_on))
        )
        .where(plans.c.company == company, m.closed_on <= as_of)
        .group_by(shown.c.starts_on, close_reasons.c.reason, close_reasons.c.label)
        .order_by(shown.c.starts_on, reason)
    )


REPORT = Report(
    name="closures",
    section="members",
    title=_("Closures by reason"),
    question=_("Why were memberships closed, and by whom?"),
    grain=_("One row a month and reason, the last 13 months."),
    columns=(
        MONTH,
        Column("reason", "id", _("Reason"), _("The listed reason."), words={WRITTEN: _("Written by staff")}),
        Column("reason_name", "text", _("Reason name"), _("What the company's list calls it today.")),
        counted("by_customer", _("By customer"), _("The customer asked for it.")),
        counted("by_staff", _("By staff"), _("Staff asked for it.")),
        counted("closed", _("Closed"), _("Memberships that were closed.")),
        Column("mean_days", "days", _("Mean days"), _("Mean length of these memberships, from their first day.")),
    ),
    query=query,
    charts=(Chart("stacked", _("Closed by reason"), values=("closed",), x="month", series="reason"),),
    cadence="monthly",
    notes=(_("Reasons that staff wrote themselves are counted together."),),
)
