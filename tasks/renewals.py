"""Activations and automatic renewals (L3.1, L3.2, L3.6): which periods are due, and what does each cost?

Writes periods, invoices, book entries, messages, status changes and the standing of the memberships. Repeating it is
safe because what it did moves `billed_until` past what is due; the unique key on a period's start has the last word.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships, periods, status_changes
from models.plans import plans
from models.rules.boundaries import boundary, ordinal_near, periods_at_most
from models.rules.standing import grace_until, status
from tasks.billing import issue
from tasks.numbering import stage_numbered
from tasks.pricing import billed_by, priced
from tasks.quarantine import PERIODS_PER_RUN, set_aside, waits_for_a_person
from tasks.rows import insert_rows
from tasks.staging import Staged, size, stage
from tasks.standing import restand
from tasks.step import Outcome, Scope, Step, money_of


def renew(connection: sa.Connection, scope: Scope) -> Outcome:
    """Open and invoice every period that is due by `as_of`, oldest first, one invoice each."""
    starting = stage(connection, "starting", starting_memberships(scope))
    if not starting.rows and not _renews_any(connection, scope):
        return Outcome({"started": 0, "carried_over": 0, "renewed": 0, "invoices": 0, "quarantined": 0})
    due = priced(due_periods(scope, starting))
    billed = stage_numbered(connection, scope, "billed", due, ("membership", "starts_on"), apart="unbillable")
    quarantined = set_aside(connection, scope, billed)
    carried = _open_carried_periods(connection, scope, starting)
    issue(connection, scope, billed)
    return Outcome(
        {
            "started": _advance(connection, scope, starting, billed),
            "carried_over": carried,
            "renewed": size(connection, billed, ~billed.c.forced),
            "invoices": size(connection, billed),
            "quarantined": quarantined,
        },
        money_of(connection, billed, "invoiced", billed.c.total_minor),
    )


STEP = Step("renewals", "renewals", renew)


def starting_memberships(scope: Scope) -> sa.Select[Any]:
    """Pending memberships whose first day has come, with the anchor that they will be counted from (L3.1, L3.2)."""
    m, p = memberships.c, plans.c
    interval = (p.interval_unit, p.interval_count, p.calendar)
    near = ordinal_near(m.started_on, m.carried_until, *interval)
    kept = boundary(m.started_on, near, *interval) == m.carried_until
    return (
        sa.select(
            m.membership,
            m.plan,
            sa.case((m.carried_until.is_(None) | kept, m.started_on), else_=m.carried_until).label("anchor_on"),
            sa.case((kept, near), else_=0).label("ordinal"),
            sa.func.coalesce(m.carried_until, m.started_on).label("billed_until"),
            m.carried_until.is_(None).label("forced"),
            m.auto_renew,
            m.started_on,
            m.carried_until,
        )
        .join_from(memberships, plans, p.plan == m.plan)
        .where(m.status == "pending", m.started_on <= scope.as_of, ~waits_for_a_person(m.membership))
        .where(scope.shard.holds(m.membership))
    )


def renewing_memberships(scope: Scope) -> sa.Select[Any]:
    """Active and grace memberships of each plan whose last period ends within the plan's lead days (L3.6).

    The lateral subquery behind OFFSET 0 is one index probe a plan; a join would be planned as a scan of them all.
    """
    m = memberships.c
    ripe = (
        sa.select(m.membership, m.plan, m.anchor_on, m.ordinal, m.billed_until, m.auto_renew)
        .where(
            m.plan == plans.c.plan,
            m.billed_until <= scope.as_of + plans.c.lead_days,
            m.status.in_(("active", "grace")),
            m.closing.is_(None),
            m.auto_renew.isnot(False),
            sa.func.coalesce(m.auto_renew, plans.c.auto_renew),
            scope.shard.holds(m.membership),
        )
        .offset(0)
        .lateral("ripe")
    )
    return (
        sa.select(
            ripe.c.membership,
            ripe.c.plan,
            ripe.c.anchor_on,
            ripe.c.ordinal,
            ripe.c.billed_until,
            sa.false().label("forced"),
            ripe.c.auto_renew,
            sa.cast(sa.null(), sa.Date).label("started_on"),
            sa.cast(sa.null(), sa.Date).label("carried_until"),
        )
        .select_from(plans.join(ripe, sa.true()))
        .where(~waits_for_a_person(ripe.c.membership))
    )


def _renews_any(connection: sa.Connection, scope: Scope) -> bool:
    return connection.execute(sa.select(renewing_memberships(scope).exists())).scalar_one() is True


def due_periods(scope: Scope, starting: sa.FromClause) -> sa.Select[Any]:
    """One row for each period that is due, with its price and whether it is the last of its membership for now."""
    spans = _spans(scope, starting).subquery("spans")
    s, m, p = spans.c, memberships.c, plans.c
    next_is_due = s.renews & (s.ends_on - p.lead_days <= scope.as_of)
    return (
        billed_by(spans, scope.as_of)
        .add_columns(
            s.forced,
            sa.func.greatest(s.starts_on - p.lead_days, m.started_on).label("bills_on"),
            (~next_is_due | s.at_ceiling).label("last"),
            (next_is_due & s.at_ceiling).label("behind"),
        )
        .where(s.forced | (s.renews & (s.starts_on - p.lead_days <= scope.as_of)))
    )


def _spans(scope: Scope, starting: sa.FromClause) -> sa.Select[Any]:
    """The periods that candidates may be billed for, from their own boundary on, at most the ceiling's count each."""
    candidates = sa.union_all(sa.select(starting), renewing_memberships(scope)).cte("candidates")
    c, p = candidates.c, plans.c
    interval = (p.interval_unit, p.interval_count, p.calendar)
    bound = periods_at_most(c.billed_until, scope.as_of + p.lead_days, p.interval_unit, p.interval_count)
    last = c.ordinal + sa.func.least(bound, PERIODS_PER_RUN, type_=sa.Integer) - 1
    ordinals = sa.func.generate_series(c.ordinal, last).table_valued("n", name="ordinals").render_derived()
    n = sa.type_coerce(ordinals.c.n, sa.Integer)
    return (
        sa.select(
            c.membership,
            c.anchor_on,
            (n + 1).label("ordinal"),
            # The first starts where the last one ended, also where the calendar's table holds neither.
            sa.case((n == c.ordinal, c.billed_until), else_=boundary(c.anchor_on, n, *interval)).label("starts_on"),
            boundary(c.anchor_on, n + 1, *interval).label("ends_on"),
            (c.forced & (n == c.ordinal)).label("forced"),
            sa.func.coalesce(c.auto_renew, p.auto_renew).label("renews"),
            (n == c.ordinal + PERIODS_PER_RUN - 1).label("at_ceiling"),
        )
        .select_from(candidates.join(plans, p.plan == c.plan).join(ordinals, sa.true()))
        .offset(0)  # a fence: the boundaries are worked out once, not once for each use
    )


def _open_carried_periods(connection: sa.Connection, scope: Scope, starting: Staged) -> int:
    """One carried period [started_on, paid_until) without an invoice for what was billed elsewhere (L3.2)."""
    values = {
        "membership": starting.c.membership,
        "starts_on": starting.c.started_on,
        "ends_on": starting.c.carried_until,
        "anchor_on": starting.c.anchor_on,
        "ordinal": starting.c.ordinal,
        "opened_on": sa.literal(scope.as_of),
        "run_id": sa.literal(scope.run_id),
    }
    return insert_rows(connection, periods, starting, values, where=starting.c.carried_until.isnot(None))


def _advance(connection: sa.Connection, scope: Scope, starting: Staged, billed: Staged) -> int:
    """Move the standing past what was billed; a started membership becomes active or grace (L3.1)."""
    # Without a price for its first period a membership stays pending, in quarantine.
    starts = starting.c.carried_until.isnot(None) | sa.exists().where(billed.c.membership == starting.c.membership)
    paid_until = sa.func.coalesce(starting.c.carried_until, starting.c.started_on)
    connection.execute(
        sa.update(memberships)
        .where(memberships.c.membership == starting.c.membership, starts)
        .values(
            anchor_on=starting.c.anchor_on,
            ordinal=starting.c.ordinal,
            billed_until=paid_until,
            paid_until=paid_until,
            status="active",
            run_id=scope.run_id,
        )
    )
    connection.execute(
        sa.update(memberships)
        .where(memberships.c.membership == billed.c.membership, billed.c.last)
        .values(
            ordinal=billed.c.ordinal,
            billed_until=billed.c.ends_on,
            owes_since=sa.func.coalesce(memberships.c.owes_since, scope.as_of),
            run_id=scope.run_id,
        )
    )
    free = sa.select(billed.c.membership).where(billed.c.total_minor == 0).distinct()
    restand(connection, stage(connection, "billed_for_nothing", free))
    return _record_starts(connection, scope, starting)


def _record_starts(connection: sa.Connection, scope: Scope, starting: Staged) -> int:
    """Decide and remember active or grace of those that started; returns how many."""
    begun = (memberships.c.membership == starting.c.membership) & (memberships.c.status != "pending")
    now = sa.case((status(scope.as_of, plans.c.grace_days) == "active", "active"), else_="grace")
    connection.execute(sa.update(memberships).where(begun, plans.c.plan == memberships.c.plan).values(status=now))
    changes = sa.select(
        memberships.c.membership,
        sa.literal(scope.run_id),
        sa.literal("pending"),
        memberships.c.status,
        sa.literal(scope.as_of),
        memberships.c.paid_until,
        grace_until(plans.c.grace_days),
        sa.literal("L3.1"),
    ).select_from(starting.join(memberships, begun).join(plans, plans.c.plan == memberships.c.plan))
    into = ("membership", "run_id", "from_status", "to_status", "on_date", "paid_until", "grace_until", "rule")
    return connection.execute(sa.insert(status_changes).from_select(into, changes)).rowcount
