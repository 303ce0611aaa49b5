"""Status (L3.4, L3.5): who is in grace since today, who has paid, who expires, and what becomes of their debts?

Writes statuses with the figures that decided them, and for plans that void, credit notes. Repeating it is safe because
only a status that differs from what the rule says is changed.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships, standing_since, status_changes
from models.plans import plans
from models.rules.standing import grace_until, status
from tasks.outbox import is_said, queue_messages
from tasks.rows import insert_rows
from tasks.staging import Staged, size, stage
from tasks.step import Outcome, Scope, Step, money_of
from tasks.voids import void_open_periods


def apply_status(connection: sa.Connection, scope: Scope) -> Outcome:
    """Give each membership the status that its standing has on `as_of`; void the debts of those that expire so."""
    moved = stage(connection, "moved", changing_memberships(scope))
    m = moved.c
    if not moved.rows:
        return Outcome({"to_active": 0, "to_grace": 0, "expired": 0, "credit_notes": 0})
    connection.execute(
        sa.update(memberships)
        .where(memberships.c.membership == m.membership)
        .values(status=m.to_status, run_id=scope.run_id)
    )
    _record(connection, scope, moved)
    _tell_expired(connection, scope, moved)
    lapsing = sa.select(m.membership, sa.cast(sa.null(), sa.Date).label("since")).where(
        m.to_status == "expired", m.on_expiry == "void"
    )
    voided = void_open_periods(connection, scope, stage(connection, "lapsing", lapsing))
    return Outcome(
        {
            "to_active": size(connection, moved, m.to_status == "active"),
            "to_grace": size(connection, moved, m.to_status == "grace"),
            "expired": size(connection, moved, m.to_status == "expired"),
            "credit_notes": voided.rows,
        },
        money_of(connection, voided, "credited", voided.c.total_minor),
    )


# One shard after another, as in closures: what is voided gives back money of payments that members share.
STEP = Step("grace", "grace", apply_status, at_once=False)


def _record(connection: sa.Connection, scope: Scope, moved: Staged) -> None:
    """Each change with the figures that decided it."""
    m = moved.c
    values = {
        "membership": m.membership,
        "run_id": sa.literal(scope.run_id),
        "from_status": m.from_status,
        "to_status": m.to_status,
        "on_date": sa.literal(scope.as_of),
        "paid_until": m.paid_until,
        "grace_until": m.grace_until,
        "rule": sa.case((m.to_status == "expired", "L3.5"), else_="L3.4"),
    }
    insert_rows(connection, status_changes, moved, values)


def _tell_expired(connection: sa.Connection, scope: Scope, moved: Staged) -> None:
    m, kind, key = moved.c, "membership_expired", scope.as_of.isoformat()
    unsaid = sa.select(moved).where(m.to_status == "expired", ~is_said(kind, m.membership, key))
    of = stage(connection, "newly_expired", unsaid)
    queue_messages(connection, scope, of, kind, of.c.membership, key=key, paid_until=of.c.paid_until)


def changing_memberships(scope: Scope) -> sa.Select[Any]:
    """Memberships whose status is no longer what their standing says, with the figures (L3.4).

    For each plan four probes of one index find who may change: active or grace whose time has run out, grace or
    expired whose debt has been paid. The lateral subqueries keep it at probes (see renewals).
    """
    m, as_of = memberships.c, scope.as_of
    grace_over = as_of - plans.c.grace_days
    ranges = (
        (m.status == "active") & (standing_since <= as_of),
        (m.status == "grace") & (standing_since <= grace_over),
        (m.status == "grace") & (standing_since > as_of),
        (m.status == "expired") & (standing_since > as_of),
    )
    probes = (
        sa.select(m.membership).where(m.plan == plans.c.plan, within, scope.shard.holds(m.membership)).correlate(plans)
        for within in ranges
    )
    ripe = sa.union_all(*probes).lateral("ripe")
    to_status = status(as_of, plans.c.grace_days)
    return (
        sa.select(
            m.membership,
            m.customer,
            m.status.label("from_status"),
            to_status.label("to_status"),
            m.paid_until,
            grace_until(plans.c.grace_days).label("grace_until"),
            plans.c.on_expiry,
        )
        .select_from(plans.join(ripe, sa.true()).join(memberships, m.membership == ripe.c.membership))
        .where(to_status != m.status)
    )
