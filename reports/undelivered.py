"""Which messages have not reached their customers, and why? In counts, and those that wait for a person one by one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.messages import messages, undelivered

undecided = messages.c.decided_at.is_(None) | (messages.c.decided_at < messages.c.claimed_at)
"""Nobody has decided on it since it was last on its way."""


def undelivered_messages(connection: sa.Connection) -> list[dict[str, Any]]:
    """One row a status, channel and reason, with how many there are and the oldest business date; not what was sent."""
    m = messages.c
    settled = (m.status == "unknown") & ~undecided
    rows = (
        sa.select(m.status, m.channel, sa.func.coalesce(m.why, "").label("why"))
        .add_columns(sa.func.count().label("count"), sa.func.min(m.on_date).label("since"))
        .where(undelivered | (m.status == "queued"), ~settled)
        .group_by(m.status, m.channel, m.why)
        .order_by(m.status, m.channel, m.why)
    )
    return [dict(row._mapping) for row in connection.execute(rows)]


def messages_to_decide(connection: sa.Connection, limit: int | None = None) -> list[dict[str, Any]]:
    """The dead and the unknown, the oldest first: one row a message, with what finds it in the log of a mail server."""
    m = messages.c
    rows = sa.select(
        m.message_id, m.company, m.kind, m.subject, m.key, m.customer, m.channel, m.status, m.why, m.on_date
    )
    wait = (m.status == "dead") | ((m.status == "unknown") & undecided)
    return [dict(row._mapping) for row in connection.execute(rows.where(wait).order_by(m.message_id).limit(limit))]
