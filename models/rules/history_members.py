"""Memberships and their periods as they stood at the end of a past business day (L3.3, L3.4, L4.3).

Who had not begun by then is not there: a past day cannot know who was announced for later. Freezes move periods, which
makes two things to keep apart: where a period lay on the day (`moved_since` takes later moves back), and what follows
from where it lies now, as does which period had begun, because what a freeze holds never lies before its end.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, periods, status_changes
from models.plans import plans
from models.requests import freezes
from models.rules.boundaries import FOREVER
from models.rules.history import documents
from models.rules.months import at_ends

STANDING = ("active", "grace", "frozen")
"""The statuses of a member; expired and closed are those of a former one."""

IN_ORDER = (
    status_changes.c.on_date,
    status_changes.c.run_id,
    # One run of freezes may resume a membership and freeze it again.
    status_changes.c.to_status == "frozen",
)
"""The changes of a membership as they came about."""


def status_spans(company: str, as_of: date) -> sa.Subquery:
    """Which status from when until when: membership, plan, customer, from_status, status, since, until, rule.

    One row a change by the end of `as_of`; half-open, empty where another followed on the same day; the last one lasts.
    """
    s = status_changes.c
    following = sa.func.lead(s.on_date, 1, FOREVER).over(partition_by=s.membership, order_by=IN_ORDER)
    return (
        sa.select(s.membership, memberships.c.plan, memberships.c.customer, s.from_status, s.to_status.label("status"))
        .add_columns(s.on_date.label("since"), sa.type_coerce(following, sa.Date).label("until"), s.rule)
        .join_from(status_changes, memberships, memberships.c.membership == s.membership)
        .join(plans, plans.c.plan == memberships.c.plan)
        .where(plans.c.company == company, s.on_date <= as_of)
        .subquery("spans")
    )


def statuses(company: str, as_of: date) -> sa.Subquery:
    """The status of each membership that has begun: membership, plan, customer, status, since."""
    s = status_spans(company, as_of).c
    return (
        sa.select(s.membership, s.plan, s.customer, s.status, s.since)
        .where(s.until == FOREVER, s.status != "pending")
        .subquery("statuses")
    )


def statuses_at_ends(company: str, as_of: date, months: sa.CTE) -> sa.Subquery:
    """The status at the end of each of `months`: membership, number, status."""
    spans = status_spans(company, as_of)
    end = at_ends(months, spans.c.since, spans.c.until)
    return (
        sa.select(spans.c.membership, spans.c.status, end.c.number)
        .join_from(spans, end, sa.true())
        .where(spans.c.until > spans.c.since, spans.c.until > _first_day(months))
        .subquery("at_ends")
    )


def _first_day(months: sa.CTE) -> sa.ScalarSelect[Any]:
    return sa.select(sa.func.min(months.c.starts_on)).scalar_subquery()


def beginnings(company: str, as_of: date) -> sa.Subquery:
    """When each membership began here: membership, plan, began_on, taken_over (billed elsewhere before, L3.2)."""
    s, m = status_changes.c, memberships.c
    return (
        sa.select(s.membership, m.plan, sa.func.min(s.on_date).label("began_on"))
        .add_columns(m.carried_until.isnot(None).label("taken_over"))
        .join_from(status_changes, memberships, m.membership == s.membership)
        .join(plans, plans.c.plan == m.plan)
        .where(plans.c.company == company, s.on_date <= as_of, s.from_status == "pending", s.to_status.in_(STANDING))
        .group_by(s.membership, m.plan, m.carried_until)
        .subquery("beginnings")
    )


def freezes_running(as_of: date) -> sa.Subquery:
    """The freezes that ran at the end of `as_of`: membership, held_after."""
    f = freezes.c
    runs = (f.started_on <= as_of) & (f.ended_on.is_(None) | (f.ended_on > as_of))
    return sa.select(f.membership, f.held_after).where(runs).subquery("running")


def freezes_past_their_move() -> sa.Subquery:
    """Freezes that run still, or ended later than what they held was moved to: by a closing, nothing moves (L5.3).

    membership, started_on, held_after, ended_on; one a membership, the last.
    """
    f = freezes.c
    past = f.ended_on.is_(None) | (f.ended_on > f.started_on + f.moved_days)
    return (
        sa.select(f.membership, f.started_on, f.held_after, sa.func.coalesce(f.ended_on, FOREVER).label("ended_on"))
        .where(f.started_on.isnot(None), past)
        .distinct(f.membership)
        .order_by(f.membership, f.started_on.desc())
        .subquery("past_their_move")
    )


def moves_since(as_of: date) -> sa.Subquery:
    """What freezes have moved after the end of `as_of`: period_id, invoice, ended_on, moved_days, whole (L4.3).

    `whole`: its start was moved, too. A period lies behind the first day held exactly if the freeze moved it: what was
    not held ends on that day or before, and later freezes hold what is later still.
    """
    p, f, i = periods.c, freezes.c, invoices.c
    stood = i.voided_on.is_(None) | (i.voided_on >= f.ended_on)
    return (
        sa.select(p.period_id, p.invoice, f.ended_on, f.moved_days, (p.starts_on > f.held_after).label("whole"))
        .join_from(freezes, periods, p.membership == f.membership)
        .outerjoin(invoices, i.invoice == p.invoice)
        .where(f.moved_days > 0, f.ended_on > as_of, p.opened_on < f.ended_on, p.ends_on > f.held_after, stood)
        .subquery("moves")
    )


def moved_since(as_of: date) -> sa.Subquery:
    """By how many days these moved the end and the start of a period together: period_id, ends_by, starts_by."""
    moves = moves_since(as_of).c
    days = sa.cast(sa.func.sum(moves.moved_days), sa.Integer)
    whole = sa.func.coalesce(sa.func.sum(moves.moved_days).filter(moves.whole), 0)
    return (
        sa.select(moves.period_id, days.label("ends_by"), sa.cast(whole, sa.Integer).label("starts_by"))
        .group_by(moves.period_id)
        .subquery("moved")
    )


def periods_then(company: str, as_of: date) -> sa.Select[Any]:
    """The periods opened by the end of `as_of`, where they lay then.

    period_id, membership, plan, invoice, starts_on, ends_on, due_on, void, settled_on, open; of a carried one (invoice
    empty) nothing is open. `held`: a freeze held it, so that it neither went on nor ended.
    """
    p, m = periods.c, memberships.c
    found, moved, running = documents(company, as_of).subquery("documents"), moved_since(as_of), freezes_running(as_of)
    back = [sa.func.coalesce(moved.c[name], 0) for name in ("starts_by", "ends_by")]
    starts_on, ends_on = p.starts_on - back[0], p.ends_on - back[1]
    return (
        sa.select(p.period_id, p.membership, m.plan, p.invoice, starts_on.label("starts_on"), ends_on.label("ends_on"))
        .add_columns(found.c.due_on, found.c.void_on.isnot(None).label("void"), found.c.settled_on)
        .add_columns((found.c.void_on.is_(None) & found.c.settled_on.is_(None) & p.invoice.isnot(None)).label("open"))
        .add_columns(sa.func.coalesce(ends_on > running.c.held_after, sa.false()).label("held"))
        .add_columns(sa.func.coalesce(running.c.held_after, as_of).label("stands_on"))
        .select_from(
            periods.join(memberships, m.membership == p.membership)
            .join(plans, plans.c.plan == m.plan)
            .outerjoin(found, found.c.invoice == p.invoice)
            .outerjoin(moved, moved.c.period_id == p.period_id)
            .outerjoin(running, running.c.membership == p.membership)
        )
        .where(plans.c.company == company, p.opened_on <= as_of)
    )


def standings_then(company: str, as_of: date) -> sa.Subquery:
    """Where each membership stood: membership, paid_until, and its current period's period_starts_on, period_ends_on.

    L3.3 from the periods of that day; while a freeze holds it a membership stands where it stood when that began.
    """
    rows = periods_then(company, as_of).cte("lay")
    r = rows.c
    first = (
        sa.select(r.membership, sa.func.min(r.starts_on).label("open_from"))
        .where(r.open)
        .group_by(r.membership)
        .subquery("first")
    )
    lasts, begun = ~r.void, r.starts_on <= r.stands_on
    paid = lasts & (first.c.open_from.is_(None) | (r.starts_on < first.c.open_from))
    latest, earliest = sa.func.max, sa.func.min
    return (
        sa.select(
            r.membership,
            sa.func.coalesce(
                latest(r.ends_on).filter(paid), earliest(first.c.open_from), earliest(r.starts_on), type_=sa.Date
            ).label("paid_until"),
            *(
                sa.func.coalesce(latest(day).filter(lasts & begun), earliest(day).filter(lasts), type_=sa.Date).label(
                    f"period_{day.name}"
                )
                for day in (r.starts_on, r.ends_on)
            ),
        )
        .select_from(rows.outerjoin(first, first.c.membership == r.membership))
        .group_by(r.membership)
        .subquery("standings")
    )
