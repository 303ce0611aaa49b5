"""A message of the outbox with what is needed to write it, and what comes of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Message:
    """One row of the outbox with its customer, and the facts that its templates speak of."""

    message_id: int
    company: str
    kind: str
    subject: str
    """What it is about: an invoice, a membership …"""
    key: str
    customer: str
    name: str
    """Of the customer."""
    language: str
    on_date: date
    facts: Mapping[str, Any]
    """As the event wrote them, with what templates need besides; money as Decimal in major units, dates as dates."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Rendered:
    """A message as it will be read."""

    subject: str
    text: str
    html: str
    short: str
    """The whole of it in a sentence or two, for WhatsApp and SMS."""
    documents: tuple[tuple[str, str], ...] = ()
    """(kind, id) of the documents that go with it, such as ("invoice", "HMA-2028-000001")."""
