"""Documents of the two companies of `busy_club`."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from reports.company import Company
from reports.documents.documents import Draft, drafts, write
from tasks.company_folders import companies_of_store
from tests.reports.documents.reading import printed

IDS = {
    "invoice": "SPA-2028-000001",
    "credit_note": "CLUB-2028-000004",
    "receipt": "p1",
    "statement": "s6",
    "statement_summary": "s6",
    "dunning": "s5/2028-03-01",
    "card": "paid",
}
"""One document of each kind."""
OF_CLUB = ("credit_note", "receipt", "card")


def company(connection: sa.Connection, name: str = "club", **other: object) -> Company:
    """A company of the store, with other features where a test wants them."""
    (found,) = (known for known in companies_of_store(connection) if known.company == name)
    return replace(found, **other)  # type: ignore[arg-type]


def draft(connection: sa.Connection, kind: str, **other: object) -> Draft:
    of = company(connection, "club" if kind in OF_CLUB else "spa", **other)
    (made,) = drafts(connection, of, kind, [IDS[kind]])
    return made


def text_of(connection: sa.Connection, kind: str, id_: str, of: Company | None = None, **asked: object) -> str:
    """What is printed on a document of the club."""
    return printed(write(connection, of or company(connection), kind, id_, **asked).content)  # type: ignore[arg-type]
