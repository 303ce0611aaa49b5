"""What a channel is: it takes one written message, tells when its content is about to leave, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, Protocol

from reports.company import Company
from reports.messages.message import Attachment, Message, Rendered

Fate = Literal["sent", "retry", "dead", "unknown"]
Offer = Callable[[], Awaitable[None]]
"""To be awaited before the first byte of the content goes out; raises NotOurs where it must not go out any more."""


@dataclass(frozen=True)
class Parcel:
    """A message as it goes out."""

    message: Message
    company: Company
    to: str
    """The address or number, as the customer's file has it."""
    dated: datetime
    """When it was first claimed: the same at each attempt."""
    rendered: Rendered
    attachments: tuple[Attachment, ...] = ()

    @property
    def reference(self) -> str:
        """Its name for servers: the same at each attempt, of no other message, and without anything about a person."""
        said = self.message
        return reference(said.company, said.kind, said.subject, said.key)


def reference(company: str, kind: str, subject: str, key: str) -> str:
    """A name made of what makes a message one; the part of its Message-ID before the @."""
    return sha256("\x1f".join((company, kind, subject, key)).encode()).hexdigest()[:40]


@dataclass(frozen=True)
class Reply:
    """What came of an attempt."""

    fate: Fate
    said: str
    """The server's code, or a word of ours; nothing about a person."""
    after: timedelta | None = None
    """How long the server asks to be left alone."""


class Refusing(Exception):
    """The server takes nothing at all, or nothing of one company: an attempt at the next message would be wasted."""

    def __init__(self, why: str, company: str | None = None) -> None:
        super().__init__(why)
        self.why, self.company = why, company


class NotOurs(Exception):
    """The message was taken from this sender, who was believed to be gone: it must not be sent by it."""


class Channel(Protocol):
    """A way to customers. Bounded: at most so many messages are on their way at once."""

    def lacks(self, company: Company) -> str:
        """What a company would have to say before it can send by this channel; nothing where it can."""

    async def send(self, parcel: Parcel, offer: Offer) -> Reply:
        """Try once. Raises Refusing where nothing of it has gone out, and no other message can go out now."""

    async def close(self) -> None:
        """Say goodbye to the server."""


def fate_of(code: int) -> Fate:
    """What a refusal by SMTP means: 4xx is for now, 5xx for good (RFC 5321)."""
    return "retry" if code < 500 else "dead"
