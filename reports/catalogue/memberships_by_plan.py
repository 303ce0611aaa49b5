"""Memberships by plan: how many does each plan have, and in which status (L3.4)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.plans import plans
from models.rules.history_members import STANDING, statuses
from reports.catalogue.columns import PLAN, PLAN_NAME, STATUSES, counted
from reports.language.catalogs import _
from reports.report import Chart, Query, Report

SHOWN = (*STANDING, "expired", "closed")


def query(company: str, as_of: date) -> Query:
    """One row a plan with a membership that had begun."""
    now, count = statuses(company, as_of).c, sa.func.count()
    return (
        sa.select(now.plan, plans.c.name.label("plan_name"))
        .add_columns(*(count.filter(now.status == status).label(status) for status in SHOWN))
        .add_columns(count.filter(now.status.in_(STANDING)).label("members"), count.label("memberships"))
        .join_from(now.membership.table, plans, plans.c.plan == now.plan)
        .group_by(now.plan, plans.c.name)
        .order_by(sa.desc("members"), now.plan)
    )


REPORT = Report(
    name="memberships_by_plan",
    section="members",
    title=_("Memberships by plan"),
    question=_("How many members does each plan have, and in which status?"),
    grain=_("One row a plan with a membership that has begun."),
    columns=(
        PLAN,
        PLAN_NAME,
        *(
            counted(status, STATUSES[status], _("Memberships in this status at the end of the day."))
            for status in SHOWN
        ),
        counted("members", _("Members"), _("Memberships that are active, in grace or frozen.")),
        counted("memberships", _("Memberships"), _("All memberships that have begun.")),
    ),
    query=query,
    charts=(Chart("bars", _("Members by plan"), values=("members",), x="plan_name", overview=True),),
    cadence="weekly",
)
