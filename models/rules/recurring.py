"""Monthly recurring revenue: what the memberships of a company bring in a month, and how that came to change.

    plan                        net of its period    a month
    monthly                                100.00     100.00
    three months                           100.00      33.33
    a year                                1200.00     100.00
    four weeks                             100.00     108.70    30.436875 days (365.2425 / 12) to 28
    a Hijri month                          100.00     103.07    30.436875 days to 29.530589

A member in grace or frozen counts as one who has paid: the time is billed, or only moved. The amount of a month is
rounded once for each membership, half away from zero, so that opening and movements add up to the closing exactly.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, periods
from models.plans import plans
from models.rules import amounts
from models.rules.boundaries import FOREVER
from models.rules.history_members import STANDING, beginnings, freezes_past_their_move, statuses_at_ends
from models.rules.months import at_ends, month_of
from models.rules.prices import price_versions

Column = sa.ColumnElement[Any]

MONTH_DAYS = 30_436_875
"""Millionths of a day in a mean month of the Gregorian and, to the sixth place, the Jalali calendar."""
HIJRI_MONTH_DAYS = 29_530_589
"""Millionths of a day in a mean lunar month."""


def monthly(net_minor: Column, unit: Column, count: Column, calendar: Column) -> Column:
    """The net amount of a period as that of a month, in minor units."""
    hijri = calendar == "hijri"
    months = sa.case((unit == "year", 12), else_=1)
    by_month = unit.in_(("month", "year"))
    times = sa.case((by_month & ~hijri, 1), else_=MONTH_DAYS)
    days = sa.case((unit == "week", 7), else_=1)
    by = sa.case((~by_month, days * 1_000_000), (hijri, months * HIJRI_MONTH_DAYS), else_=months)
    exact = sa.cast(net_minor, sa.Numeric)
    is_one = (unit == "month") & (count == 1) & ~hijri
    return sa.case((is_one, net_minor), else_=amounts.quotient(exact * times, count * sa.cast(by, sa.Numeric)))


def recurring_at_ends(company: str, as_of: date, months: sa.CTE) -> sa.Subquery:
    """The memberships that count at the end of each month: membership, currency, number, minor (a month's amount)."""
    current, status = _current_at_ends(company, as_of, months), statuses_at_ends(company, as_of, months)
    same = (status.c.membership == current.c.membership) & (status.c.number == current.c.number)
    return (
        sa.select(current.c.membership, current.c.currency, current.c.number, current.c.minor)
        .join_from(current, status, same)
        .where(status.c.status.in_(STANDING))
        .subquery("recurring")
    )


def _current_at_ends(company: str, as_of: date, months: sa.CTE) -> sa.Subquery:
    """The current period of each membership at the end of each month: membership, currency, number, minor (L3.3)."""
    spans = _spans(company, as_of).cte("spans")
    lasting = _at_ends(spans, months, ~spans.c.void).subquery("lasting")
    void = _at_ends(spans, months, spans.c.void).subquery("void")
    v, names = void.c, ("membership", "currency", "number", "minor")
    newest = sa.select(void).distinct(v.membership, v.number).order_by(v.membership, v.number, v.starts_on.desc())
    # Until the day that voided it, it was the current one in place of one that had begun before it.
    instead = newest.subquery("instead")
    same = (instead.c.membership == lasting.c.membership) & (instead.c.number == lasting.c.number)
    later = lasting.c.membership.is_(None) | (instead.c.starts_on > lasting.c.starts_on)
    return (
        sa.select(*(sa.case((later, instead.c[name]), else_=lasting.c[name]).label(name) for name in names))
        .select_from(lasting.join(instead, same, full=True))
        .subquery("current")
    )


def _at_ends(spans: sa.CTE, months: sa.CTE, where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    s, end = spans.c, at_ends(months, spans.c.since, spans.c.until)
    first_day = sa.select(sa.func.min(months.c.starts_on)).scalar_subquery()
    amount = monthly(s.net_minor, s.interval_unit, s.interval_count, s.calendar).label("minor")
    return (
        sa.select(s.membership, s.currency, s.starts_on, amount, end.c.number)
        .join_from(spans, end, sa.true())
        .where(where, s.until > first_day)
    )


def _spans(company: str, as_of: date) -> sa.Select[Any]:
    """From when until when each period is the last that has begun, with its net amount and the interval of its plan.

    What a freeze holds begins when that ends (L4.3); one that does not last is there until the day that voids it.
    """
    p, i, m, q, held = periods.c, invoices.c, memberships.c, plans.c, freezes_past_their_move()
    void_on = sa.case((i.voided_on <= as_of, i.voided_on))
    opens = sa.func.greatest(p.opened_on, p.starts_on, type_=sa.Date)
    waits = (p.starts_on > held.c.held_after) & (opens >= held.c.started_on) & (opens < held.c.ended_on)
    since = sa.case((waits, held.c.ended_on), else_=opens)
    following = (
        sa.func.min(since)
        .filter(void_on.is_(None))
        .over(partition_by=p.membership, order_by=p.starts_on.desc(), rows=(None, -1))
    )
    # What was billed elsewhere counts with the price of the first period that is billed here: it goes on unchanged.
    prices = price_versions()
    of_first = (prices.c.plan == m.plan) & (prices.c.since <= m.carried_until) & (m.carried_until < prices.c.until)
    price = sa.func.coalesce(m.unit_price_minor, prices.c.price_minor)
    terms = (amounts.amount(price, m.quantity, m.discount_percent), q.tax_rate, q.tax_included)
    net_minor = sa.case((p.invoice.isnot(None), i.net_minor), else_=amounts.net(*terms))
    return (
        sa.select(p.membership, q.currency, p.starts_on, since.label("since"), void_on.isnot(None).label("void"))
        .add_columns(sa.func.coalesce(void_on, following, FOREVER, type_=sa.Date).label("until"))
        .add_columns(net_minor.label("net_minor"))
        .add_columns(q.interval_unit, q.interval_count, q.calendar)
        .join_from(periods, memberships, m.membership == p.membership)
        .join(plans, q.plan == m.plan)
        .outerjoin(invoices, i.invoice == p.invoice)
        .outerjoin(held, held.c.membership == p.membership)
        .outerjoin(prices, p.invoice.is_(None) & of_first)
        .where(q.company == company, p.opened_on <= as_of)
    )


def movements_of_revenue(company: str, as_of: date, months: sa.CTE) -> sa.Subquery:
    """How the recurring revenue changed in each month but the first: number, currency, and minor units of

    opening + taken_over + new + returned + expansion - contraction - churn = closing; `members`: who counts at the end.
    """
    rows, m = _with_neighbours(company, as_of, months).subquery("rows").c, months.c
    came, more = rows.minor, rows.minor - rows.minor_before
    begins = rows.minor_before.is_(None) & (rows.began_in == rows.number)
    sums = {
        "closing": (came, sa.true()),
        "taken_over": (came, begins & rows.taken_over),
        "new": (came, begins & ~rows.taken_over),
        "returned": (came, rows.minor_before.is_(None) & ~begins),
        "expansion": (more, more > 0),
        "contraction": (-more, more < 0),
        "leaving": (came, rows.leaves),
    }
    each = sa.select(
        rows.number,
        rows.currency,
        sa.func.count().label("members"),
        *(amounts.sum_where(amount, where).label(name) for name, (amount, where) in sums.items()),
    )
    ended = each.group_by(rows.number, rows.currency).cte("ended")
    before = ended.alias("before").c
    grid = sa.select(m.number, ended.c.currency).join_from(months, ended, sa.true()).distinct().subquery("grid")
    shown = (name for name in sums if name not in ("closing", "leaving"))
    return (
        sa.select(grid.c.number, grid.c.currency)
        .add_columns(*(_or_zero(before.closing).label("opening"), _or_zero(before.leaving).label("churn")))
        .add_columns(*(_or_zero(ended.c[name]).label(name) for name in (*shown, "closing", "members")))
        .select_from(
            grid.outerjoin(ended, _same(ended.c, grid.c.number, grid.c.currency)).outerjoin(
                before.closing.table, _same(before, grid.c.number - 1, grid.c.currency)
            )
        )
        .where(grid.c.number > 1)
        .subquery("movements_of_revenue")
    )


def _with_neighbours(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """Each membership at each end: its amount at the end before, when it began, whether it is gone at the next."""
    own, began = recurring_at_ends(company, as_of, months), beginnings(company, as_of)
    o = own.c

    def beside(of: Any) -> Column:
        return sa.type_coerce(of.over(partition_by=o.membership, order_by=o.number), sa.BigInteger)

    number_before, minor_before = (beside(sa.func.lag(column)) for column in (o.number, o.minor))
    number_after = sa.func.coalesce(beside(sa.func.lead(o.number)), 0)
    last = sa.select(sa.func.max(months.c.number)).scalar_subquery()
    return sa.select(
        *(o.membership, o.number, o.currency, o.minor, began.c.taken_over),
        month_of(months, began.c.began_on).label("began_in"),
        sa.case((number_before == o.number - 1, minor_before)).label("minor_before"),
        ((number_after != o.number + 1) & (o.number < last)).label("leaves"),
    ).join_from(own, began, began.c.membership == o.membership)


def _or_zero(value: Column) -> Column:
    return sa.func.coalesce(value, 0)


def _same(of: Any, number: Column, currency: Column) -> Column:
    return sa.and_(of.number == number, of.currency == currency)
