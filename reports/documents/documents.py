"""The documents: which kinds there are, and how one is written, or many with a bounded number of queries.

    write(connection, company, "invoice", "HMA-2028-000001")  ->  Document("invoices/HMA-2028-000001.pdf", b"%PDF…")

A document is a pure function of the store, of the day asked for and of the company's folder: the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invoices import invoices
from models.memberships import memberships
from models.payments import payments
from models.rules.months import calendar_of
from models.views import business_date
from reports.company import Company
from reports.documents import typesetting
from reports.documents.cards import card_page, cards_of
from reports.documents.document import Asked, CannotWrite, Document, Facts, Page, file_name, printable, unknown
from reports.documents.dunning import letter_page, letters_of
from reports.documents.invoice_page import invoice_page
from reports.documents.invoices import invoices_of
from reports.documents.receipts import receipt_page, receipts_of
from reports.documents.statement_page import statement_page, summary_page
from reports.documents.statements import statements_of
from reports.language.calendars import IN_CALENDAR
from reports.language.voice import Voice

_AT_ONCE = 500
"""Documents whose facts are read together: so many are in memory at a time."""


@dataclass(frozen=True)
class Kind:
    """A kind of document: where its files lie, who reads its facts, who lays out its page."""

    name: str
    folder: str
    expected: str
    """What an id of it is; for errors."""
    customer_of: sa.Select[Any]
    """id, customer: of everything that such a document may be asked of."""
    read: Callable[[sa.Connection, Company, Sequence[str], Asked], Mapping[str, Any]]
    page: Callable[[Any, Company, Voice], Page]
    suffix: str = ""


def _invoices(credit_notes: bool) -> Callable[[sa.Connection, Company, Sequence[str], Asked], Mapping[str, Any]]:
    def read(connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked) -> Mapping[str, Any]:
        found = invoices_of(connection, company, ids, asked)
        return {id_: invoice for id_, invoice in found.items() if invoice.is_credit_note == credit_notes}

    return read


_INVOICES = sa.select(invoices.c.invoice.label("id"), invoices.c.customer)
_PAYMENTS = sa.select(payments.c.payment.label("id"), payments.c.customer)
_CUSTOMERS = sa.select(customers.c.customer.label("id"), customers.c.customer)
_MEMBERSHIPS = sa.select(memberships.c.membership.label("id"), memberships.c.customer)
_OF_INVOICE = "the number of an invoice issued by the day asked for; credit notes are of kind credit_note"
_OF_NOTE = "the number of a credit note issued by the day asked for"
_OF_PAYMENT = "the id of a payment that a business day up to the day asked for has taken in"
_OF_CUSTOMER = "the id of a loaded customer"
_OF_DUNNING = "CUSTOMER/YYYY-MM-DD of a day up to the day asked for on which a dunning message was written"
_OF_MEMBERSHIP = "the id of a loaded membership"
KINDS = {
    kind.name: kind
    for kind in (
        Kind("invoice", "invoices", _OF_INVOICE, _INVOICES, _invoices(False), invoice_page),
        Kind("credit_note", "credit-notes", _OF_NOTE, _INVOICES, _invoices(True), invoice_page),
        Kind("receipt", "receipts", _OF_PAYMENT, _PAYMENTS, receipts_of, receipt_page),
        Kind("statement", "statements", _OF_CUSTOMER, _CUSTOMERS, statements_of, statement_page),
        Kind("statement_summary", "statements", _OF_CUSTOMER, _CUSTOMERS, statements_of, summary_page, "-summary"),
        Kind("dunning", "dunning", _OF_DUNNING, _CUSTOMERS, letters_of, letter_page),
        Kind("card", "cards", _OF_MEMBERSHIP, _MEMBERSHIPS, cards_of, card_page),
    )
}


@dataclass(frozen=True)
class Draft:
    """A document whose facts have been read; typesetting it needs no store."""

    kind: Kind
    id: str
    company: Company
    facts: Facts
    language: str | None
    """None: the reader's own."""

    def document(self) -> Document:
        """The PDF. Raises CannotWrite for a character that no font has."""
        page, voice = self.laid_out()
        content = typesetting.pdf(page, self.company, voice, f"{self.kind.name} {self.id}")
        return Document(self.name, content)

    def pictures(self, *, ppi: float = 110) -> list[bytes]:
        """Its leaves as PNG."""
        page, voice = self.laid_out()
        return typesetting.pictures(page, self.company, voice, f"{self.kind.name} {self.id}", ppi=ppi)

    @property
    def name(self) -> str:
        """Below the company's documents; another language than the reader's own is a file of its own."""
        own = self.facts.language or self.company.language
        language = f".{self.language}" if self.language not in (None, own) else ""
        return f"{self.kind.folder}/{file_name(self.facts.stem)}{self.kind.suffix}{language}.pdf"

    def laid_out(self) -> tuple[Page, Voice]:
        """The page in words, and the voice that wrote it."""
        voice = self.company.voice(self.language or self.facts.language)
        return self.kind.page(printable(self.facts), self.company, voice), voice


def write(
    connection: sa.Connection,
    company: Company,
    kind: str,
    id_: str,
    *,
    as_of: date | None = None,
    since: date | None = None,
    language: str | None = None,
) -> Document:
    """One document of a company as of the end of a day; left out, the last business day of the store.

    `since`: the first day of a statement; left out, that of the year, in the company's calendar. `language`: left out,
    the customer's, else the company's. Raises CannotWrite for an id that is not known, or a character without a glyph.
    """
    (draft,) = drafts(connection, company, kind, [id_], as_of=as_of, since=since, language=language)
    return draft.document()


def drafts(
    connection: sa.Connection,
    company: Company,
    kind: str,
    ids: Sequence[str],
    *,
    as_of: date | None = None,
    since: date | None = None,
    language: str | None = None,
) -> Iterator[Draft]:
    """Many documents of a kind, in the order of `ids`: a handful of queries for each 500. Errors as `write`."""
    asked = _asked(connection, company, as_of, since)
    of_kind, rest = kind_of(kind), iter(ids)
    while these := list(islice(rest, _AT_ONCE)):
        found = of_kind.read(connection, company, these, asked)
        missing = next((id_ for id_ in these if id_ not in found), None)
        if missing is not None:
            raise unknown(kind.replace("_", " "), missing, company.company, of_kind.expected)
        yield from (Draft(of_kind, id_, company, found[id_], language) for id_ in these)


def kind_of(kind: str) -> Kind:
    """The kind of that name; raises CannotWrite for another."""
    if kind not in KINDS:
        raise CannotWrite(f"KIND is {kind}; expected one of: {', '.join(KINDS)}.")
    return KINDS[kind]


def companies_of(connection: sa.Connection, kind: str, ids: Sequence[str]) -> dict[str, str]:
    """id -> company, of those ids that are known at all."""
    of_kind = kind_of(kind)
    stated = {id_: id_.rsplit("/", 1)[0] if kind == "dunning" else id_ for id_ in ids}
    of = of_kind.customer_of.subquery("asked")
    query = (
        sa.select(of.c.id, customers.c.company)
        .join_from(of, customers, customers.c.customer == of.c.customer)
        .where(of.c.id.in_(list(stated.values())))
    )
    found = {row.id: row.company for row in connection.execute(query)}
    return {id_: found[name] for id_, name in stated.items() if name in found}


def _asked(connection: sa.Connection, company: Company, as_of: date | None, since: date | None) -> Asked:
    until = as_of or connection.execute(sa.select(business_date())).scalar_one()
    if until is None:
        raise CannotWrite("No business day has been run yet; expected one, or a day to write for. Run: tajdid nightly")
    return Asked(until, since or _first_of_year(until, company))


def _first_of_year(day: date, company: Company) -> date:
    """The first day of the year that `day` lies in, in the calendar in which the company counts months."""
    in_calendar = IN_CALENDAR[calendar_of(company.currency)]
    while (in_calendar(day).month, in_calendar(day).day) != (1, 1):
        day -= timedelta(days=1)
    return day
