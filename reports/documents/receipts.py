"""Receipts (L6.2): what a payment brought in, which invoices it paid by a day, what of it is left as credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.invoices import invoices
from models.operations import runs
from models.payments import allocations, payments, refund_allocations
from models.rules.amounts import major
from reports.company import Company
from reports.documents.document import Asked, Page, in_calendars, rows
from reports.documents.parties import Buyer, buyer_columns, buyer_lines, buyer_of
from reports.language.catalogs import _
from reports.language.methods import method_in_words
from reports.language.voice import Voice

WORDS = {
    "title": _("Receipt"),
    "payer": _("Received from"),
    "amount": _("Amount received"),
    "invoice": _("Invoice number"),
    "due": _("Due date"),
    "invoice_total": _("Invoice total"),
    "paid": _("Paid by this payment"),
}
_PAID_ON, _METHOD, _REFERENCE = _("Payment date"), _("Payment method"), _("Reference")
_CUSTOMER = _("Customer number")
_APPLIED, _REFUNDED, _LEFT = _("Paid on invoices"), _("Refunded"), _("Left as your credit")
_THANKS = _("Thank you for your payment.")
_CREDIT = _("Your credit pays your next invoices by itself.")


@dataclass(frozen=True)
class Paid:
    """An invoice, and how much of it the payment paid."""

    invoice: str
    due_on: date
    total: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Receipt:
    """One payment as it stood at the end of a day; amounts in major units of `currency`."""

    payment: str
    paid_on: date
    currency: str
    amount: Decimal
    method: str | None
    reference: str | None
    refunded: Decimal
    buyer: Buyer
    invoices: tuple[Paid, ...]

    @property
    def language(self) -> str | None:
        """The payer's."""
        return self.buyer.language

    @property
    def stem(self) -> str:
        """Its id."""
        return self.payment

    @property
    def applied(self) -> Decimal:
        """What of it has paid invoices."""
        return sum((paid.amount for paid in self.invoices), Decimal(0))

    @property
    def left(self) -> Decimal:
        """What of it is unapplied credit."""
        return self.amount - self.applied - self.refunded


def receipts_of(connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked) -> dict[str, Receipt]:
    """The payments with these ids that had been taken in by `asked.as_of`."""
    shares: defaultdict[str, list[Paid]] = defaultdict(list)
    for row in rows(connection, _shares(ids, asked.as_of)):
        shares[row["payment"]].append(Paid(row["invoice"], row["due_on"], row["total"], row["amount"]))
    found = rows(connection, _payments(company.company, ids, asked.as_of))
    names = ("payment", "paid_on", "currency", "amount", "method", "reference", "refunded")
    return {
        row["payment"]: Receipt(
            **{name: row[name] for name in names}, buyer=buyer_of(row), invoices=tuple(shares[row["payment"]])
        )
        for row in found
    }


def _payments(company: str, ids: Sequence[str], as_of: date) -> sa.Select[Any]:
    p, back, digits = payments.c, refund_allocations.c, currencies.c.minor_digits
    # Each part of a refund was written by a run, what undid it by another: the run tells the day.
    refunded = (
        sa.select(sa.func.coalesce(sa.func.sum(back.amount_minor), 0))
        .join_from(refund_allocations, runs, runs.c.run_id == back.run_id)
        .where(back.payment == p.payment, runs.c.as_of <= as_of)
        .scalar_subquery()
    )
    return (
        sa.select(p.payment, p.paid_on, p.currency, p.method, p.reference, *buyer_columns())
        .add_columns(major(p.amount_minor, digits).label("amount"), major(refunded, digits).label("refunded"))
        .join_from(payments, currencies, currencies.c.currency == p.currency)
        .join(customers, customers.c.customer == p.customer)
        .where(p.payment.in_(ids), customers.c.company == company, p.applied_on <= as_of)
    )


def _shares(ids: Sequence[str], as_of: date) -> sa.Select[Any]:
    """What each payment has paid of each invoice, returns taken off, oldest debt first."""
    a, i, digits = allocations.c, invoices.c, currencies.c.minor_digits
    amount = sa.func.sum(a.amount_minor)
    return (
        sa.select(a.payment, i.invoice, i.due_on, major(i.total_minor, digits).label("total"))
        .add_columns(major(amount, digits).label("amount"))
        .join_from(allocations, invoices, i.invoice == a.invoice)
        .join(currencies, currencies.c.currency == i.currency)
        .where(a.payment.in_(ids), a.on_date <= as_of)
        .group_by(a.payment, i.invoice, digits)
        .having(amount > 0)
        .order_by(a.payment, i.due_on, i.issued_on, i.series_no)
    )


def receipt_page(receipt: Receipt, company: Company, voice: Voice) -> Page:
    """The page of one payment."""

    def money(amount: Decimal) -> str:
        return voice.money(amount, receipt.currency)

    def row(word: str, amount: Decimal, style: str = "plain") -> dict[str, str]:
        return {"word": voice.text(word), "also": "", "amount": money(amount), "style": style}

    sums = [row(_APPLIED, receipt.applied)]
    sums += [row(_REFUNDED, receipt.refunded)] if receipt.refunded else []
    words = {name: voice.text(text) for name, text in WORDS.items()}
    return Page(
        template="receipt.typ",
        title=f"{words['title']} {receipt.payment}",
        dated=receipt.paid_on,
        words=words,
        body={
            "number": receipt.payment,
            "buyer": buyer_lines(receipt.buyer, company, voice),
            "facts": [
                {"word": voice.text(word), "also": "", "value": value}
                for word, value in _facts(receipt, voice)
                if any(value)
            ],
            "amount": money(receipt.amount),
            "invoices": [
                [paid.invoice, voice.day(paid.due_on), money(paid.total), money(paid.amount)]
                for paid in receipt.invoices
            ],
            "sums": [*sums, row(_LEFT, receipt.left, "bold")],
            "notes": [voice.text(text) for text in (_THANKS, *((_CREDIT,) if receipt.left else ()))],
        },
    )


def _facts(receipt: Receipt, voice: Voice) -> list[tuple[str, list[str | None]]]:
    return [
        (_PAID_ON, [*in_calendars(receipt.paid_on, voice)]),
        (_METHOD, [method_in_words(voice, receipt.method) if receipt.method else None]),
        (_REFERENCE, [receipt.reference]),
        (_CUSTOMER, [receipt.buyer.customer]),
    ]
