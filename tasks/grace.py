"""Status (L3.4, L3.5): who is in grace since today, who has paid, who expires, and what becomes of their debts?

Writes statuses with the figures that decided them, for plans that void, credit notes, and messages. Repeating it is
safe because only a status that differs from what the rule says is changed, and a message has a key.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, standing_since, status_changes
from models.plans import plans
from models.rules.standing import grace_until, status
from tasks.outbox import NEWS, is_said, queue_messages
from tasks.rows import insert_rows
from tasks.staging import Staged, size, stage
from tasks.step import Outcome, Scope, Step, money_of
from tasks.voids import void_open_periods


def apply_status(connection: sa.Connection, scope: Scope) -> Outcome:
    """Give each membership the status that its standing has on `as_of`; void the debts of those that expire so."""
    moved = stage(connection, "moved", changing_memberships(scope))
    m = moved.c
    voided = _change(connection, scope, moved) if moved.rows else None
    return Outcome(
        {
            "to_active": size(connection, moved, m.to_status == "active"),
            "to_grace": size(connection, moved, m.to_status == "grace"),
            "expired": size(connection, moved, m.to_status == "expired"),
            "credit_notes": voided.rows if voided is not None else 0,
            "grace_notices": _tell_grace(connection, scope),
        },
        money_of(connection, voided, "credited", voided.c.total_minor) if voided is not None else {},
    )


# One shard after another, as in closures: what is voided gives back money of payments that members share.
STEP = Step("grace", "grace", apply_status, at_once=False)


def _change(connection: sa.Connection, scope: Scope, moved: Staged) -> Staged:
    """Write the statuses of `moved`, tell who has expired; returns the credit notes of those whose plan voids."""
    m = moved.c
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
    return void_open_periods(connection, scope, stage(connection, "lapsing", lapsing))


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


def _tell_grace(connection: sa.Connection, scope: Scope) -> int:
    told = telling_grace(scope).subquery("telling_grace")
    t = told.c
    facts = {"paid_until": t.paid_until, "grace_until": t.grace_until}
    return queue_messages(connection, scope, told, "grace_started", t.membership, key=t.key, **facts)


def telling_grace(scope: Scope) -> sa.Select[Any]:
    """Memberships in grace since before today that have not been told so for this `paid_until`.

    Whose invoice is not due yet is told of it when it is overdue, unless grace would be over by then. Whose grace
    began a month before that, or earlier, has heard of it elsewhere.

        issued, grace           due_on        due_on + 1            grace_until
        the invoice says all                  the one notice        expired
    """
    m, i, as_of = memberships.c, invoices.c, scope.as_of
    in_grace = (
        sa.select(m.membership, m.customer, m.paid_until, standing_since.label("since"))
        .where(m.plan == plans.c.plan, m.status == "grace", standing_since < as_of)
        .where(standing_since > as_of - NEWS - plans.c.terms_days, scope.shard.holds(m.membership))
        .correlate(plans)
        .lateral("in_grace")
    )
    g = in_grace.c
    owed = (i.customer == g.customer) & (i.membership == g.membership) & (i.kind == "membership") & (i.open_minor > 0)
    due_on = sa.select(sa.func.min(i.due_on).label("due_on")).where(owed).lateral("due").c.due_on
    until, key = g.since + plans.c.grace_days, sa.cast(g.paid_until, sa.Text)
    is_time = due_on.is_(None) | (due_on < as_of) | (until <= due_on + 1)
    return (
        sa.select(g.membership, g.customer, g.paid_until, until.label("grace_until"), key.label("key"))
        .select_from(plans.join(in_grace, sa.true()).join(due_on.table, sa.true()))
        .where(is_time, ~is_said("grace_started", g.membership, key))
    )


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
