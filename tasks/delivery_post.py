"""Sending what is due by all channels at once, a batch while the next one is claimed, until nothing is due.

What a server refuses is tried again after a pause that grows, or is dead. A server that takes nothing at all stops its
channel, and one that does not want a company stops that company's: their messages go back as they were.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from models.errors import BrokenTemplate
from reports.company import Company
from reports.documents.document import CannotWrite
from reports.messages.message import Attachment, Message, Rendered
from tasks.channels.channel import Channel, NotOurs, Parcel, Refusing, Reply
from tasks.database import take_lock, transaction
from tasks.delivery_claims import Claimed, Opening, claim
from tasks.delivery_hours import kinds_now
from tasks.delivery_journal import Journal, Settled
from tasks.settings import settings

BATCH = 200
"""Messages that are claimed, and kept in memory, at once."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""After the first attempt, the second …; the last one again and again."""
MOST_ATTEMPTS = 20
"""That is for two days and a half."""
REFUSED_IN_A_ROW = 20
"""So many refusals without one success are no accident of recipients: the server refuses everything."""
UNWRITTEN = "unwritten"
_OURS = (UNWRITTEN, "bad_address")
"""Refusals that no server has said."""
log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
Due = tuple[Claimed, Message | None]


@dataclass(frozen=True)
class Writers:
    """Who turns a row of the outbox into what is read; called by one thread, one message after the other."""

    read: Callable[[sa.Connection, Sequence[int]], list[Message]]
    """Messages with their facts, in any order."""
    render: Callable[[Message, Company], Rendered]
    document: Callable[[Company, str, str, str, date], Attachment]
    """(company, kind, id, language, as_of) -> the PDF; as of the message's day, so that its bytes stay the same."""


def days_of(companies: Mapping[str, Company], now: datetime, today: date | None) -> dict[str, date]:
    """The day that each company's messages are judged by: `today`, or the day that it is now in its time zone."""
    return {name: today or now.astimezone(company.zone).date() for name, company in companies.items()}


def openings(
    companies: Mapping[str, Company], channels: Mapping[str, Channel], now: datetime, today: date | None = None
) -> list[Opening]:
    """What may go out now, urgent first: of companies that have what a channel needs, outside of their quiet hours.

    `today`: left out, the day that it is now, in each company's time zone.
    """
    days = days_of(companies, now, today)
    found = [
        (place, Opening(name, channel, kind, days[name]))
        for name, company in companies.items()
        for channel, way in channels.items()
        if not way.lacks(company)
        for place, kind in enumerate(kinds_now(company, channel, now, days[name]))
    ]
    return [opening for _, opening in sorted(found, key=lambda one: one[0])]


def settled(claimed: Claimed, reply: Reply, now: datetime) -> Settled:
    """What an attempt makes of a message: one that may be tried again is dead after the last try.

    What cannot be written waits for better templates, until it is not worth saying any more.
    """
    if reply.fate != "retry":
        return Settled(claimed.message_id, reply.fate, reply.said)
    if claimed.attempts + 1 >= MOST_ATTEMPTS and reply.said != UNWRITTEN:
        return Settled(claimed.message_id, "dead", reply.said)
    pause = max(PAUSES[min(claimed.attempts, len(PAUSES) - 1)], reply.after or timedelta(0))
    return Settled(claimed.message_id, "retry", reply.said, now + pause)


class Post:
    """One sender at work."""

    def __init__(
        self,
        sender: int,
        companies: Mapping[str, Company],
        channels: Mapping[str, Channel],
        writers: Writers,
        clock: Clock,
        *,
        today: date | None,
    ) -> None:
        self._today = today
        self._sender, self._companies, self._channels = sender, companies, channels
        self._writers, self._clock = writers, clock
        self._stopped: dict[tuple[str, str | None], str] = {}
        self._refused: Counter[str] = Counter()
        self._broken: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self.failed = self.without = 0

    @property
    def troubles(self) -> list[str]:
        """Why not everything that was due was tried, for people."""
        said = [f"{company}: {why}" if company else why for (_, company), why in self._stopped.items()]
        said += [f"{why} Messages that it kept from going out now: {count:,}" for why, count in self._broken.items()]
        failed = f"{self.failed} messages could not be written or sent, their numbers are in the log"
        return said + ([failed] if self.failed else [])

    @property
    def note(self) -> str:
        """What people should know although nothing has failed."""
        return f"Sent without a document that cannot be made, see the log: {self.without:,}." if self.without else ""

    def run(self) -> None:
        """Send until nothing is due."""
        try:
            asyncio.run(self._work())
        except BaseExceptionGroup as several:
            raise _first(several) from None

    async def _work(self) -> None:
        with ExitStack() as stack:
            # One thread each: a claim may wait long for the store's lock, what is known of messages must not.
            claims, journal, self._desk = (stack.enter_context(ThreadPoolExecutor(1)) for _ in range(3))
            self._journal = Journal(self._sender, journal)
            room = settings().smtp_connections
            self._room = {channel: asyncio.Semaphore(room) for channel in self._channels}
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._journal.keep())
                    await self._send_all(claims)
                    self._journal.close()
            finally:
                for channel in self._channels.values():
                    await channel.close()

    async def _send_all(self, claims: Executor) -> None:
        loop = asyncio.get_running_loop()
        batch = await loop.run_in_executor(claims, self._claim)
        while batch:
            following = loop.run_in_executor(claims, self._claim)
            async with asyncio.TaskGroup() as group:
                for due in batch:
                    group.create_task(self._send(*due))
            batch = await following

    def _claim(self) -> list[Due]:
        now, days = self._clock(), settings().message_days
        wide = [one for one in openings(self._companies, self._channels, now, self._today) if not self._is_stopped(one)]
        while True:
            with transaction() as connection:
                # What the steps decide must not change between the look at what is worth saying and the claim.
                take_lock(connection)
                claims = claim(connection, self._sender, wide, now, most=BATCH, longest_days=days)
            self.counts.update(suppressed=claims.suppressed, dead=claims.dead)
            if claims.claimed or not claims.suppressed + claims.dead:
                return self._read(claims.claimed)

    def _read(self, claimed: Sequence[Claimed]) -> list[Due]:
        if not claimed:
            return []
        with transaction() as connection:
            found = {one.message_id: one for one in self._writers.read(connection, [one.message_id for one in claimed])}
        return [(one, found.get(one.message_id)) for one in claimed]

    def _is_stopped(self, of: Claimed | Opening) -> bool:
        return bool({(of.channel, None), (of.channel, of.company)} & self._stopped.keys())

    async def _send(self, claimed: Claimed, message: Message | None) -> None:
        async with self._room[claimed.channel]:
            if self._is_stopped(claimed):
                return
            parcel = await self._written(claimed, message)
            reply = await self._try(claimed, parcel) if parcel else Reply("retry", UNWRITTEN)
        if reply is not None:
            self._settle(claimed, reply)

    async def _written(self, claimed: Claimed, message: Message | None) -> Parcel | None:
        try:
            if message is None:
                raise LookupError("the outbox does not know it")
            return await asyncio.get_running_loop().run_in_executor(self._desk, self._write, claimed, message)
        except Exception as error:
            self._failed(claimed, error)
            return None

    def _write(self, claimed: Claimed, message: Message) -> Parcel:
        company = self._companies[claimed.company]
        rendered = self._writers.render(message, company)
        documents = rendered.documents if claimed.channel == "email" else ()
        attached = tuple(self._attached(message, company, documents))
        return Parcel(message, company, claimed.to, claimed.first_claimed_at, rendered, attached)

    def _attached(
        self, message: Message, company: Company, documents: Sequence[tuple[str, str]]
    ) -> Iterator[Attachment]:
        """The documents that can be made; a letter that no font has must not keep the message from its customer."""
        for kind, id_ in documents:
            try:
                yield self._writers.document(company, kind, id_, message.language, message.on_date)
            except CannotWrite as wrong:
                # Its words name documents and code points, and nobody.
                log.warning("message %d goes out without its %s: %s", message.message_id, kind, wrong)
                self.without += 1

    async def _try(self, claimed: Claimed, parcel: Parcel) -> Reply | None:
        offered = False

        async def offer() -> None:
            nonlocal offered
            await self._journal.offer(claimed.message_id)
            offered = True

        try:
            return await self._channels[claimed.channel].send(parcel, offer)
        except Refusing as refusing:
            self._stopped[claimed.channel, refusing.company] = refusing.why
            self._journal.withdraw(claimed.message_id)
        except NotOurs:
            log.warning("message %d was taken by another sender", claimed.message_id)
        except SQLAlchemyError:
            raise
        except Exception as error:
            self._failed(claimed, error)
            return Reply("unknown" if offered else "retry", type(error).__name__)
        return None

    def _failed(self, claimed: Claimed, error: Exception) -> None:
        """What nobody has foreseen of one message must not stop the others. What the error says may name a customer."""
        if isinstance(error, BrokenTemplate):  # this one names a file and a line, and nobody
            self._broken[str(error)] += 1
        else:
            self.failed += 1
        log.warning("message %d could not be written or sent: %s", claimed.message_id, type(error).__name__)

    def _settle(self, claimed: Claimed, reply: Reply) -> None:
        made = settled(claimed, reply, self._clock())
        self._journal.settle(made)
        self.counts[made.fate] += 1
        channel, refused = claimed.channel, self._refused
        refused[channel] = 0 if reply.fate == "sent" else refused[channel] + (reply.said not in _OURS)
        if refused[channel] >= REFUSED_IN_A_ROW:
            self._stopped[channel, None] = f"{refused[channel]} messages by {channel} failed in a row ({reply.said})"


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first."""
    error = several.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
