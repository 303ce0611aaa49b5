"""Reminders (L9): whose period ends soon, and has not been told so for the nearest of the plan's days?

Writes messages. Repeating it is safe because a reminder has a key: membership, period end, days before it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships, periods
from models.plans import plans
from tasks.outbox import is_said, queue_messages
from tasks.staging import stage
from tasks.step import Outcome, Scope, Step


def remind(connection: sa.Connection, scope: Scope) -> Outcome:
    """Queue the nearest reminder of each active or grace membership whose current period is about to end."""
    due = stage(connection, "due_reminders", due_reminders(scope))
    d = due.c
    facts = {name: d[name] for name in ("plan", "period_ends_on", "days_before", "renews")}
    sent = queue_messages(connection, scope, due, "reminder", d.membership, key=d.key, **facts) if due.rows else 0
    return Outcome({"reminders": sent})


STEP = Step("reminders", "reminders", remind)


def due_reminders(scope: Scope) -> sa.Select[Any]:
    """Current periods that end within a reminder's days and have not been reminded of by the nearest of these.

    A period that has begun and not ended is the current one; one to come is where none comes before it (L3.3).
    """
    p, m, as_of = periods.c, memberships.c, scope.as_of
    k = sa.type_coerce(sa.func.unnest(plans.c.reminder_days).column_valued("k"), sa.Integer)
    nearest = sa.select(sa.func.min(k).label("k")).where(p.ends_on - k <= as_of).lateral("nearest")
    key = sa.func.concat(p.ends_on, "/", nearest.c.k)
    earlier = periods.alias("earlier").c
    first = ~sa.exists().where(earlier.membership == p.membership, ~earlier.void, earlier.starts_on < p.starts_on)
    return (
        sa.select(p.membership, m.customer, m.plan, p.ends_on.label("period_ends_on"), key.label("key"))
        .add_columns(
            nearest.c.k.label("days_before"), sa.func.coalesce(m.auto_renew, plans.c.auto_renew).label("renews")
        )
        .join_from(periods, memberships, m.membership == p.membership)
        .join(plans, plans.c.plan == m.plan)
        .join(nearest, nearest.c.k.isnot(None))
        .where(~p.void, p.ends_on > as_of, p.ends_on <= as_of + _farthest())
        .where(m.status.in_(("active", "grace")), (p.starts_on <= as_of) | first)
        .where(~is_said("reminder", p.membership, key), scope.shard.holds(p.membership))
    )


def _farthest() -> sa.ColumnElement[Any]:
    """The most days before the end on which any plan reminds; 0 where none does."""
    k = sa.type_coerce(sa.func.unnest(plans.c.reminder_days), sa.Integer)
    all_days = sa.select(k.label("k")).subquery("all_days")
    return sa.select(sa.func.coalesce(sa.func.max(all_days.c.k), 0)).scalar_subquery()
