"""How much of a period's net amount has been earned by the end of a day: deferred revenue, day by day (L10).

net 100.00, period [1 March, 1 April), frozen from 11 March, moved by 5 days to [1 March, 6 April)

    by the end of    used      earned                     used by the end of D: days of the period up to and with D,
    1 March          1 of 31     3.23                     less the frozen ones of them; a freeze that moved nothing,
    10 March         10 of 31   32.26                     because a closing ended it, gives its days back when it ends
    12 March         10 of 31   32.26    frozen
    5 April          31 of 31  100.00    all of it, to the minor unit

Each cumulative amount is rounded once, half away from zero, so the days of a period add up to its net amount. It does
not matter that freezes move periods later: neither a day before a freeze nor a frozen day changes its count by it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, periods
from models.requests import freezes
from models.rules.amounts import quotient
from models.rules.boundaries import days_between
from models.rules.history_members import freezes_past_their_move
from models.rules.months import each_of, month_of

Column = sa.ColumnElement[Any]


def billed_periods() -> sa.Select[Any]:
    """Periods with an invoice: what there is to recognise.

    period_id, membership, plan, company, currency, starts_on, ends_on, bought_days, net_minor, issued_on, void_on;
    whether its membership was `ever_frozen`; `waits_until`: when a freeze gives days back that it has not moved.
    """
    p, i, held = periods.c, invoices.c, freezes_past_their_move()
    frozen = sa.select(freezes.c.membership).where(freezes.c.started_on.isnot(None)).distinct().subquery("frozen")
    return (
        sa.select(p.period_id, p.membership, memberships.c.plan, i.company, i.currency, p.starts_on, p.ends_on)
        .add_columns((i.period_ends_on - i.period_starts_on).label("bought_days"), i.net_minor, i.issued_on)
        .add_columns(i.voided_on.label("void_on"), frozen.c.membership.isnot(None).label("ever_frozen"))
        .add_columns(sa.case((held.c.started_on < p.ends_on, held.c.ended_on)).label("waits_until"))
        .join_from(periods, invoices, i.invoice == p.invoice)
        .join(memberships, memberships.c.membership == p.membership)
        .outerjoin(frozen, frozen.c.membership == p.membership)
        .outerjoin(held, held.c.membership == p.membership)
    )


def _of_company(company: str, as_of: date) -> sa.Select[Any]:
    return billed_periods().where(invoices.c.company == company, invoices.c.issued_on <= as_of)


def _frozen_days(of: Any, until: Column) -> Column:
    """How many days of a period before `until` were frozen."""
    f = freezes.c
    runs = f.ended_on.is_(None) | (f.ended_on >= until)
    stops_on = sa.case((runs, until), else_=f.started_on + f.moved_days)
    first = sa.func.greatest(f.started_on, of.starts_on, type_=sa.Date)
    days = days_between(first, sa.func.least(stops_on, of.ends_on, until, type_=sa.Date))
    total = sa.func.coalesce(sa.func.sum(sa.func.greatest(days, 0)), 0)
    return sa.select(total).where(f.membership == of.membership, f.started_on < until).scalar_subquery()


def used_days(of: Any, until: Column) -> Column:
    """How many of the `bought_days` of a period are used before `until`; `of`: the columns of `billed_periods`."""
    gone = days_between(of.starts_on, sa.func.least(until, of.ends_on, type_=sa.Date))
    # Most were never frozen, and are not asked.
    used = gone - sa.case((of.ever_frozen, _frozen_days(of, until)), else_=0)
    return sa.func.greatest(sa.func.least(used, of.bought_days), 0, type_=sa.Integer)


def earned(of: Any, used: Column) -> Column:
    """What of `net_minor` is earned with so many days used, in minor units."""
    # Most are not yet begun or over, and cost no division.
    return sa.case(
        (used == 0, 0), (used == of.bought_days, of.net_minor), else_=quotient(of.net_minor * used, of.bought_days)
    )


def deferrals(company: str, as_of: date, months: sa.CTE) -> sa.Subquery:
    """Deferred revenue by month: number, plan, currency, and minor units of

    opening + billed - credited - recognised + reversed = closing; `reversed` is what of the credited had been
    recognised. A period is in the months from its issue to its end, or to the day that voids it: before there is
    nothing to say of it, and after it nothing is left.
    """
    r = _by_period(company, as_of, months).subquery("rows").c
    before, net = r.issued_before, r.net_minor
    parts = {
        "opening": sa.case((before, net - r.earned_before), else_=0),
        "billed": sa.case((before, 0), else_=net),
        "credited": sa.case((r.voided, net), else_=0),
        "recognised": r.earned_after - r.earned_before,
        "reversed": sa.case((r.voided, r.earned_after), else_=0),
        "closing": sa.case((r.voided, 0), else_=net - r.earned_after),
    }
    sums = (sa.cast(sa.func.sum(part), sa.BigInteger).label(name) for name, part in parts.items())
    return sa.select(r.number, r.plan, r.currency, *sums).group_by(r.number, r.plan, r.currency).subquery("deferrals")


def _by_period(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """One row a period and month: what was earned of it before the month and before the month's end."""
    used = _used_by_month(company, as_of, months).subquery("used").c
    return sa.select(
        used.number, used.plan, used.currency, used.net_minor, used.issued_before, used.voided
    ).add_columns(
        earned(used, used.used_before).label("earned_before"), earned(used, used.used_after).label("earned_after")
    )


def _used_by_month(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    found = _of_company(company, as_of).subquery("billed")
    b, m = found.c, months.c
    void_on = sa.case((b.void_on <= as_of, b.void_on))
    ends = sa.func.greatest(b.ends_on - 1, b.issued_on, b.waits_until, type_=sa.Date)
    first = sa.func.greatest(month_of(months, b.issued_on), 1)
    each = each_of(first, month_of(months, sa.func.coalesce(void_on, ends)))
    issued_before = b.issued_on < m.starts_on
    # What voids it takes back what was earned by the day before.
    until = sa.func.least(m.until, void_on, type_=sa.Date)
    return (
        sa.select(m.number, b.plan, b.currency, b.net_minor, b.bought_days, issued_before.label("issued_before"))
        .add_columns(sa.func.coalesce(void_on < m.until, sa.false()).label("voided"))
        .add_columns(sa.case((issued_before, used_days(b, m.starts_on)), else_=0).label("used_before"))
        .add_columns(used_days(b, until).label("used_after"))
        .select_from(found.join(each, sa.true()).join(months, m.number == each.c.number))
        .where(sa.func.coalesce(void_on, ends) >= sa.select(sa.func.min(m.starts_on)).scalar_subquery())
        .offset(0)  # else the days would be counted once for each place at which they are used
    )


def earned_to_date(company: str, as_of: date) -> sa.Select[Any]:
    """currency, net_minor, earned_minor of all periods that are not void at the end of `as_of`."""
    found = _of_company(company, as_of).subquery("billed").c
    stands = found.void_on.is_(None) | (found.void_on > as_of)
    days = used_days(found, sa.literal(as_of, sa.Date) + 1).label("used")
    used = (
        sa.select(found.currency, found.net_minor, found.bought_days, days).where(stands).offset(0).subquery("used").c
    )
    sums = (sa.cast(sa.func.sum(amount), sa.BigInteger) for amount in (used.net_minor, earned(used, used.used)))
    net, gained = sums
    return sa.select(used.currency, net.label("net_minor"), gained.label("earned_minor")).group_by(used.currency)
