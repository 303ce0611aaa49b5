"""Activations and automatic renewals (L3.1, L3.2, L3.6): which periods are due, and what does each cost?

Writes periods, invoices, book entries, messages, status changes and the standing of the memberships. Repeating it is
safe because what it did moves `billed_until` past what is due; the unique key on a period's start has the last word.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.memberships import memberships, periods, quarantine, status_changes
from models.plans import plan_prices, plans
from models.rules import amounts
from models.rules.boundaries import boundary, ordinal_near, periods_at_most
from models.rules.standing import grace_until, status
from tasks.billing import insert_rows, issue
from tasks.numbering import numbered, open_series
from tasks.staging import Staged, size, stage
from tasks.standing import restand
from tasks.step import Outcome, Scope, Step, money_of

PERIODS_PER_RUN = 400
"""The ceiling of L3.6: a membership that is further behind is billed so far and then waits for a person."""


def renew(connection: sa.Connection, scope: Scope) -> Outcome:
    """Open and invoice every period that is due by `as_of`, oldest first, one invoice each."""
    starting = stage(connection, "starting", starting_memberships(scope))
    open_series(connection, scope.as_of)
    due = priced(due_periods(scope, starting))
    billed = stage(connection, "billed", numbered(due, scope.as_of, ("membership", "starts_on"), apart="unpriced"))
    if not starting.rows and not billed.rows:
        return Outcome({"started": 0, "carried_over": 0, "renewed": 0, "invoices": 0, "quarantined": 0})
    quarantined = _quarantine(connection, scope, billed)
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
    near = ordinal_near(m.started_on, m.carried_until, p.interval_unit, p.interval_count)
    kept = boundary(m.started_on, near, p.interval_unit, p.interval_count) == m.carried_until
    return (
        sa.select(
            m.membership,
            m.plan,
            sa.case((m.carried_until.is_(None) | kept, m.started_on), else_=m.carried_until).label("anchor_on"),
            sa.case((kept, near), else_=0).label("ordinal"),
            m.carried_until.is_(None).label("forced"),
            m.auto_renew,
            m.started_on,
            m.carried_until,
        )
        .join_from(memberships, plans, p.plan == m.plan)
        .where(m.status == "pending", m.started_on <= scope.as_of, ~_set_aside(m.membership))
        .where(scope.shard.holds(m.membership))
    )


def renewing_memberships(scope: Scope) -> sa.Select[Any]:
    """Active and grace memberships of each plan whose last period ends within the plan's lead days (L3.6).

    The lateral subquery behind OFFSET 0 is one index probe a plan; a join would be planned as a scan of them all.
    """
    m = memberships.c
    ripe = (
        sa.select(m.membership, m.plan, m.anchor_on, m.ordinal, m.auto_renew)
        .where(
            m.plan == plans.c.plan,
            m.billed_until <= scope.as_of + plans.c.lead_days,
            m.status.in_(("active", "grace")),
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
            sa.false().label("forced"),
            ripe.c.auto_renew,
            sa.cast(sa.null(), sa.Date).label("started_on"),
            sa.cast(sa.null(), sa.Date).label("carried_until"),
        )
        .select_from(plans.join(ripe, sa.true()))
        .where(~_set_aside(ripe.c.membership))
    )


def _set_aside(membership: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a membership waits in quarantine for a person."""
    return sa.exists().where(quarantine.c.membership == membership, quarantine.c.released_at.is_(None))


def due_periods(scope: Scope, starting: sa.FromClause) -> sa.Select[Any]:
    """One row for each period that is due, with its price and whether it is the last of its membership for now."""
    spans, prices = _spans(scope, starting).subquery("spans"), _prices()
    s, m, p = spans.c, memberships.c, plans.c
    price = sa.func.coalesce(m.unit_price_minor, prices.c.price_minor)
    next_is_due = s.renews & (s.ends_on - p.lead_days <= scope.as_of)
    return (
        sa.select(
            *(s.membership, s.anchor_on, s.ordinal, s.starts_on, s.ends_on, s.forced),
            sa.func.greatest(s.starts_on - p.lead_days, m.started_on).label("bills_on"),
            *(m.customer, p.company, p.currency, m.quantity, m.discount_percent, p.tax_rate, p.tax_included),
            (sa.literal(scope.as_of) + p.terms_days).label("due_on"),
            price.label("unit_price_minor"),
            (~next_is_due | s.at_ceiling).label("last"),
            (next_is_due & s.at_ceiling).label("behind"),
            sa.func.bool_or(price.is_(None)).over(partition_by=s.membership).label("unpriced"),
        )
        .select_from(
            spans.join(memberships, m.membership == s.membership)
            .join(plans, p.plan == m.plan)
            .outerjoin(
                prices, (prices.c.plan == m.plan) & (prices.c.since <= s.starts_on) & (s.starts_on < prices.c.until)
            )
        )
        .where(s.forced | (s.renews & (s.starts_on - p.lead_days <= scope.as_of)))
    )


def _spans(scope: Scope, starting: sa.FromClause) -> sa.Select[Any]:
    """The periods that candidates may be billed for, from their own boundary on, at most the ceiling's count each."""
    candidates = sa.union_all(sa.select(starting), renewing_memberships(scope)).cte("candidates")
    c, p = candidates.c, plans.c
    unit, count = p.interval_unit, p.interval_count
    since = boundary(c.anchor_on, c.ordinal, unit, count)
    bound = periods_at_most(since, scope.as_of + p.lead_days, unit, count)
    last = c.ordinal + sa.func.least(bound, PERIODS_PER_RUN, type_=sa.Integer) - 1
    ordinals = sa.func.generate_series(c.ordinal, last).table_valued("n", name="ordinals").render_derived()
    n = sa.type_coerce(ordinals.c.n, sa.Integer)
    return (
        sa.select(
            c.membership,
            c.anchor_on,
            (n + 1).label("ordinal"),
            boundary(c.anchor_on, n, unit, count).label("starts_on"),
            boundary(c.anchor_on, n + 1, unit, count).label("ends_on"),
            (c.forced & (n == c.ordinal)).label("forced"),
            sa.func.coalesce(c.auto_renew, p.auto_renew).label("renews"),
            (n == c.ordinal + PERIODS_PER_RUN - 1).label("at_ceiling"),
        )
        .select_from(candidates.join(plans, p.plan == c.plan).join(ordinals, sa.true()))
        .offset(0)  # a fence: the boundaries are worked out once, not once for each use
    )


def _prices() -> sa.Subquery:
    """Each price version with the starts of periods that it holds for: [since, until) (L2.1)."""
    pp = plan_prices.c
    following = sa.func.lead(pp.effective_from).over(partition_by=pp.plan, order_by=pp.effective_from)
    until = sa.func.coalesce(following, sa.cast("infinity", sa.Date))
    return sa.select(pp.plan, pp.effective_from.label("since"), until.label("until"), pp.price_minor).subquery("prices")


def priced(due: sa.Select[Any]) -> sa.Select[Any]:
    """The due periods with net and tax (L2.3), NULL where there is no price."""
    d = due.subquery("due").c
    amount = amounts.amount(d.unit_price_minor, d.quantity, d.discount_percent).label("amount_minor")
    rows = sa.select(*d, amount).subquery("priced")
    terms = (rows.c.amount_minor, rows.c.tax_rate, rows.c.tax_included)
    kept = [column for column in rows.c if column.name != "amount_minor"]
    return sa.select(*kept, amounts.net(*terms).label("net_minor"), amounts.tax(*terms).label("tax_minor"))


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


def _quarantine(connection: sa.Connection, scope: Scope, billed: Staged) -> int:
    """Set aside what the rules cannot finish: more periods than the ceiling, a period without a price (L3.6, L2.1).

    What has no price is taken out of `billed`; what is too far behind is billed up to the ceiling.
    """
    b = billed.c
    found = size(connection, billed, b.unpriced | b.behind)
    if not found:
        return 0
    unpriced = sa.func.concat(
        "No price for the period from ", b.starts_on, "; expected a plan_prices row from that day or before. Load it."
    )
    behind = sa.func.concat(
        f"More than {PERIODS_PER_RUN} periods are due, the next from ", b.ends_on, "; check started_on and paid_until."
    )
    rows = (
        sa.select(b.membership, sa.literal(scope.as_of))
        .add_columns(sa.case((b.unpriced, "no_price"), else_="too_many_periods"))
        .add_columns(sa.case((b.unpriced, unpriced), else_=behind), sa.literal(scope.run_id))
        .where((b.unpriced & b.unit_price_minor.is_(None)) | b.behind)
        .distinct(b.membership)
        .order_by(b.membership, b.starts_on)
    )
    into = ("membership", "on_date", "reason", "message", "run_id")
    set_aside = connection.execute(insert(quarantine).from_select(into, rows).on_conflict_do_nothing()).rowcount
    connection.execute(sa.delete(billed).where(b.unpriced))
    return set_aside
