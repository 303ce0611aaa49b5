"""Invoices and credit notes (L6.1): what was sold to whom, what tax it bears, and what of it was paid by a day.

An issued document never changes; what was paid of it, and whether it was credited, is told as of the day asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.dunning import notices
from models.invoices import invoices
from models.memberships import memberships
from models.money import minor_digits
from models.plans import plans
from models.rules.amounts import major
from models.rules.history import paid_of
from reports.company import Company
from reports.documents.document import Asked, rows
from reports.documents.parties import Buyer, buyer_columns, buyer_of

_AS_THEY_ARE = (
    *("invoice", "membership", "kind", "period_starts_on", "period_ends_on", "issued_on", "due_on", "currency"),
    *("quantity", "discount_percent", "tax_rate", "tax_included", "corrects"),
)
_AMOUNTS = {"unit_price": "unit_price_minor", "net": "net_minor", "tax": "tax_minor", "total": "total_minor"}


@dataclass(frozen=True)
class Invoice:
    """One invoice or credit note; amounts in major units of `currency`, those of a credit note below zero."""

    invoice: str
    membership: str | None
    kind: str
    period_starts_on: date | None
    period_ends_on: date | None
    issued_on: date
    due_on: date
    currency: str
    quantity: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    tax_included: bool
    corrects: str | None
    unit_price: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    """By the end of the day asked for; 0 of a credit note and of an invoice that had been credited."""
    paid_on: date | None
    """When the last of it was paid, where nothing is left; None where that was undone since."""
    credited_by: str | None
    credited_on: date | None
    corrected_on: date | None
    """Of a credit note: when the invoice that it corrects was issued."""
    plan: str | None
    chases: str | None
    """Of a fee: the overdue invoice that it was charged for."""
    buyer: Buyer

    @property
    def language(self) -> str | None:
        """The buyer's."""
        return self.buyer.language

    @property
    def stem(self) -> str:
        """Its number."""
        return self.invoice

    @property
    def is_credit_note(self) -> bool:
        """Whether it corrects an invoice."""
        return self.kind == "credit_note"

    @property
    def due(self) -> Decimal:
        """What was left to pay by the end of the day asked for."""
        return Decimal(0) if self.is_credit_note or self.credited_by else self.total - self.paid

    @property
    def before_discount(self) -> Decimal:
        """Unit price × quantity, rounded once (L2.3)."""
        exact = self.unit_price * self.quantity
        return exact.quantize(Decimal(1).scaleb(-minor_digits(self.currency)), ROUND_HALF_UP)

    @property
    def amount(self) -> Decimal:
        """What the discount leaves: the total where prices include tax, else the net; never below zero."""
        return abs(self.total if self.tax_included else self.net)


def invoices_of(connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked) -> dict[str, Invoice]:
    """The company's documents with these numbers that had been issued by `asked.as_of`."""
    chased = _chased(connection, ids)
    found = rows(connection, _documents(company.company, ids, asked.as_of))
    return {row["invoice"]: _invoice(row, chased.get(row["invoice"])) for row in found}


def _invoice(row: dict[str, Any], chases: str | None) -> Invoice:
    of_table = {name: row[name] for name in (*_AS_THEY_ARE, *_AMOUNTS, "paid", "plan", "corrected_on")}
    of_table |= {name: row[name] for name in ("credited_by", "credited_on")}
    settled = row["credited_by"] is None and row["kind"] != "credit_note" and row["paid"] == row["total"]
    return Invoice(**of_table, paid_on=row["paid_on"] if settled else None, chases=chases, buyer=buyer_of(row))


def _documents(company: str, ids: Sequence[str], as_of: date) -> sa.Select[Any]:
    i, digits = invoices.c, currencies.c.minor_digits
    note, corrected = invoices.alias("note"), invoices.alias("corrected")
    paid = paid_of(ids, as_of)
    return (
        sa.select(*(i[name] for name in _AS_THEY_ARE), *buyer_columns(), plans.c.name.label("plan"))
        .add_columns(*(major(i[column], digits).label(name) for name, column in _AMOUNTS.items()))
        .add_columns(major(sa.func.coalesce(paid.c.paid_minor, 0), digits).label("paid"))
        .add_columns(sa.func.coalesce(paid.c.last_on, i.issued_on).label("paid_on"))
        .add_columns(note.c.invoice.label("credited_by"), note.c.issued_on.label("credited_on"))
        .add_columns(corrected.c.issued_on.label("corrected_on"))
        .select_from(
            invoices.join(currencies, currencies.c.currency == i.currency)
            .join(customers, customers.c.customer == i.customer)
            .outerjoin(memberships, memberships.c.membership == i.membership)
            .outerjoin(plans, plans.c.plan == memberships.c.plan)
            .outerjoin(note, (note.c.corrects == i.invoice) & (note.c.issued_on <= as_of))
            .outerjoin(corrected, corrected.c.invoice == i.corrects)
            .outerjoin(paid, paid.c.invoice == i.invoice)
        )
        .where(i.company == company, i.invoice.in_(ids), i.issued_on <= as_of)
    )


def _chased(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Fee invoice -> the invoice that it was charged for."""
    n = notices.c
    query = sa.select(n.fee_invoice, n.invoice).where(n.fee_invoice.in_(ids))
    return {row["fee_invoice"]: row["invoice"] for row in rows(connection, query)}
