"""Messages that must never be: said twice, or left with a sender that is gone (L1.6, L1.7)."""

from __future__ import annotations

import sqlalchemy as sa

from models.invariants.invariant import AS_OF, Query, found
from models.messages import deliveries, messages
from models.operations import runs, steps

DELIVERY = "delivery"
"""The step that delivers."""
LONGEST_BATCH = sa.text("interval '1 hour'")
"""A sender that lives has settled what it claims long before: a batch is small, and each wait for a server bounded."""


def messages_sent_twice() -> Query:
    """L1.7: no message has been accepted twice, unless a person asked for that."""
    m, d = messages.c, deliveries.c
    sent = sa.select(d.message_id, sa.func.count().label("times")).where(d.outcome == "sent").group_by(d.message_id)
    twice = sent.having(sa.func.count() > 1).subquery("twice")
    return (
        found(m.subject, "message ", m.message_id, " was accepted ", twice.c.times, " times")
        .join_from(twice, messages, m.message_id == twice.c.message_id)
        .where(m.decided_at.is_(None))
    )


def sent_unlike_deliveries() -> Query:
    """L1.6: what is sent was accepted by a server, or a person has seen that it arrived; what is not sent, was not."""
    m, d = messages.c, deliveries.c
    accepted = sa.exists().where(d.message_id == m.message_id, d.outcome == "sent")
    confirmed = m.decided_at.isnot(None)
    unproved = (m.status == "sent") & ~accepted & ~confirmed
    unsaid = (
        (m.status != "sent")
        & m.decided_at.is_(None)
        & m.message_id.in_(sa.select(d.message_id).where(d.outcome == "sent"))
    )
    return found(m.subject, "message ", m.message_id, " is ", m.status, " unlike its deliveries").where(
        unproved | unsaid
    )


def messages_left_sending() -> Query:
    """L1.6: what a sender that is gone had claimed is decided by the next delivery."""
    m = messages.c
    began = (
        sa.select(sa.func.max(steps.c.started_at))
        .join_from(steps, runs, runs.c.run_id == steps.c.run_id)
        .where(steps.c.step == DELIVERY, runs.c.as_of <= AS_OF)
        .scalar_subquery()
    )
    return found(m.subject, "message ", m.message_id, " was left by its sender at ", m.claimed_at).where(
        m.status == "sending", m.claimed_at + LONGEST_BATCH < began, ~is_held(m.sender)
    )


def is_held(sender: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a session of this very database holds the advisory lock of that number: whether the sender lives."""
    return sender.in_(sa.select(_HELD.c.sender))


_HELD = (
    sa.text(
        "SELECT (classid::bigint << 32) | objid::bigint AS sender FROM pg_locks"
        " WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND mode = 'ExclusiveLock'"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    .columns(sa.column("sender", sa.BigInteger))
    .subquery("held")
)
