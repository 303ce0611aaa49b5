"""What is about to go out, and what came of it: committed for all connections at once before any of them goes on.

Whoever is about to hand over a message waits until that is on record; whatever was settled or offered in the meantime
goes into the same commit. So a kill leaves at most one message a connection of which nobody knows, at the price of a
commit for several messages. Repeating is safe because only what is claimed by this sender is changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.messages import deliveries, messages
from tasks.channels.channel import Fate, NotOurs
from tasks.database import transaction

_INSTANT = sa.DateTime(timezone=True)


@dataclass(frozen=True)
class Settled:
    """What came of a message."""

    message_id: int
    fate: Fate
    said: str
    next_attempt_at: datetime | None = None


@dataclass
class _Page:
    """What is to be committed together."""

    offers: dict[int, asyncio.Future[None]] = field(default_factory=dict)
    settled: list[Settled] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)


class Journal:
    """The journal of one sender; `keep` has to run beside those who write in it."""

    def __init__(self, sender: int, executor: Executor) -> None:
        self._sender, self._executor = sender, executor
        self._page, self._news, self._closing = _Page(), asyncio.Event(), False

    async def offer(self, message_id: int) -> None:
        """Return when it is on record that this message may go out; raises NotOurs where another has it."""
        recorded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._page.offers[message_id] = recorded
        self._news.set()
        await recorded

    def settle(self, settled: Settled) -> None:
        """Have on record, with the next commit, what came of a message."""
        self._page.settled.append(settled)
        self._news.set()

    def withdraw(self, message_id: int) -> None:
        """Have on record that nothing of a message has gone out, and that it waits again."""
        self._page.withdrawn.append(message_id)
        self._news.set()

    def close(self) -> None:
        """Let `keep` end when all is on record."""
        self._closing = True
        self._news.set()

    async def keep(self) -> None:
        """Commit what is written, as often as there is anything."""
        loop = asyncio.get_running_loop()
        while not self._closing or self._news.is_set():
            await self._news.wait()
            self._news.clear()
            page, self._page = self._page, _Page()
            if page.offers or page.settled or page.withdrawn:
                ours = await loop.run_in_executor(self._executor, self._commit, page)
                _answer(page, ours)

    def _commit(self, page: _Page) -> set[int]:
        with transaction() as connection:
            if page.settled:
                record(connection, self._sender, page.settled)
            if page.withdrawn:
                _put_back(connection, self._sender, page.withdrawn)
            return _offer(connection, self._sender, list(page.offers)) if page.offers else set()


def _answer(page: _Page, ours: set[int]) -> None:
    for message_id, recorded in page.offers.items():
        if recorded.done():
            continue  # who asked has been stopped
        if message_id in ours:
            recorded.set_result(None)
        else:
            recorded.set_exception(NotOurs())


def _offer(connection: sa.Connection, sender: int, message_ids: list[int]) -> set[int]:
    m = messages.c
    ours = (m.sender == sender) & (m.status == "sending") & (m.message_id == sa.func.any(_ids(message_ids)))
    offered = sa.update(messages).where(ours).values(offered_at=sa.func.clock_timestamp())
    return set(connection.execute(offered.returning(m.message_id)).scalars())


def _put_back(connection: sa.Connection, sender: int, message_ids: list[int]) -> None:
    m = messages.c
    ours = (m.sender == sender) & (m.status == "sending") & (m.message_id == sa.func.any(_ids(message_ids)))
    released = {"status": "queued", "sender": None, "claimed_at": None, "offered_at": None}
    connection.execute(sa.update(messages).where(ours).values(released))


def record(connection: sa.Connection, sender: int, settled: list[Settled]) -> None:
    """One attempt each, and what the message is now; what another took for lost is known after all."""
    s, m, d = _rows(settled), messages.c, deliveries.c
    ours = (m.message_id == s.c.message_id) & (m.sender == sender) & m.status.in_(("sending", "unknown"))
    began = sa.func.coalesce(m.offered_at, m.claimed_at)
    told = (m.message_id, m.attempts + 1, m.channel, began, sa.func.clock_timestamp(), s.c.fate, s.c.said)
    into = (d.message_id, d.attempt, d.channel, d.started_at, d.finished_at, d.outcome, d.reply)
    attempts = sa.select(*told).join_from(messages, s, ours)
    connection.execute(sa.insert(deliveries).from_select([column.name for column in into], attempts))
    unknown, sent = s.c.fate == "unknown", s.c.fate == "sent"
    values = {
        "status": s.c.fate,
        "why": sa.case((~sent, s.c.said)),
        "attempts": m.attempts + 1,
        "next_attempt_at": s.c.next_attempt_at,
        "sent_at": sa.case((sent, sa.func.clock_timestamp())),
        **{name: sa.case((unknown, m[name])) for name in ("sender", "claimed_at", "offered_at")},
    }
    connection.execute(sa.update(messages).where(ours).values(values))


def _rows(settled: list[Settled]) -> sa.TableValuedAlias:
    """What was settled as a table, however many, for one and the same statement."""
    columns: tuple[tuple[str, Any, Callable[[Settled], Any]], ...] = (
        ("message_id", sa.BigInteger(), lambda one: one.message_id),
        ("fate", sa.Text(), lambda one: one.fate),
        ("said", sa.Text(), lambda one: one.said),
        ("next_attempt_at", _INSTANT, lambda one: one.next_attempt_at),
    )
    arrays = (sa.cast([value(one) for one in settled], sa.ARRAY(type_)) for _, type_, value in columns)
    named = (sa.column(name, type_) for name, type_, _ in columns)
    return sa.func.unnest(*arrays).table_valued(*named).render_derived(name="settled")


def _ids(message_ids: list[int]) -> sa.ColumnElement[Any]:
    return sa.cast(message_ids, sa.ARRAY(sa.BigInteger))
