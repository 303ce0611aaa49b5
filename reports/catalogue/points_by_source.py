"""Points by source: what gave the points, and what became of them (L7.5, L7.6)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import lots
from models.memberships import memberships
from models.plans import plans
from models.rules.history_lots import movements_then
from models.rules.lots import POINTS
from reports.catalogue.columns import CREDIT_TYPE, PLAN, PLAN_NAME
from reports.catalogue.credits import TITLES, moved
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

SOURCES = {"earn": _("Paid invoices"), "grant": _("Paid periods"), "charge": _("Top-ups")}
SPENT = ("used", "expired")


def query(company: str, as_of: date) -> Query:
    """One row a source and plan that gave points."""
    m = movements_then(company, as_of).where(lots.c.credit_type == POINTS).subquery("movements").c
    made = sa.func.sum(m.quantity).filter(m.kind == m.source)
    # A lot of a period or an invoice comes from its plan; a charge from none.
    bought = (m.source != "charge") & (invoices.c.invoice == m.source_id)
    return (
        sa.select(
            m.source, memberships.c.plan, plans.c.name.label("plan_name"), sa.literal(POINTS).label("credit_type")
        )
        .add_columns(sa.func.coalesce(made, 0).label("made"))
        .add_columns(*(moved(m.quantity, m.kind, name).label(name) for name in SPENT))
        .add_columns(sa.func.coalesce(sa.func.sum(m.quantity), 0).label("remaining"))
        .join_from(m.source.table, invoices, bought, isouter=True)
        .outerjoin(memberships, memberships.c.membership == invoices.c.membership)
        .outerjoin(plans, plans.c.plan == memberships.c.plan)
        .group_by(m.source, memberships.c.plan, plans.c.name)
        .order_by(m.source, memberships.c.plan.asc().nulls_last())
    )


REPORT = Report(
    name="points_by_source",
    section="credits",
    title=_("Points by source"),
    question=_("What gave the points that customers hold, and what became of the others?"),
    grain=_("One row a source of points and plan."),
    columns=(
        Column("source", "id", _("Source"), _("What the points were given for."), words=SOURCES),
        PLAN,
        PLAN_NAME,
        CREDIT_TYPE,
        Column("made", "quantity", _("Given"), _("Points that were given."), total=True),
        *(Column(name, "quantity", *TITLES[name], total=True) for name in SPENT),
        Column("remaining", "quantity", _("Remaining"), _("What is left at the end of the day."), total=True),
    ),
    query=query,
    charts=(Chart("bars", _("Points held by source"), values=("remaining",), x="source"),),
    cadence="monthly",
    notes=(_("The sum of what remains is the closing of the month in the report of points."),),
)
