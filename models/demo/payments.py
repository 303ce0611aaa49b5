"""Which payments arrive during the demo? Each member's account, invoice by invoice, as its habits have it.

Also answers which credit was left over, for `refunds`, and what became of each invoice, for all that a paid period
brings. One row is one payment; the deliberate rejects stand apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random

from models.demo.companies import Company
from models.demo.customers import Customer
from models.demo.habits import Payer, Sum, payer_of
from models.demo.invoices import ExpectedInvoice, expected_invoices
from models.demo.memberships import Membership
from models.demo.periods import rounded
from models.demo.requests import Requests
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted


@dataclass(frozen=True)
class Payment:
    """One payment, before it has its number."""

    customer: Customer
    membership: Membership | None
    amount: Decimal
    paid_on: date
    method: str
    reference: str | None


@dataclass(frozen=True)
class LeftOver:
    """Money of a customer that no invoice took: from `since` on it is unapplied credit."""

    customer: Customer
    amount: Decimal
    since: date
    cause: str


@dataclass(frozen=True)
class Bill:
    """An invoice and the day on which it is paid in full; None: it never is, or too late for its membership."""

    membership: Membership
    invoice: ExpectedInvoice
    paid_on: date | None

    @property
    def is_lost(self) -> bool:
        """Whether its membership expires by it."""
        return self.paid_on is None and self.invoice.lapses_on is not None


@dataclass(frozen=True)
class Takings:
    """What a company takes during the demo: payments in order of their days, what was left over, its bills."""

    payments: list[Payment]
    left_over: list[LeftOver]
    bills: list[Bill]

    def lapsed(self) -> dict[str, date]:
        """Membership -> the day on which it was lost for want of payment."""
        lost = (bill for bill in self.bills if bill.is_lost)
        return {bill.membership.code: bill.invoice.pay_by for bill in lost}


@dataclass
class Account:
    """What one membership's payer has paid; `credit` is what the invoices so far left of it (negative: its debt).

    From `gone_on` on it pays nothing any more.
    """

    gone_on: date = date.max
    settled: list[tuple[ExpectedInvoice, date | None]] = field(default_factory=list)
    sums: list[Sum] = field(default_factory=list)
    left_over: list[tuple[str, Sum]] = field(default_factory=list)
    credit: Decimal = Decimal(0)


def payments_of(setting: Setting, company: Company, memberships: Iterable[Membership], requests: Requests) -> Takings:
    """All payments to `company` by its members, and what became of its invoices."""
    chance = setting.stream("payments", company.code)
    payers: dict[str, Payer] = {}
    takings = Takings([], [], [])
    for membership in memberships:
        customer = membership.customer
        if customer.code not in payers:
            payers[customer.code] = payer_of(setting, customer, chance)
        payer = payers[customer.code]
        account = Account(_stops_paying_on(membership, requests))
        settle(account, payer, expected_invoices(setting, membership, requests), chance)
        takings.payments.extend(_payments(setting, membership, payer, account, chance))
        takings.left_over.extend(
            LeftOver(customer, rest.amount, rest.paid_on, cause) for cause, rest in account.left_over
        )
        takings.bills.extend(Bill(membership, invoice, paid_on) for invoice, paid_on in account.settled)
    takings.payments.sort(key=lambda payment: payment.paid_on)
    return takings


def _stops_paying_on(membership: Membership, requests: Requests) -> date:
    """Who has left pays nothing, but for debts that are not written off (L5.3)."""
    return date.max if membership.plan.on_expiry == "collect" else requests.left_on(membership)


def settle(account: Account, payer: Payer, invoices: Iterable[ExpectedInvoice], chance: Random) -> None:
    """Pays the invoices one after the other until the membership is lost or they end."""
    for invoice in invoices:
        if account.credit >= invoice.total:
            account.credit -= invoice.total
            account.settled.append((invoice, invoice.issued_on))
            continue
        if not _settle_one(account, payer, invoice, chance):
            break


def _settle_one(account: Account, payer: Payer, invoice: ExpectedInvoice, chance: Random) -> bool:
    """Pays one invoice; says whether the membership goes on.

    Who overpays pays the whole sum each time and leaves the rest, so that it can ask for it back.
    """
    amount_open = invoice.total - (0 if payer.habit == "overpays" else account.credit)
    sums = [part for part in payer.pay(invoice, amount_open, chance) if part.paid_on < account.gone_on]
    account.sums += sums
    account.credit += sum((part.amount for part in sums), -invoice.total)
    if payer.habit == "overpays" and account.credit > 0:
        account.left_over.append(("overpaid", Sum(sums[-1].paid_on, account.credit)))
    settled_on = sums[-1].paid_on if sums and account.credit >= 0 else None
    stays = settled_on and (invoice.collects or invoice.lapses_on is None or settled_on < invoice.lapses_on)
    account.settled.append((invoice, settled_on if stays else None))
    if invoice.lapses_on is None or stays:
        return True
    paid = account.credit + invoice.total
    if paid > 0 and not invoice.collects:
        freed_on = max([invoice.lapses_on, *(part.paid_on for part in sums)])
        account.left_over.append(("lapsed", Sum(freed_on, paid)))
    return False


def _payments(
    setting: Setting, membership: Membership, payer: Payer, account: Account, chance: Random
) -> Iterator[Payment]:
    """The sums of an account that fall into the demo, with the way in which each was paid."""
    company = membership.customer.company
    for paid_on, amount in account.sums:
        method = payer.method if chance.random() < 0.88 else weighted(company.methods, chance)
        names_membership = chance.random() < (0.96 if payer.names_membership else 0.1)
        reference = _reference(method, paid_on, chance)
        if setting.covers(paid_on):
            yield Payment(
                membership.customer,
                membership if names_membership else None,
                rounded(amount, company.decimals),
                paid_on,
                method,
                reference,
            )


def _reference(method: str, paid_on: date, chance: Random) -> str | None:
    """What the bank or the till prints: a receipt, a transfer's number, or a terminal's twelve digits."""
    number = chance.randrange(10**12)
    if method == "cash":
        return f"RCPT-{number % 100_000:05d}" if number % 2 else None
    if method == "transfer":
        return f"TRF{paid_on:%y%m%d}{number % 1_000_000:06d}"
    return f"{number:012d}"


def payment_rows(company: Company, payments: Iterable[Payment]) -> list[Row]:
    """The payments as they stand in payments.csv, numbered in order."""
    return [
        row(
            "payments",
            payment=f"{company.prefix}-P{number:06d}",
            customer=payment.customer.code,
            membership=payment.membership.code if payment.membership else None,
            amount=payment.amount,
            currency=company.currency,
            paid_on=payment.paid_on,
            method=payment.method,
            reference=payment.reference,
        )
        for number, payment in enumerate(payments, start=1)
    ]
