"""Letters: what is to be printed for customers who left neither e-mail nor telephone. Reads the outbox only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.messages import messages
from models.rules.delivery import why_suppressed
from reports.documents.document import rows

DOCUMENT_OF = {"invoice_issued": "invoice", "payment_received": "receipt", "dunning": "dunning"}
"""Kind of a message -> of the document that says the same. Other messages have none."""


def letters_to_print(
    connection: sa.Connection, company: str, since: date, until: date
) -> dict[tuple[str, str], list[str]]:
    """(kind of document, language) -> ids, of the letters queued from `since` to the end of `until`, worth saying."""
    m = messages.c
    query = (
        _waiting(until, (until - since).days + 1)
        .where(m.kind.in_(DOCUMENT_OF), customers.c.company == company, m.on_date.between(since, until))
        .order_by(m.kind, m.language, m.subject, m.key)
    )
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows(connection, query):
        kind = DOCUMENT_OF[row["kind"]]
        id_ = f"{row['subject']}/{row['key']}" if kind == "dunning" else row["subject"]
        found[kind, row["language"]].append(id_)
    return found


def letters_waiting(connection: sa.Connection, today: date, longest_days: int) -> Sequence[dict[str, Any]]:
    """The letters that wait for paper and are still worth saying, of all kinds, the oldest first: a row a message."""
    return rows(connection, _waiting(today, longest_days).order_by(messages.c.on_date, messages.c.message_id))


def _waiting(today: date, longest_days: int) -> sa.Select[Any]:
    m = messages.c
    return (
        sa.select(m.message_id, m.on_date, m.company, m.kind, m.subject, m.key, m.customer, m.language)
        .join_from(messages, customers, customers.c.customer == m.customer)
        .where(m.channel == "letter", m.status == "queued")
        .where(why_suppressed(sa.literal(today, sa.Date), longest_days).is_(None))
    )
