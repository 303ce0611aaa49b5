"""The executive dashboard: how does the company stand this month, beside the months before?"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.rules.history import overdue_at_ends, receipts
from models.rules.months import month_of, months
from models.rules.recognition import deferrals
from models.rules.recurring import movements_of_revenue
from models.rules.retention import churn_by_month, comings_and_goings, renewals_due
from reports.catalogue.aging import BANDS
from reports.catalogue.columns import CURRENCY, MONTH, in_major, share
from reports.catalogue.points import points_by_month
from reports.language.catalogs import _
from reports.report import Column, Query, Report

OVERDUE = {f"overdue_{name.removeprefix('days_')}": (first, last) for name, _title, first, last in BANDS if first}
"""Figure -> first and last day of the band, as in the aging."""
METRICS = {
    "new_members": ("count", _("New members")),
    "members": ("count", _("Members")),
    "lost_members": ("count", _("Members lost")),
    "renewal_rate": ("percent", _("Renewal rate")),
    "mrr": ("money", _("Monthly recurring revenue")),
    "received": ("money", _("Received")),
    "overdue_1_30": ("money", _("Overdue 1-30 days")),
    "overdue_31_60": ("money", _("Overdue 31-60 days")),
    "overdue_61_90": ("money", _("Overdue 61-90 days")),
    "overdue_91": ("money", _("Overdue 91+ days")),
    "deferred_revenue": ("money", _("Deferred revenue")),
    "points_liability": ("money", _("Liability of points")),
}
"""Figure -> the kind of its values, and its title; in the order in which they are shown."""


def query(company: str, as_of: date) -> Query:
    """One row a figure, currency and month since the first business day, the last 13 at most."""
    shown = months(company, as_of, before=1)
    figures = sa.union_all(
        *_members(company, as_of, shown),
        _renewal_rate(company, as_of, shown),
        *_money(company, as_of, shown),
        _liability(company, as_of, shown),
    ).subquery("figures")
    f, place = figures.c, {name: place for place, name in enumerate(METRICS)}
    unit = sa.case({name: unit for name, (unit, _title) in METRICS.items()}, value=f.metric)
    return (
        sa.select(f.metric, unit.label("unit"), f.currency, f.month, f.value)
        .join_from(figures, shown, shown.c.starts_on == f.month)
        .where(shown.c.known, shown.c.number > 1)
        .order_by(sa.case(place, value=f.metric), f.currency, f.month)
    )


def _figure(metric: str, month: Any, value: Any, currency: Any = None) -> sa.Select[Any]:
    """A row a month of one figure, as all parts of the union are."""
    of = sa.cast(sa.null(), sa.Text) if currency is None else currency
    named = (sa.literal(metric).label("metric"), of.label("currency"))
    return sa.select(*named, month.label("month"), sa.cast(value, sa.Numeric).label("value"))


def _members(company: str, as_of: date, shown: sa.CTE) -> list[sa.Select[Any]]:
    """Counts a month, zero included."""
    moved = comings_and_goings(company, as_of, shown).subquery("moved")
    stood = churn_by_month(company, as_of, shown).subquery("stood")

    def counts(metric: str, value: Any, of: sa.Subquery) -> sa.Select[Any]:
        joined = shown.outerjoin(of, of.c.number == shown.c.number)
        return _figure(metric, shown.c.starts_on, sa.func.coalesce(value, 0)).select_from(joined)

    return [
        counts("new_members", moved.c.new, moved),
        counts("members", stood.c.closing, stood),
        counts("lost_members", moved.c.expired + moved.c.closed, moved),
    ]


def _renewal_rate(company: str, as_of: date, shown: sa.CTE) -> sa.Select[Any]:
    """As in the report of renewals, all plans together."""
    due = renewals_due(company, as_of, shown).subquery("due").c
    count = sa.func.count()
    renewed, decided = due.outcome.in_(("on_time", "in_grace")), due.outcome != "waiting"
    rate = share(count.filter(renewed), count.filter(decided))
    return (
        _figure("renewal_rate", shown.c.starts_on, rate)
        .join_from(due.plan.table, shown, shown.c.number == due.number)
        .group_by(shown.c.starts_on)
    )


def _money(company: str, as_of: date, shown: sa.CTE) -> list[sa.Select[Any]]:
    """Amounts by month and currency."""
    revenue = movements_of_revenue(company, as_of, shown).c
    late = _overdue(company, as_of, shown).c
    deferred = deferrals(company, as_of, shown).c
    cash = receipts(company, as_of).subquery("receipts").c

    def sums(metric: str, number: Any, minor: Any, currency: Any, where: Any = None) -> sa.Select[Any]:
        chosen = sa.select(number.label("number"), currency, sa.func.sum(minor).label("minor"))
        of = chosen.where(sa.true() if where is None else where).group_by(number, currency).subquery(metric)
        return (
            _figure(metric, shown.c.starts_on, in_major(of.c.minor), of.c.currency)
            .join_from(of, shown, shown.c.number == of.c.number)
            .join(currencies, currencies.c.currency == of.c.currency)
        )

    return [
        sums("mrr", revenue.number, revenue.closing, revenue.currency),
        sums("received", month_of(shown, cash.on_date), cash.amount_minor, cash.currency, cash.kind == "payment"),
        *(sums(name, late.number, late[name], late.currency, late[name] > 0) for name in OVERDUE),
        sums("deferred_revenue", deferred.number, deferred.closing, deferred.currency),
    ]


def _overdue(company: str, as_of: date, shown: sa.CTE) -> sa.CTE:
    """What was overdue at the end of each month, a column a band: number, currency, and the names of OVERDUE."""
    late = overdue_at_ends(company, as_of, shown).subquery("late").c

    def within(first: int, last: int | None) -> sa.ColumnElement[bool]:
        return late.days >= first if last is None else late.days.between(first, last)

    bands = (sa.func.sum(late.open_minor).filter(within(*days)).label(name) for name, days in OVERDUE.items())
    return sa.select(late.number, late.currency, *bands).group_by(late.number, late.currency).cte("overdue")


def _liability(company: str, as_of: date, shown: sa.CTE) -> sa.Select[Any]:
    """As in the report of points."""
    p = points_by_month(company, as_of, shown).subquery("points").c
    figure = _figure("points_liability", shown.c.starts_on, p.liability, p.currency)
    return figure.join_from(p.number.table, shown, shown.c.number == p.number).where(p.liability.isnot(None))


REPORT = Report(
    name="dashboard",
    section="overview",
    title=_("Executive dashboard"),
    question=_("How does the company stand this month, beside the months before?"),
    grain=_("One row a figure, currency and month, the last 13 months."),
    columns=(
        Column(
            "metric",
            "id",
            _("Figure"),
            _("What is measured."),
            words={name: title for name, (_u, title) in METRICS.items()},
        ),
        Column(
            "unit",
            "id",
            _("Unit"),
            _("Of what kind the value is."),
            words={"count": _("Count"), "money": _("Amount"), "percent": _("Share")},
        ),
        CURRENCY,
        MONTH,
        Column("value", "number", _("Value"), _("At the end of the month, or in it; the running month up to the day.")),
    ),
    query=query,
    notes=(
        _("Each figure is that of the report of its name."),
        _("What has no value in a month has no row."),
    ),
)
