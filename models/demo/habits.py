"""How do people pay? One function a habit: an invoice and what is open on it in, days and sums out.

A habit looks at one invoice at a time; `payments` keeps the account that runs from one to the next.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from random import Random
from typing import NamedTuple

from models.demo.customers import Customer
from models.demo.invoices import ExpectedInvoice
from models.demo.setting import Setting, weighted

PERSONS = (
    ("prompt", 54), ("late", 17), ("instalments", 7), ("ahead", 6), ("overpays", 5), ("stops", 7), ("never", 4),
)  # fmt: skip
"""Habit -> how many persons of a hundred have it."""
ORGANIZATIONS = (("prompt", 45), ("late", 35), ("instalments", 15), ("stops", 5))
DEAR = 100
"""Nobody pays more than one period ahead that costs more than this many round sums."""


class Sum(NamedTuple):
    """So much, paid on that day."""

    paid_on: date
    amount: Decimal


@dataclass(frozen=True)
class Payer:
    """How a customer pays: the habit, when one that `stops` gives up, what it rounds to, and how it sends the money."""

    habit: str
    quits_on: date
    round_sum: Decimal
    method: str
    names_membership: bool

    def pay(self, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
        """What this payer pays on an invoice of which `amount_open` is left; perhaps nothing."""
        if self.habit == "never" or (self.habit == "stops" and invoice.issued_on >= self.quits_on):
            return []
        return HABITS.get(self.habit, prompt)(self, invoice, amount_open, chance)


def payer_of(setting: Setting, customer: Customer, chance: Random) -> Payer:
    """The habits of one customer, the same for all its memberships."""
    is_person = customer.kind == "person"
    return Payer(
        habit=weighted(PERSONS if is_person else ORGANIZATIONS, chance),
        quits_on=setting.first_day + timedelta(days=chance.randrange(setting.days)),
        round_sum=customer.company.round_sum,
        method=weighted(customer.company.methods, chance) if is_person else "transfer",
        names_membership=chance.random() < 0.88,
    )


def prompt(payer: Payer, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
    """All of it by its due day, now and then a round sum: mostly more than asked, rarely less."""
    if chance.random() < 0.035:
        direction = ROUND_CEILING if chance.random() < 0.9 else ROUND_FLOOR
        amount_open = _round(amount_open, payer.round_sum, direction)
    return [Sum(_day_between(invoice.issued_on, _in_time(invoice), chance), amount_open)]


def late(payer: Payer, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
    """All of it some days after it was due; mostly just before the membership would lapse, sometimes after."""
    if chance.random() < 0.93:
        day = _day_between(invoice.due_on + timedelta(days=1), invoice.pay_by, chance)
    else:
        day = invoice.pay_by + timedelta(days=chance.randrange(12))
    return [Sum(day, amount_open)]


def instalments(payer: Payer, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
    """Two or three parts, the last one sometimes too late."""
    count = chance.choice((2, 2, 3))
    part = _round(amount_open / count, payer.round_sum, ROUND_FLOOR)
    if part == 0:
        return prompt(payer, invoice, amount_open, chance)
    days = sorted(_day_between(invoice.issued_on, invoice.pay_by, chance) for _ in range(count))
    if chance.random() < 0.06:
        days[-1] = invoice.pay_by + timedelta(days=chance.randrange(1, 8))
    return [*(Sum(day, part) for day in days[:-1]), Sum(days[-1], amount_open - part * (count - 1))]


def ahead(payer: Payer, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
    """This period and one to three more at once, unless they are dear; what is over waits as unapplied credit."""
    if invoice.total > payer.round_sum * DEAR:
        return prompt(payer, invoice, amount_open, chance)
    amount = amount_open + invoice.total * chance.choice((1, 2, 2, 3))
    return [Sum(_day_between(invoice.issued_on, _in_time(invoice), chance), amount)]


def overpays(payer: Payer, invoice: ExpectedInvoice, amount_open: Decimal, chance: Random) -> list[Sum]:
    """In time, and always the next round sum."""
    amount = _round(amount_open + payer.round_sum / 10, payer.round_sum, ROUND_CEILING)
    return [Sum(_day_between(invoice.issued_on, _in_time(invoice), chance), amount)]


Habit = Callable[[Payer, ExpectedInvoice, Decimal, Random], list[Sum]]
HABITS: dict[str, Habit] = {"late": late, "instalments": instalments, "ahead": ahead, "overpays": overpays}
"""Habit -> how it pays; any other pays promptly, while it pays."""


def _in_time(invoice: ExpectedInvoice) -> date:
    """The first day that is no longer in time."""
    return min(invoice.due_on + timedelta(days=1), invoice.pay_by)


def _day_between(first: date, end: date, chance: Random) -> date:
    """A day of `[first, end)`; the last one before `end` where that is empty."""
    if first >= end:
        return end - timedelta(days=1)
    return first + timedelta(days=chance.randrange((end - first).days))


def _round(amount: Decimal, step: Decimal, direction: str) -> Decimal:
    return (amount / step).to_integral_value(direction) * step
