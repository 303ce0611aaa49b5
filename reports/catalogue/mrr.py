"""Monthly recurring revenue: what do the members bring in a month, and why did that change?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.rules.months import months
from models.rules.recurring import movements_of_revenue
from reports.catalogue.columns import CURRENCY, MONTH, amount, amounts
from reports.language.catalogs import _
from reports.report import Chart, Column, Query, Report

SHOWN = ("opening", "taken_over", "new", "returned", "expansion", "contraction", "churn", "closing")


def query(company: str, as_of: date) -> Query:
    """One row a month and currency since the first business day, the last 13 months at most."""
    shown = months(company, as_of, before=1)
    found = movements_of_revenue(company, as_of, shown)
    f = found.c
    return (
        sa.select(shown.c.starts_on.label("month"), f.currency, *amounts(f, SHOWN), f.members)
        .join_from(found, shown, shown.c.number == f.number)
        .join(currencies, currencies.c.currency == f.currency)
        .where(shown.c.known)
        .order_by(f.currency, shown.c.starts_on)
    )


REPORT = Report(
    name="mrr",
    section="money",
    title=_("Monthly recurring revenue"),
    question=_("What do the members bring in a month, and why did that change?"),
    grain=_("One row a month and currency, the last 13 months."),
    columns=(
        MONTH,
        CURRENCY,
        Column("opening", "money", _("Opening"), _("What members brought in a month when the month began.")),
        amount("taken_over", _("Taken over"), _("Began here with a time that was billed elsewhere.")),
        amount("new", _("New"), _("Of members who began in the month.")),
        amount("returned", _("Returned"), _("Of former members who are members again.")),
        amount("expansion", _("Expansion"), _("Members who bring more than at the end of the month before.")),
        amount("contraction", _("Contraction"), _("Members who bring less than at the end of the month before.")),
        amount("churn", _("Churn"), _("Of those who were members at the end of the month before, and are not now.")),
        Column("closing", "money", _("Closing"), _("What members bring in a month at the end of the month.")),
        Column("members", "count", _("Members"), _("Memberships that count at the end of the month.")),
    ),
    query=query,
    charts=(
        Chart("lines", _("Monthly recurring revenue"), values=("closing",), x="month", overview=True),
        Chart(
            "bars",
            _("Movements of recurring revenue"),
            values=("new", "returned", "expansion", "contraction", "churn"),
            x="month",
        ),
    ),
    cadence="monthly",
    notes=(
        _("The net amount of the current period, as that of a month: a year is 12 months, a month 30.436875 days."),
        _("Active, in grace and frozen members count, whether they renew by themselves or not."),
        _("What was billed elsewhere counts at the price of the first period billed here, as it is known today."),
        _("Opening and what came, less contraction and churn, is closing."),
    ),
)
