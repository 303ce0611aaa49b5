"""Letters: what is to be printed for customers who left neither e-mail nor telephone. Reads the outbox only."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

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
        sa.select(m.kind, m.language, m.subject, m.key)
        .join_from(messages, customers, customers.c.customer == m.customer)
        .where(m.channel == "letter", m.status == "queued", m.kind.in_(DOCUMENT_OF))
        .where(customers.c.company == company, m.on_date.between(since, until))
        .where(why_suppressed(sa.literal(until, sa.Date), (until - since).days + 1).is_(None))
        .order_by(m.kind, m.language, m.subject, m.key)
    )
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows(connection, query):
        kind = DOCUMENT_OF[row["kind"]]
        id_ = f"{row['subject']}/{row['key']}" if kind == "dunning" else row["subject"]
        found[kind, row["language"]].append(id_)
    return found
