"""Which messages are due, who sends them, and what becomes of those whose sender is gone?

A sender is a session that holds an advisory lock of a number drawn at random. Its claims are committed, with that
number, before the first byte goes out. Repeating a claim is safe because a row is claimed under its lock, by its
status.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invariants.messages import is_held
from models.messages import deliveries, messages
from models.rules.delivery import why_suppressed

_INSTANT = sa.DateTime(timezone=True)
NOBODY = 0
"""The sender of a rehearsal, which is rolled back."""


@dataclass(frozen=True)
class Opening:
    """Messages of a kind that a company may send by a channel now; `today` by its own calendar."""

    company: str
    channel: str
    kind: str
    today: date


@dataclass(frozen=True)
class Claimed:
    """A message that this sender, and nobody else, has to deliver."""

    message_id: int
    company: str
    channel: str
    to: str
    attempts: int
    first_claimed_at: datetime


@dataclass(frozen=True)
class Claims:
    """What came of one claim."""

    claimed: tuple[Claimed, ...]
    suppressed: int
    dead: int


@contextmanager
def sender(connection: sa.Connection) -> Iterator[int]:
    """Be a sender as long as `connection` lives; what is left of its claims at the end goes back."""
    # Above all numbers of one word, so that it is no lock of anybody else.
    number = secrets.randbits(61) | 1 << 61
    connection.execute(sa.select(sa.func.pg_advisory_lock(number)))
    try:
        yield number
    finally:
        take_back(connection, messages.c.sender == number)
        connection.execute(sa.select(sa.func.pg_advisory_unlock(number)))


def take_back_abandoned(connection: sa.Connection) -> int:
    """Decide on what senders that are gone have left; returns how many are unknown now."""
    return take_back(connection, ~is_held(messages.c.sender))


def take_back(connection: sa.Connection, which: sa.ColumnElement[bool]) -> int:
    """What provably has not gone out waits again, what may have is unknown; returns how many of these."""
    m, d = messages.c, deliveries.c
    left = (m.status == "sending") & which
    released = {"status": "queued", "sender": None, "claimed_at": None}
    connection.execute(sa.update(messages).where(left, m.offered_at.is_(None)).values(released))
    lost = {"status": "unknown", "why": "sender_lost", "attempts": m.attempts + 1}
    columns = (m.message_id, m.attempts, m.channel, m.offered_at)
    gone = sa.update(messages).where(left, m.offered_at.isnot(None)).values(lost).returning(*columns).cte("gone")
    told = (sa.func.clock_timestamp(), sa.literal("unknown"), sa.literal("sender_lost"))
    rows = sa.select(gone.c.message_id, gone.c.attempts, gone.c.channel, gone.c.offered_at, *told)
    into = (d.message_id, d.attempt, d.channel, d.started_at, d.finished_at, d.outcome, d.reply)
    return connection.execute(sa.insert(deliveries).from_select([column.name for column in into], rows)).rowcount


def claim(
    connection: sa.Connection,
    by: int,
    openings: Sequence[Opening],
    now: datetime,
    *,
    most: int,
    longest_days: int,
) -> Claims:
    """Claim up to `most` due messages of these openings, in their order; suppress those that are due and stale."""
    if not openings:
        return Claims((), 0, 0)
    due = _due(openings, now, most)
    judged = _judged(due, longest_days).cte("judged")
    m, why = messages.c, judged.c.why
    claimed = why.is_(None)
    values = {
        "status": sa.case((claimed, "sending"), (why == _NO_ADDRESS, "dead"), else_="suppressed"),
        "why": why,
        "next_attempt_at": sa.null(),
        "sender": sa.case((claimed, sa.literal(by, sa.BigInteger))),
        "claimed_at": sa.case((claimed, sa.func.clock_timestamp())),
        "first_claimed_at": sa.case(
            (claimed, sa.func.coalesce(m.first_claimed_at, sa.literal(now, _INSTANT))), else_=m.first_claimed_at
        ),
    }
    still = m.status.in_(("queued", "retry"))
    taken = sa.update(messages).where(m.message_id == judged.c.message_id, still).values(values)
    columns = (m.message_id, m.company, m.channel, judged.c.to, m.attempts, m.first_claimed_at)
    rows = connection.execute(taken.returning(m.status, judged.c.place, *columns)).all()
    mine = sorted((row for row in rows if row.status == "sending"), key=lambda row: row.place)
    return Claims(
        tuple(Claimed(*row[2:]) for row in mine),
        sum(row.status == "suppressed" for row in rows),
        sum(row.status == "dead" for row in rows),
    )


_NO_ADDRESS = "no_address"


def _due(openings: Sequence[Opening], now: datetime, most: int) -> sa.CTE:
    """message_id, today, place: what waits for its first attempt, opening by opening, and what is to be tried again.

    The lateral subquery is one index probe an opening: what waits for another hour, or for a channel, is not read.
    """
    m = messages.c
    wide = _openings(openings)
    here = _is_of(wide)
    waiting = (
        sa.select(m.message_id)
        .where(m.status == "queued", here)
        .order_by(m.message_id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .lateral("waiting")
    )
    first = sa.select(waiting.c.message_id, wide.c.today).select_from(wide.join(waiting, sa.true())).limit(most)
    again = (
        sa.select(m.message_id, wide.c.today)
        .join_from(messages, wide, here)
        .where(m.status == "retry", m.next_attempt_at <= now)
        .order_by(m.next_attempt_at)
        .limit(most)
        .with_for_update(of=messages, skip_locked=True)
    )
    both = sa.union_all(sa.select(first.subquery("first")), sa.select(again.subquery("again"))).subquery("both")
    place = sa.func.row_number().over().label("place")
    return sa.select(both.c.message_id, both.c.today, place).limit(most).cte("due")


def _is_of(wide: sa.TableValuedAlias) -> sa.ColumnElement[bool]:
    """Whether a message is one of an opening's."""
    m = messages.c
    return (m.company == wide.c.company) & (m.channel == wide.c.channel) & (m.kind == wide.c.kind)


def _openings(openings: Sequence[Opening]) -> sa.TableValuedAlias:
    """The openings as a table, however many, for one and the same statement."""
    columns: tuple[tuple[str, Any], ...] = (
        ("company", sa.Text(collation="C")),
        ("channel", sa.Text()),
        ("kind", sa.Text()),
        ("today", sa.Date()),
    )
    arrays = (sa.cast([getattr(one, name) for one in openings], sa.ARRAY(type_)) for name, type_ in columns)
    return (
        sa.func.unnest(*arrays)
        .table_valued(*(sa.column(name, type_) for name, type_ in columns))
        .render_derived(name="openings")
    )


def _judged(due: sa.CTE, longest_days: int) -> sa.Select[Any]:
    """Each of `due` with the customer's address on its channel, and why it is not to be sent, if it is not."""
    m, c = messages.c, customers.c
    to = sa.case((m.channel == "email", c.email), (m.channel == "whatsapp", c.whatsapp), (m.channel == "sms", c.phone))
    why = sa.func.coalesce(why_suppressed(due.c.today, longest_days), sa.case((to.is_(None), _NO_ADDRESS)))
    return (
        sa.select(due.c.message_id, due.c.place, to.label("to"), why.label("why"))
        .join_from(due, messages, m.message_id == due.c.message_id)
        .join(customers, c.customer == m.customer)
    )


def waiting_messages(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """How many messages wait for their first attempt, by company and channel."""
    m = messages.c
    query = sa.select(m.company, m.channel, sa.func.count()).where(m.status == "queued").group_by(m.company, m.channel)
    return {(company, channel): count for company, channel, count in connection.execute(query)}


def postponed_messages(connection: sa.Connection) -> dict[tuple[str, str], tuple[int, datetime]]:
    """How many have failed and are tried again, and when the first of them is, by company and channel."""
    m = messages.c
    count, first = sa.func.count(), sa.func.min(m.next_attempt_at)
    query = sa.select(m.company, m.channel, count, first).where(m.status == "retry").group_by(m.company, m.channel)
    return {(company, channel): (count, first) for company, channel, count, first in connection.execute(query)}


def suppress_letters(connection: sa.Connection, openings: Sequence[Opening], longest_days: int) -> int:
    """Let the letters that wait for paper be that are not worth saying any more; returns how many."""
    m, wide = messages.c, _openings(openings)
    here = _is_of(wide)
    waiting = sa.select(m.message_id, wide.c.today, sa.literal(0).label("place")).join_from(messages, wide, here)
    judged = _judged(waiting.where(m.status == "queued").cte("waiting"), longest_days).cte("judged")
    stale = (m.message_id == judged.c.message_id) & (judged.c.why != _NO_ADDRESS) & (m.status == "queued")
    values = {"status": "suppressed", "why": judged.c.why}
    return connection.execute(sa.update(messages).where(stale).values(values)).rowcount
