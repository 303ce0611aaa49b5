"""Who stays: what became of the periods that ended, who came and went, and who of a month's beginners is left.

A period is up for renewal when it ends and was paid (or carried over). What follows on its very end decides:

    on_time    paid by the later of its first day and its due date
    in_grace   paid later than that, before the membership expired or closed
    waiting    neither paid nor lost yet
    lost       expired or closed before the next period was paid; who comes back later begins anew
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.memberships import periods
from models.operations import UNDONE
from models.rules.amounts import sum_where
from models.rules.history_members import (
    STANDING,
    beginnings,
    periods_then,
    status_spans,
    statuses,
    statuses_at_ends,
)
from models.rules.months import month_of

Column = sa.ColumnElement[Any]

OUTCOMES = ("on_time", "in_grace", "waiting", "lost")
LEFT = ("expired", "closed")
"""The statuses of a former member."""


def renewals_due(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """What became of each period that ended in one of `months` and was up for renewal: number, plan, outcome."""
    # What ended before the first month, and what followed it, is not asked for.
    first_day = sa.select(sa.func.min(months.c.starts_on)).scalar_subquery()
    lay = periods_then(company, as_of).where(periods.c.ends_on >= first_day).cte("lay")
    after, now = lay.alias("after"), statuses(company, as_of)
    p, n = lay.c, after.c
    lapsed = _lapses(lay, company, as_of)
    kept = n.settled_on.isnot(None) & (lapsed.c.on_date.is_(None) | (n.settled_on < lapsed.c.on_date))
    in_time = n.settled_on <= sa.func.greatest(n.starts_on, n.due_on, type_=sa.Date)
    gone = lapsed.c.on_date.isnot(None) | now.c.status.in_(LEFT)
    outcome = sa.case((kept & in_time, "on_time"), (kept, "in_grace"), (gone, "lost"), else_="waiting")
    follows = (n.membership == p.membership) & (n.starts_on == p.ends_on) & ~n.void
    number = month_of(months, p.ends_on)
    return (
        sa.select(number.label("number"), p.plan, outcome.label("outcome"))
        .select_from(
            lay.outerjoin(after, follows)
            .outerjoin(lapsed, lapsed.c.period_id == p.period_id)
            .outerjoin(now, now.c.membership == p.membership)
        )
        .where(~p.void, ~p.open, ~p.held, p.ends_on <= as_of, number > 0)
    )


def _lapses(lay: sa.CTE, company: str, as_of: date) -> sa.Subquery:
    """The first day on which a membership expired or closed, on the end of a period or later: period_id, on_date."""
    spans, p = status_spans(company, as_of).c, lay.c
    return (
        sa.select(p.period_id, sa.func.min(spans.since).label("on_date"))
        .join_from(lay, spans.membership.table, spans.membership == p.membership)
        .where(spans.status.in_(LEFT), spans.since < spans.until, spans.since >= p.ends_on)
        .group_by(p.period_id)
        .subquery("lapsed")
    )


def comings_and_goings(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """How many members came and went, a row a month: number, and

    taken_over, new, returned, expired, closed (each less what was undone); `change`: what they come to together.
    """
    spans, began = status_spans(company, as_of).c, beginnings(company, as_of)
    before, after = spans.from_status.in_(STANDING), spans.status.in_(STANDING)
    came, went = ~before & after, before & ~after
    from_pending, to_pending = spans.from_status == "pending", spans.status == "pending"
    undone = spans.rule == UNDONE
    # A start that was undone did not happen, nor did a return.
    first = (came & from_pending) | (went & to_pending)
    kinds = {
        "taken_over": first & began.c.taken_over,
        "new": first & ~began.c.taken_over,
        "returned": (came & ~from_pending) | (went & ~to_pending & undone),
        "expired": went & (spans.status == "expired") & ~undone,
        "closed": went & (spans.status == "closed"),
    }
    sign = sa.case((came, 1), (went, -1))
    number = month_of(months, spans.since)
    sums = (sum_where(-sign if name in LEFT else sign, where).label(name) for name, where in kinds.items())
    return (
        sa.select(number.label("number"), *sums, sum_where(sign, sa.true()).label("change"))
        .select_from(spans.membership.table.join(began, began.c.membership == spans.membership))
        .where(came | went)
        .group_by(number)
    )


def churn_by_month(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """Who was a member at the end of a month and at the end of the one before: number, opening, kept, expired, closed.

    opening = kept + expired + closed + others (a start that was undone); `closing`: all members at the end.
    """
    own = statuses_at_ends(company, as_of, months).c
    before = sa.func.lag(own.status).over(partition_by=own.membership, order_by=own.number)
    rows = sa.select(own.number, own.status, before.label("before")).subquery("rows").c
    was, is_ = rows.before.in_(STANDING), rows.status.in_(STANDING)
    sums = {
        "opening": was,
        "kept": was & is_,
        "expired": was & (rows.status == "expired"),
        "closed": was & (rows.status == "closed"),
        "closing": is_,
    }
    return sa.select(
        rows.number, *(sa.func.count().filter(where).label(name) for name, where in sums.items())
    ).group_by(rows.number)


def cohorts_by_month(company: str, as_of: date, months: sa.CTE) -> sa.Select[Any]:
    """Who of a month's beginners stands at the end of it and of later months: began_in, number, members, standing.

    Memberships taken over are left out: who had left before they came is not known.
    """
    began, own = beginnings(company, as_of).c, statuses_at_ends(company, as_of, months).c
    began_in = month_of(months, began.began_on)
    return (
        sa.select(began_in.label("began_in"), own.number, sa.func.count().label("members"))
        .add_columns(sa.func.count().filter(own.status.in_(STANDING)).label("standing"))
        .join_from(began.membership.table, own.membership.table, own.membership == began.membership)
        .where(~began.taken_over, began_in > 0, own.number >= began_in)
        .group_by(began_in, own.number)
    )
