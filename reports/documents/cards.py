"""Membership cards, 85.6 × 54 mm (ISO/IEC 7810 ID-1): who, which plan, until when, and a QR code of the id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.memberships import memberships
from models.plans import plans
from reports.company import Company
from reports.documents.document import Asked, CannotWrite, Page, rows
from reports.documents.zatca import qr_svg
from reports.language.catalogs import _
from reports.language.voice import Voice

WORDS = {
    "title": _("Membership card"),
    "membership": _("Membership number"),
    "valid": _("Valid through"),
    "qr": _("QR code of the membership's id"),
}


@dataclass(frozen=True)
class Card:
    """A membership that has been paid up to `paid_until`, a day that is no longer paid for (L1.2, L3.3)."""

    membership: str
    name: str
    plan: str
    paid_until: date
    started_on: date
    written_in: str | None
    code: bytes
    """The id, exactly, for the QR code."""

    @property
    def language(self) -> str | None:
        """The customer's."""
        return self.written_in

    @property
    def stem(self) -> str:
        """The membership's id."""
        return self.membership

    @property
    def last_day(self) -> date:
        """The last day that is paid for: what people read as "valid through"."""
        return self.paid_until - timedelta(days=1)


def cards_of(connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked) -> dict[str, Card]:
    """The cards of these memberships as they stand now. Raises CannotWrite for one that is closed or has not begun."""
    m = memberships.c
    query = (
        sa.select(m.membership, m.status, m.paid_until, m.started_on)
        .add_columns(customers.c.name, customers.c.language, plans.c.name.label("plan"))
        .join_from(memberships, customers, customers.c.customer == m.customer)
        .join(plans, plans.c.plan == m.plan)
        .where(m.membership.in_(ids), plans.c.company == company.company)
        .order_by(m.membership)
    )
    found = rows(connection, query)
    for row in found:
        if row["status"] == "closed" or row["paid_until"] is None or row["paid_until"] <= row["started_on"]:
            raise CannotWrite(
                f"Membership {row['membership']} has no card: it is {row['status']} and paid until "
                f"{row['paid_until'] or 'no day'}; expected one that is not closed and of which a day is paid."
            )
    return {row["membership"]: _card(row) for row in found}


def _card(row: dict[str, Any]) -> Card:
    stands = {name: row[name] for name in ("membership", "name", "plan", "paid_until", "started_on")}
    return Card(**stands, written_in=row["language"], code=row["membership"].encode())


def card_page(card: Card, company: Company, voice: Voice) -> Page:
    """The page of one card; it is dated by the start of the membership, so that it changes only with its facts."""
    words = {name: voice.text(text) for name, text in WORDS.items()}
    return Page(
        template="card.typ",
        title=f"{words['title']} {card.membership}",
        dated=card.started_on,
        words=words,
        body={
            "membership": card.membership,
            "name": card.name,
            "plan": card.plan,
            "valid": voice.day(card.last_day),
            "qr": qr_svg(card.code.decode()),
        },
    )
