"""Periods and standings that must never be (L1.3, L3.3, L3.4, L3.6, L3.8).

`missing` and `skipped` find what should exist and does not, `extra` what exists and should not: completeness.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.invariants.invariant import AS_OF, Query, done_at, found
from models.invoices import invoices
from models.memberships import memberships, periods, quarantine, status_changes
from models.plans import plans
from models.rules.boundaries import boundary
from models.rules.standing import grace_until, standings


def overlapping_periods() -> Query:
    """L3.8: periods of a membership that are not void never overlap."""
    p = periods.c
    before = sa.func.lag(p.ends_on).over(partition_by=p.membership, order_by=p.starts_on)
    rows = sa.select(p.membership, p.starts_on, before.label("before")).where(~p.void).subquery()
    return found(rows.c.membership, "period from ", rows.c.starts_on, " begins before ", rows.c.before).where(
        rows.c.starts_on < rows.c.before
    )


def periods_off_their_boundary() -> Query:
    """L1.3: each period ends on the boundary that its anchor and ordinal give, and is one interval long.

    One that a freeze has moved is its own anchor, ordinal 0 (L4.3): its length is held by `frozen_days_adrift`.
    """
    p, q = periods.c, plans.c
    rows = periods.join(memberships, memberships.c.membership == p.membership).join(plans, q.plan == memberships.c.plan)
    end = boundary(p.anchor_on, p.ordinal, q.interval_unit, q.interval_count, q.calendar)
    start = boundary(p.anchor_on, p.ordinal - 1, q.interval_unit, q.interval_count, q.calendar)
    return (
        found(p.membership, "period [", p.starts_on, ", ", p.ends_on, "), its boundaries are ", start, " and ", end)
        .select_from(rows)
        .where((p.ends_on != end) | (p.invoice.isnot(None) & (p.ordinal >= 1) & (p.starts_on != start)))
    )


def periods_and_invoices() -> Query:
    """L3.8: a period that was not carried over has one membership invoice, and it has that one period."""
    p, i = periods.c, invoices.c
    joined = periods.join(invoices, i.invoice == p.invoice, full=True)
    both = p.period_id.isnot(None) & i.invoice.isnot(None)
    wrong = both & ((i.kind != "membership") | (i.membership != p.membership))
    unlike = both & (p.void != i.voided_on.isnot(None))
    lonely = (i.kind == "membership") & p.period_id.is_(None)
    return (
        found(sa.func.coalesce(i.invoice, p.membership), "period and invoice do not belong together")
        .select_from(joined)
        .where(lonely | wrong | unlike)
    )


def missing_periods() -> Query:
    """L3.1, L3.6: every membership that was due when the day's renewals were done has its period.

    Nothing waits but what is in quarantine, or was loaded since.
    """
    m, q = memberships.c, plans.c
    waits = sa.exists().where(quarantine.c.membership == m.membership, quarantine.c.released_at.is_(None))
    last_end = sa.select(sa.func.max(periods.c.ends_on)).where(periods.c.membership == m.membership, ~periods.c.void)
    ends_on = sa.func.coalesce(last_end.scalar_subquery(), m.billed_until)
    renews = sa.func.coalesce(m.auto_renew, q.auto_renew) & m.status.in_(("active", "grace")) & m.closing.is_(None)
    # Back since this day's renewals: they see it on the next business day (L1.6).
    back_today = sa.exists().where(
        status_changes.c.membership == m.membership,
        status_changes.c.on_date == AS_OF,
        status_changes.c.from_status.in_(("expired", "frozen")),
    )
    renewal = renews & (ends_on - q.lead_days <= AS_OF) & ~back_today
    start = (m.status == "pending") & (m.started_on <= AS_OF)
    seen = (m.changed_at <= done_at("renewals")) & (q.changed_at <= done_at("renewals"))
    carried = sa.exists().where(periods.c.membership == m.membership, periods.c.invoice.is_(None))
    # Who closed before the first night had begun nothing to carry over.
    uncarried = (m.status != "pending") & m.paid_until.isnot(None) & m.carried_until.isnot(None) & ~carried
    return (
        found(m.membership, "missing: its next period was due for billing by ", AS_OF)
        .join_from(memberships, plans, q.plan == m.plan)
        .where((seen & (start | renewal)) | uncarried, ~waits)
    )


def skipped_periods() -> Query:
    """L3.6: the periods counted from one anchor follow each other; none before the last that stands is missing.

    Void ones fill their place. What a freeze has moved is counted from an anchor of its own (L4.3).
    """
    p = periods.c
    last = sa.func.max(p.ordinal).filter(~p.void).over(partition_by=(p.membership, p.anchor_on))
    placed = sa.select(p.membership, p.anchor_on, p.ordinal, last.label("last")).subquery("placed")
    q = placed.c
    numbers = sa.func.count(q.ordinal.distinct())
    return (
        found(q.membership, "missing: a period between those counted from ", q.anchor_on)
        .where(q.ordinal <= q.last)
        .group_by(q.membership, q.anchor_on)
        .having(sa.func.max(q.ordinal) - sa.func.min(q.ordinal) + 1 != numbers)
    )


def extra_periods() -> Query:
    """L3.6: no period was opened before it was due, nor for a membership that has not started."""
    p, m = periods.c, memberships.c
    early = (p.bills_on > p.opened_on) | (m.started_on > p.opened_on)
    return (
        found(p.membership, "extra: the period from ", p.starts_on, " was opened on ", p.opened_on)
        .join_from(periods, memberships, m.membership == p.membership)
        .where(early)
    )


def standing_unlike_periods() -> Query:
    """L3.3: the stored standing is the one that the periods give."""
    m = memberships.c
    s = standings(memberships).subquery("s").c
    unlike = [m[name].is_distinct_from(s[name]) for name in ("paid_until", "owes_since", "billed_until")]
    # Where every period is void there is none to go on from.
    unlike += [m[name] != s[name] for name in ("anchor_on", "ordinal")]
    return found(m.membership, "stored paid_until ", m.paid_until, ", its periods give ", s.paid_until).where(
        # One whose start was undone is pending, and its void periods stay visible.
        m.membership == s.membership,
        m.status != "pending",
        sa.or_(*unlike),
    )


def status_unlike_standing() -> Query:
    """L3.4: at the end of the day's status stage active meant paid, grace not paid and not yet over."""
    m, q = memberships.c, plans.c
    active = (m.status == "active") & (m.paid_until <= AS_OF)
    grace = (m.status == "grace") & (grace_until(q.grace_days) <= AS_OF)
    seen = q.changed_at <= done_at("grace")
    return (
        found(m.membership, m.status, " with paid_until ", m.paid_until)
        .join_from(memberships, plans, q.plan == m.plan)
        .where(seen, active | grace)
    )
