"""New and expired: how many members came, came back and left in each month (L3.1, L3.4, L3.7, L5.3)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.rules.months import months
from models.rules.retention import churn_by_month, comings_and_goings
from reports.catalogue.columns import MONTH, counted
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

MOVES = ("taken_over", "new", "returned", "expired", "closed")


def query(company: str, as_of: date) -> Query:
    """One row a month since the first business day, the last 13 at most."""
    shown = months(company, as_of)
    moved = comings_and_goings(company, as_of, shown).subquery("moved")
    stood = churn_by_month(company, as_of, shown).subquery("stood")
    m, closing = shown.c, sa.func.coalesce(stood.c.closing, 0)
    return (
        sa.select(m.starts_on.label("month"), (closing - sa.func.coalesce(moved.c.change, 0)).label("opening"))
        .add_columns(*(sa.func.coalesce(moved.c[name], 0).label(name) for name in MOVES), closing.label("closing"))
        .select_from(shown.outerjoin(moved, moved.c.number == m.number).outerjoin(stood, stood.c.number == m.number))
        .where(m.known)
        .order_by(m.starts_on)
    )


REPORT = Report(
    name="new_and_expired",
    section="members",
    title=_("New and expired"),
    question=_("How many members came, came back and left in each month?"),
    grain=_("One row a month, the last 13."),
    columns=(
        MONTH,
        Column("opening", "count", _("Opening"), _("Members at the beginning of the month.")),
        counted("taken_over", _("Taken over"), _("Began here with a time that was billed elsewhere.")),
        counted("new", _("New"), _("Began in the month.")),
        counted("returned", _("Returned"), _("Had expired and are members again.")),
        counted("expired", _("Expired"), _("Were not paid in time.")),
        counted("closed", _("Closed"), _("Closed by the customer or by staff while they were members.")),
        Column(
            "closing",
            "count",
            _("Closing"),
            _("Members at the end of the month: opening and what came, less what left."),
        ),
    ),
    query=query,
    charts=(
        Chart(
            "bars",
            _("Members who came and left"),
            values=("new", "returned", "expired", "closed"),
            x="month",
            overview=True,
        ),
    ),
    cadence="weekly",
    notes=(
        _("A member is a membership that is active, in grace or frozen."),
        _("What was undone is taken off in the month of the undo."),
    ),
)
