"""What is a document? A name, its bytes; and before that a page: words and formatted facts for a template.

Everything on a page is a text that a `Voice` has written. Nothing here writes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Protocol

import sqlalchemy as sa

from models.errors import WrongUsage
from reports.company import safe_name
from reports.language.cleaning import seen
from reports.language.voice import Voice

_LONGEST_NAME = 100
_KEPT_OF_LONG = 60


@dataclass(frozen=True)
class Document:
    """A PDF with the name that it is stored under, below the folder of its company's documents."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Asked:
    """What a document is asked to know: the end of the business day `as_of`; a statement begins with `since`."""

    as_of: date
    since: date | None = None


class Facts(Protocol):
    """What the store knows for one document."""

    @property
    def language(self) -> str | None:
        """The customer's; None: the company's."""

    @property
    def stem(self) -> str:
        """Its file is called so: the id, and the days that tell it from others of the same id."""


@dataclass(frozen=True)
class Page:
    """What a template shows, all of it translated and formatted."""

    template: str
    title: str
    dated: date
    words: Mapping[str, str]
    body: Mapping[str, Any]
    also: Mapping[str, str] = field(default_factory=dict)
    """The same words in a language that the law wants beside the reader's."""


class CannotWrite(WrongUsage):
    """A document that was asked for cannot be made; the message says why and what to do."""


def unknown(what: str, id_: str, company: str, expected: str) -> CannotWrite:
    """The error for an id that the company's store does not hold."""
    return CannotWrite(f"{what} {id_} is not known of company {company}; expected {expected}.")


def rows(connection: sa.Connection, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> Sequence[dict[str, Any]]:
    """The rows of a query."""
    return [dict(row) for row in connection.execute(query).mappings()]


def printable(of: Any) -> Any:
    """The same facts, each text in them without what a page cannot show or must not obey."""
    if isinstance(of, str):
        return seen(of)
    if is_dataclass(of) and not isinstance(of, type):
        return replace(of, **{part.name: printable(getattr(of, part.name)) for part in fields(of)})
    if isinstance(of, Mapping):
        return {name: printable(part) for name, part in of.items()}
    return type(of)(map(printable, of)) if isinstance(of, (tuple, list)) else of


def in_calendars(day: date, voice: Voice) -> list[str]:
    """A day in the main calendar, and below it in the second where there is one."""
    return [voice.day(day, calendar) for calendar in voice.calendars]


def file_name(stem: str) -> str:
    """`safe_name`, cut where it would be too long."""
    said = safe_name(stem)
    if len(said.encode()) <= _LONGEST_NAME:
        return said
    cut = said.encode()[:_KEPT_OF_LONG].decode(errors="ignore")
    return f"{cut}-{sha256(stem.encode()).hexdigest()[:16]}"
