"""What is about to go out, and what came of it: committed for all connections at once before any of them goes on.

Whoever is about to hand over a message waits until that is on record; whatever was settled or offered in the meantime
goes into the same commit. So a kill leaves at most one message a connection of which nobody knows, at the price of a
commit for several messages. Repeating is safe because only what is claimed by this sender is changed.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from models.messages import deliveries, messages
from tasks.channels.channel import Fate, NotOurs
from tasks.database import transaction


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
        try:
            while not self._closing or self._news.is_set():
                await self._news.wait()
                self._news.clear()
                await self._turn_page()
        finally:
            # What is known stays known, also where all the rest has failed.
            self._page.offers.clear()
            await self._turn_page()

    async def _turn_page(self) -> None:
        page, self._page = self._page, _Page()
        if page.offers or page.settled or page.withdrawn:
            committing = asyncio.get_running_loop().run_in_executor(self._executor, self._commit, page)
            # Whoever is cancelled in the meantime must not take the page along: nobody else has it any more.
            ours = await asyncio.shield(committing)
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
    return set(connection.execute(_OFFERED, {"by": sender, "ids": message_ids}).scalars())


def _put_back(connection: sa.Connection, sender: int, message_ids: list[int]) -> None:
    connection.execute(_WITHDRAWN, {"by": sender, "ids": message_ids})


def record(connection: sa.Connection, sender: int, settled: list[Settled]) -> None:
    """One attempt each, and what the message is now; what another took for lost is known after all."""
    values = {f"all_{name}": [getattr(one, name) for one in settled] for name in _COLUMNS}
    connection.execute(_ATTEMPTED, {"by": sender} | values)
    connection.execute(_RECORDED, {"by": sender} | values)


# Built once: a statement of several mails takes longer to build than to run.
_COLUMNS: dict[str, Any] = {
    "message_id": sa.BigInteger(),
    "fate": sa.Text(),
    "said": sa.Text(),
    "next_attempt_at": sa.DateTime(timezone=True),
}
_m, _d = messages.c, deliveries.c
_BY = sa.bindparam("by", type_=sa.BigInteger)
_IDS = sa.cast(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)), sa.ARRAY(sa.BigInteger))
_CLAIMED = (_m.sender == _BY) & (_m.status == "sending") & (_m.message_id == sa.func.any(_IDS))
_OFFERED = sa.update(messages).where(_CLAIMED).values(offered_at=sa.func.clock_timestamp()).returning(_m.message_id)
_WITHDRAWN = sa.update(messages).where(_CLAIMED).values(status="queued", sender=None, claimed_at=None, offered_at=None)


def _settled_rows() -> sa.TableValuedAlias:
    """What was settled as a table, however many."""
    arrays = (
        sa.cast(sa.bindparam(f"all_{name}", type_=sa.ARRAY(type_)), sa.ARRAY(type_)) for name, type_ in _COLUMNS.items()
    )
    named = (sa.column(name, type_) for name, type_ in _COLUMNS.items())
    return sa.func.unnest(*arrays).table_valued(*named).render_derived(name="settled")


_s = _settled_rows().c
_OURS = (_m.message_id == _s.message_id) & (_m.sender == _BY) & _m.status.in_(("sending", "unknown"))
_TOLD = {
    _d.message_id: _m.message_id,
    _d.attempt: _m.attempts + 1,
    _d.channel: _m.channel,
    _d.started_at: sa.func.coalesce(_m.offered_at, _m.claimed_at),
    _d.finished_at: sa.func.clock_timestamp(),
    _d.outcome: _s.fate,
    _d.reply: _s.said,
}
_ATTEMPTED = sa.insert(deliveries).from_select(
    [column.name for column in _TOLD], sa.select(*_TOLD.values()).where(_OURS)
)
_RECORDED = (
    sa.update(messages)
    .where(_OURS)
    .values(
        status=_s.fate,
        why=sa.case((_s.fate != "sent", _s.said)),
        attempts=_m.attempts + 1,
        next_attempt_at=_s.next_attempt_at,
        sent_at=sa.case((_s.fate == "sent", sa.func.clock_timestamp())),
        **{name: sa.case((_s.fate == "unknown", _m[name])) for name in ("sender", "claimed_at", "offered_at")},
    )
)
