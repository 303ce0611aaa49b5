"""Dunning letters (L8.3): the message of a customer and day on paper, in the tone of its level.

The facts are those of the message, as they were when it was written: the letter and a mail about it say the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invoices import invoices
from models.memberships import memberships
from models.messages import messages
from models.money import major_amount
from models.plans import plans
from reports.company import Company
from reports.documents.document import Asked, Page, in_calendars, rows
from reports.documents.parties import Buyer, buyer_columns, buyer_lines, buyer_of
from reports.language.catalogs import _
from reports.language.voice import Voice

WORDS = {
    "to": _("To"),
    "invoice": _("Invoice number"),
    "description": _("Description"),
    "due": _("Due date"),
    "days": _("Overdue"),
    "open": _("Open amount"),
}
_DATE, _CUSTOMER = _("Date"), _("Customer number")
_SUM = _("Total due")
_GREETING = _("Dear %(name)s,")
_TONES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        _("Payment reminder"),
        (
            _("It may have slipped your mind: the payments listed below have not reached us yet."),
            _("Please pay them within the next days. If you have paid already, please take this letter as settled."),
        ),
    ),
    (
        _("Second reminder"),
        (
            _("In spite of our reminder the payments listed below are still overdue."),
            _("Please pay the whole amount without delay, so that your membership can go on without interruption."),
            _("If something keeps you from paying, or you do not agree with an invoice, please contact us."),
        ),
    ),
    (
        _("Final demand"),
        (
            _("In spite of several reminders the payments listed below have not been made."),
            _("This is our last reminder. We ask you to pay the whole amount at once."),
            _("If it is not paid, we shall have to take further steps to collect it, and your membership may end."),
        ),
    ),
)
"""Title and paragraphs of levels 1, 2, and 3 and above."""
_CLOSING = _("Kind regards,")
_LATE_FEE = _("Late payment fee")


@dataclass(frozen=True)
class Overdue:
    """One invoice of a letter; `open` in major units of `currency`."""

    invoice: str
    plan: str | None
    """None of a fee."""
    due_on: date
    days: int
    currency: str
    open: Decimal


@dataclass(frozen=True)
class Letter:
    """The dunning message of a customer and a day."""

    customer: str
    on_date: date
    level: int
    written_in: str
    """The language of the message."""
    buyer: Buyer
    overdue: tuple[Overdue, ...]

    @property
    def language(self) -> str | None:
        """The message's."""
        return self.written_in

    @property
    def stem(self) -> str:
        """Customer and day."""
        return f"{self.customer}-{self.on_date}"

    @property
    def sums(self) -> dict[str, Decimal]:
        """What is open by currency; different ones are never added."""
        whole: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in self.overdue:
            whole[row.currency] += row.open
        return dict(sorted(whole.items()))


def letters_of(connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked) -> dict[str, Letter]:
    """The letters `customer/date` with these ids, of days up to `asked.as_of`; cancelled ones are no letters."""
    m = messages.c
    id_ = sa.func.concat(m.subject, "/", m.key)
    # The pair is what the unique index knows.
    pairs = [tuple(id_.rsplit("/", 1)) for id_ in ids if "/" in id_]
    query = (
        sa.select(id_.label("id"), m.customer, m.on_date, m.language, m.facts, *buyer_columns())
        .join_from(messages, customers, customers.c.customer == m.customer)
        .where(m.kind == "dunning", sa.tuple_(m.subject, m.key).in_(pairs), m.status != "cancelled")
        .where(customers.c.company == company.company, m.on_date <= asked.as_of)
    )
    found = rows(connection, query)
    plan_of = _plans(connection, [row["invoice"] for letter in found for row in letter["facts"]["invoices"]])
    return {row["id"]: _letter(row, plan_of) for row in found}


def _letter(row: dict[str, Any], plan_of: dict[str, str]) -> Letter:
    overdue = tuple(
        Overdue(
            invoice=owed["invoice"],
            plan=plan_of.get(owed["invoice"]),
            due_on=date.fromisoformat(owed["due_on"]),
            days=owed["days"],
            currency=owed["currency"],
            open=major_amount(owed["open_minor"], owed["currency"]),
        )
        for owed in row["facts"]["invoices"]
    )
    level = row["facts"]["level"]
    return Letter(row["customer"], row["on_date"], level, row["language"], buyer_of(row), overdue)


def _plans(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Membership invoice -> the name of its plan."""
    i = invoices.c
    query = (
        sa.select(i.invoice, plans.c.name)
        .join_from(invoices, memberships, memberships.c.membership == i.membership)
        .join(plans, plans.c.plan == memberships.c.plan)
        .where(i.invoice.in_(ids), i.kind == "membership")
    )
    return {row["invoice"]: row["name"] for row in rows(connection, query)}


def letter_page(letter: Letter, company: Company, voice: Voice) -> Page:
    """The page of one letter."""
    title, paragraphs = _TONES[min(letter.level, len(_TONES)) - 1]
    facts = ((_DATE, in_calendars(letter.on_date, voice)), (_CUSTOMER, [letter.customer]))
    return Page(
        template="dunning.typ",
        title=f"{voice.text(title)} {letter.customer}",
        dated=letter.on_date,
        words={"title": voice.text(title)} | {name: voice.text(text) for name, text in WORDS.items()},
        body={
            "number": voice.day(letter.on_date),
            "buyer": buyer_lines(letter.buyer, company, voice),
            "facts": [{"word": voice.text(word), "also": "", "value": value} for word, value in facts],
            "greeting": voice.text(_GREETING, name=voice.isolated(letter.buyer.name)),
            "paragraphs": [voice.text(text) for text in paragraphs],
            "invoices": [_row(owed, company, voice) for owed in letter.overdue],
            "sums": [
                {"word": voice.text(_SUM), "also": "", "amount": voice.money(open_, currency), "style": "strong"}
                for currency, open_ in letter.sums.items()
            ],
            "closing": voice.text(_CLOSING),
        },
    )


def _row(owed: Overdue, company: Company, voice: Voice) -> dict[str, str | None]:
    return {
        "invoice": owed.invoice,
        "pay_url": company.pay_url(owed.invoice),
        "what": owed.plan or voice.text(_LATE_FEE),
        "due": voice.day(owed.due_on),
        "days": voice.length(owed.days),
        "open": voice.money(owed.open, owed.currency),
    }
