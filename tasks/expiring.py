"""What is about to expire (L7.4): whose credits and points end within the next days, and have they been told?

Writes messages. Repeating it is safe because each has a key: customer, credit type, the day on which it expires.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from models.lots import lots
from models.rules.lots import POINTS, usable
from tasks.outbox import is_said, queue_messages
from tasks.settings import settings
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope, Step


def warn(connection: sa.Connection, scope: Scope) -> Outcome:
    """Tell each customer once of what expires on a day; not of what a freeze holds, which does not expire."""
    days = settings().expiry_notice_days
    ending = stage(connection, "expiring_lots", ending_lots(scope, days)) if days else None
    if ending is None or not ending.rows:
        return Outcome({"credits_expiring": 0, "points_expiring": 0})
    points = ending.c.credit_type == POINTS
    return Outcome(
        {
            "credits_expiring": _tell(connection, scope, ending, "credits_expiring", ~points),
            "points_expiring": _tell(connection, scope, ending, "points_expiring", points),
        }
    )


STEP = Step("expiry_notices", "reminders", warn, shard_by="customer")


def ending_lots(scope: Scope, days: int) -> sa.Select[Any]:
    """What is left of a customer's usable lots of a credit type that expire on one of the next `days` days.

    Lots that live no longer than that are left out: who is given credits for a week knows that they last for a week.
    """
    lot, as_of = lots.c, scope.as_of
    until = as_of + timedelta(days=days)
    return (
        sa.select(lot.customer, lot.credit_type, lot.expires_on, sa.func.sum(lot.remaining).label("quantity"))
        .where(lot.expires_on > as_of, lot.expires_on <= until, usable(as_of))
        .where(lot.expires_on - lot.starts_on > days, scope.shard.holds(lot.customer))
        .group_by(lot.customer, lot.credit_type, lot.expires_on)
    )


def _tell(connection: sa.Connection, scope: Scope, ending: Staged, kind: str, where: sa.ColumnElement[bool]) -> int:
    """Quantities as texts, which JSON keeps exact."""
    e = ending.c
    key = sa.func.concat(e.credit_type, "/", e.expires_on)
    unsaid = sa.select(ending, key.label("key")).where(where, ~is_said(kind, e.customer, key)).subquery("unsaid")
    u = unsaid.c
    facts = {"credit_type": u.credit_type, "quantity": sa.cast(u.quantity, sa.Text), "expires_on": u.expires_on}
    return queue_messages(connection, scope, unsaid, kind, u.customer, key=u.key, **facts)
