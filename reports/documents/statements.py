"""Statements of account: what moved a customer's balance between two days, read from the books (L10).

A balance is what the customer owes: open invoices less unapplied credit. Every entry of the books carries its day and
is never rewritten (what was undone is booked back on the day of the undo), so the balance of any day is exact, and the
closing balance is the open invoices less the unapplied credit of that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from models.books import entries
from models.companies import currencies
from models.customers import customers
from models.invoices import invoices
from models.lots import redemptions
from models.memberships import memberships
from models.payments import allocations, payments, refunds
from models.plans import plans
from models.rules.amounts import major
from reports.company import Company
from reports.documents.document import Asked, CannotWrite, rows
from reports.documents.parties import Buyer, buyer_columns, buyer_of

Column = sa.ColumnElement[Any]
KINDS = ("payment", "refund", "points", "credit_note", "invoice", "fee", "applied")
"""In the order of a business day (L1.6). `applied`: credit that met invoices, or came back; it moves no balance."""
_BOOKED = {"issue": "invoice", "redemption": "points", "return": "points", "allocation": "applied"}


@dataclass(frozen=True)
class Share:
    """How much of a payment went to an invoice on a day; below zero where it came back."""

    invoice: str
    amount: Decimal


@dataclass(frozen=True)
class Line:
    """One thing that happened: `amount` above zero is owed more, below zero less."""

    on_date: date
    kind: str
    source: str
    """An invoice, payment, refund, redemption."""
    amount: Decimal
    balance: Decimal
    """After it."""
    detail: Mapping[str, Any]
    """What the source says of itself."""
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class Account:
    """A customer's account in one currency between two days, both included."""

    currency: str
    opening: Decimal
    lines: tuple[Line, ...]
    open: Decimal
    """Open invoices at the end of the last day."""
    credit: Decimal
    """Unapplied credit at the end of the last day."""

    @property
    def closing(self) -> Decimal:
        """What the customer owes at the end of the last day."""
        return self.open - self.credit


@dataclass(frozen=True)
class Statement:
    """A customer's accounts, one a currency; never added."""

    customer: str
    since: date
    until: date
    buyer: Buyer
    accounts: tuple[Account, ...]

    @property
    def language(self) -> str | None:
        """The customer's."""
        return self.buyer.language

    @property
    def stem(self) -> str:
        """Customer and days."""
        return f"{self.customer}-{self.since}-{self.until}"


def statements_of(
    connection: sa.Connection, company: Company, ids: Sequence[str], asked: Asked
) -> dict[str, Statement]:
    """The statements of these customers from `asked.since` to the end of `asked.as_of`. Raises CannotWrite."""
    since = asked.since or asked.as_of
    if since > asked.as_of:
        raise CannotWrite(
            f"A statement from {since} to {asked.as_of} has no day; expected the first day before the last."
        )
    known = sa.select(customers.c.customer, *buyer_columns()).where(
        customers.c.customer.in_(ids), customers.c.company == company.company
    )
    buyers = {row["customer"]: buyer_of(row) for row in rows(connection, known)}
    booked = rows(connection, _booked(company.company, list(buyers), since, asked.as_of))
    shares = _shares(connection, list(buyers), since, asked.as_of)
    details = _details(connection, [row["source"] for row in booked])
    accounts = _accounts(booked, shares, details)
    nothing = Account(company.currency, *(Decimal(0), (), Decimal(0), Decimal(0)))
    return {
        customer: Statement(customer, since, asked.as_of, buyer, tuple(accounts.get(customer, [nothing])))
        for customer, buyer in buyers.items()
    }


def _sources(ids: Sequence[str]) -> sa.CTE:
    """customer, events, source: what the entries of these customers are about."""
    return sa.union_all(
        *(
            sa.select(of.c.customer, sa.literal(name).label("name"), of.c[name].label("source")).where(
                of.c.customer.in_(ids)
            )
            for name, of in (
                ("invoice", invoices),
                ("payment", payments),
                ("refund", refunds),
                ("redemption", redemptions),
            )
        )
    ).cte("sources")


_ABOUT = {
    "issue": "invoice",
    "fee": "invoice",
    "credit_note": "invoice",
    "payment": "payment",
    "allocation": "payment",
    "refund": "refund",
    "redemption": "redemption",
}
"""Event of the books -> what its source is. A return is of points where it moves their account, else of a payment."""


def _booked(company: str, ids: Sequence[str], since: date, until: date) -> sa.Select[Any]:
    """customer, currency, on_date, kind, source, receivable, credit: the days before `since` as one row, source empty.

    Amounts are in major units; `credit` is the change of the unapplied credit.
    """
    e, s, digits = entries.c, _sources(ids), currencies.c.minor_digits
    of_points = (e.event == "return") & (e.points_expense != 0)
    about = sa.case(_ABOUT, value=e.event, else_=sa.case((of_points, "redemption"), else_="payment"))
    kind = sa.case(
        ((e.event == "return") & (e.points_expense == 0), "applied"),
        else_=sa.case(_BOOKED, value=e.event, else_=e.event),
    )
    before = e.on_date < since
    moved = (
        sa.select(s.c.customer, e.currency, e.receivable, (-e.customer_credit).label("credit"))
        .add_columns(sa.case((before, sa.literal(since)), else_=e.on_date).label("on_date"))
        .add_columns(
            sa.case((before, ""), else_=kind).label("kind"), sa.case((before, ""), else_=e.source).label("source")
        )
        .join_from(entries, s, (s.c.source == e.source) & (s.c.name == about))
        .where(e.company == company, e.on_date <= until)
        .subquery("moved")
    )
    m = moved.c
    keys = (m.customer, m.currency, m.on_date, m.kind, m.source)
    receivable, credit = sa.func.sum(m.receivable), sa.func.sum(m.credit)
    return (
        sa.select(*keys, major(receivable, digits).label("receivable"), major(credit, digits).label("credit"))
        .join_from(moved, currencies, currencies.c.currency == m.currency)
        .group_by(*keys, digits)
    )


def _shares(
    connection: sa.Connection, ids: Sequence[str], since: date, until: date
) -> dict[tuple[str, date], list[Share]]:
    """(payment, day) -> what of it went to which invoice on that day."""
    a, i, digits = allocations.c, invoices.c, currencies.c.minor_digits
    amount = sa.func.sum(a.amount_minor)
    query = (
        sa.select(a.payment, a.on_date, a.invoice, major(amount, digits).label("amount"))
        .join_from(payments, allocations, a.payment == payments.c.payment)
        .join(invoices, i.invoice == a.invoice)
        .join(currencies, currencies.c.currency == i.currency)
        .where(payments.c.customer.in_(ids), a.on_date.between(since, until))
        .group_by(a.payment, a.on_date, a.invoice, i.due_on, i.issued_on, i.series_no, digits)
        .having(amount != 0)
        .order_by(a.payment, a.on_date, i.due_on, i.issued_on, i.series_no)
    )
    found: defaultdict[tuple[str, date], list[Share]] = defaultdict(list)
    for row in rows(connection, query):
        found[row["payment"], row["on_date"]].append(Share(row["invoice"], row["amount"]))
    return found


def _details(connection: sa.Connection, sources: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What invoices and payments say of themselves."""
    i, p = invoices.c, payments.c
    documents = (
        sa.select(i.invoice, i.period_starts_on, i.period_ends_on, i.due_on, i.corrects, plans.c.name.label("plan"))
        .select_from(
            invoices.outerjoin(memberships, memberships.c.membership == i.membership).outerjoin(
                plans, plans.c.plan == memberships.c.plan
            )
        )
        .where(i.invoice.in_(sources))
    )
    money = sa.select(p.payment, p.method, p.reference).where(p.payment.in_(sources))
    details = {row["payment"]: row for row in rows(connection, money)}
    return details | {row["invoice"]: row for row in rows(connection, documents)}


def _accounts(
    booked: Sequence[dict[str, Any]],
    shares: Mapping[tuple[str, date], Sequence[Share]],
    details: Mapping[str, Mapping[str, Any]],
) -> dict[str, list[Account]]:
    """Customer -> accounts by currency, from rows of `_booked`."""
    order = sorted(booked, key=_place)
    accounts: defaultdict[str, list[Account]] = defaultdict(list)
    for (customer, currency), group in groupby(order, key=lambda row: (row["customer"], row["currency"])):
        accounts[customer].append(_account(currency, list(group), shares, details))
    return accounts


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    kind = KINDS.index(row["kind"]) if row["kind"] else -1
    return row["customer"], row["currency"], row["on_date"], kind, row["source"]


def _account(
    currency: str,
    moved: Sequence[Mapping[str, Any]],
    shares: Mapping[tuple[str, date], Sequence[Share]],
    details: Mapping[str, Mapping[str, Any]],
) -> Account:
    opening = _sum(row["receivable"] - row["credit"] for row in moved if not row["kind"])
    paid = {(row["source"], row["on_date"]) for row in moved if row["kind"] == "payment"}
    balance, lines = opening, []
    for row in moved:
        day = (row["source"], row["on_date"])
        amount = row["receivable"] - row["credit"]
        # What a payment paid on its own day is told with it, later days are lines of their own.
        told = tuple(shares.get(day, ())) if row["kind"] in ("payment", "applied") else ()
        if not row["kind"] or (not amount and not told) or (row["kind"] == "applied" and day in paid):
            continue
        balance += amount
        lines.append(
            Line(row["on_date"], row["kind"], row["source"], amount, balance, details.get(row["source"], {}), told)
        )
    open_, credit = (_sum(row[name] for row in moved) for name in ("receivable", "credit"))
    return Account(currency, opening, tuple(lines), open_, credit)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))
