"""Points: what was earned, redeemed and lost in each month, what is held, and what is it worth (L7.5, L7.6)?"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import companies, currencies
from models.customers import customers
from models.lots import lots
from models.rules.history_lots import movements_then
from models.rules.lots import POINTS
from models.rules.months import month_of, months
from reports.catalogue.columns import CREDIT_TYPE, CURRENCY, MONTH
from reports.catalogue.credits import KINDS, TITLES, moved
from reports.language.catalogs import _
from reports.report import Chart, Column, Proof, Query, Report


def liability(points: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What points are worth in the company's currency, rounded once; NULL where they have no value."""
    return sa.func.round(points * companies.c.point_value, sa.cast(currencies.c.minor_digits, sa.Integer))


def query(company: str, as_of: date) -> Query:
    """One row a month since the first business day, the last 13 at most, where the company has points at all."""
    shown = months(company, as_of)
    p = points_by_month(company, as_of, shown).subquery("points").c
    return (
        sa.select(shown.c.starts_on.label("month"), sa.literal(POINTS).label("credit_type"), p.opening)
        .add_columns(*(p[name] for name in KINDS), p.closing, p.currency, p.liability)
        .join_from(p.number.table, shown, shown.c.number == p.number)
        .where(shown.c.known)
        .order_by(shown.c.starts_on)
    )


def points_by_month(company: str, as_of: date, shown: sa.CTE) -> sa.Select[Any]:
    """number, opening, the columns of KINDS, closing, and the liability in `currency`; nothing without any points."""
    m = movements_then(company, as_of).where(lots.c.credit_type == POINTS).subquery("movements").c
    number = month_of(shown, m.on_date)
    sums = (
        sa.select(number.label("number"), sa.func.sum(m.quantity).label("change"))
        .add_columns(*(moved(m.quantity, m.kind, name).label(name) for name in KINDS))
        .group_by(number)
        .cte("sums")
    )
    s, c, change = sums.c, companies.c, sa.func.coalesce(sums.c.change, 0)
    before = sa.select(sa.func.coalesce(sa.func.sum(s.change).filter(s.number == 0), 0)).scalar_subquery()
    closing = before + sa.func.sum(change).over(order_by=shown.c.number)
    return (
        sa.select(shown.c.number, (closing - change).label("opening"), closing.label("closing"), c.currency)
        .add_columns(*(sa.func.coalesce(s[name], 0).label(name) for name in KINDS))
        .add_columns(liability(closing).label("liability"))
        .select_from(shown.outerjoin(sums, s.number == shown.c.number))
        .join(companies, c.company == company)
        .join(currencies, currencies.c.currency == c.currency)
        .where(sa.exists(sa.select(s.number)))
    )


def _in_lots(company: str, as_of: date) -> Query:
    """What the movements give beside what the lots hold of all that was made by the day, each worth its points.

    The lots are as they stand, so what moved after the day is taken back from them.
    """
    m = movements_then(company, as_of).where(lots.c.credit_type == POINTS).subquery("movements").c
    given = sa.select(sa.func.coalesce(sa.func.sum(m.quantity), 0)).scalar_subquery()
    later = movements_then(company, date.max).where(lots.c.credit_type == POINTS).subquery("all_movements").c
    since = sa.select(sa.func.sum(later.quantity)).where(later.on_date > as_of).scalar_subquery()
    held = (
        sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), 0))
        .join_from(lots, customers, customers.c.customer == lots.c.customer)
        .where(customers.c.company == company, lots.c.credit_type == POINTS)
        .scalar_subquery()
    )
    c = companies.c
    return (
        sa.select(c.currency, liability(given).label("reported"))
        .add_columns(liability(held - sa.func.coalesce(since, 0)).label("booked"))
        .join_from(companies, currencies, currencies.c.currency == c.currency)
        .where(c.company == company, c.point_value.isnot(None))
        .order_by(c.currency)
    )


REPORT = Report(
    name="points",
    section="credits",
    title=_("Points"),
    question=_("What points were earned, redeemed and lost in each month, and what are those held worth?"),
    grain=_("One row a month, the last 13."),
    columns=(
        MONTH,
        CREDIT_TYPE,
        Column("opening", "quantity", _("Opening"), _("Points held at the beginning of the month.")),
        *(Column(name, "quantity", *TITLES[name], total=True) for name in KINDS),
        Column("closing", "quantity", _("Closing"), _("Points held at the end of the month.")),
        CURRENCY,
        Column("liability", "money", _("Liability"), _("What they are worth at the value of a point as it is today.")),
    ),
    query=query,
    charts=(
        Chart("bars", _("Points earned, redeemed and expired"), values=("earned", "used", "expired"), x="month"),
        Chart("lines", _("Liability of points"), values=("liability",), x="month", overview=True),
    ),
    cadence="monthly",
    notes=(
        _("Opening and what came, less what was used and expired, is closing."),
        _("Points expense is booked when points are redeemed; the liability is shown here and not booked."),
    ),
    proof=Proof(_("Points that the lots hold"), _in_lots, "lots_unlike_movements"),
)
