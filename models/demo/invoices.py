"""Which invoices will billing issue during the demo, when, over how much? So that the demo's payers can pay them.

Assumes that each is paid in time (L3.4, L3.6); who does not pay is the business of `payments`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.demo.memberships import Membership
from models.demo.periods import boundary, period_total
from models.demo.plans import price_on
from models.demo.setting import Setting


@dataclass(frozen=True)
class ExpectedInvoice:
    """The invoice of one period. Unpaid on `lapses_on`, its membership expires (None: it never does).

    `collects`: it stays owed then, and brings the membership back when paid; else it becomes void (L3.5).
    """

    issued_on: date
    due_on: date
    lapses_on: date | None
    collects: bool
    total: Decimal

    @property
    def pay_by(self) -> date:
        """The first day that is too late for a member who means to stay."""
        return self.lapses_on or self.due_on + timedelta(days=25)


def expected_invoices(setting: Setting, membership: Membership) -> Iterator[ExpectedInvoice]:
    """The invoices of `membership` issued before the demo ends, oldest first."""
    if _is_lost(setting, membership) or (membership.paid_until and not membership.renews):
        return
    for number in range(membership.first_billed, membership.first_billed + setting.days + 2):
        invoice = _invoice(setting, membership, number)
        if invoice.issued_on >= setting.ends_on:
            return
        yield invoice
        if not membership.renews:
            return


def _is_lost(setting: Setting, membership: Membership) -> bool:
    """Whether it was carried over when it had already run out, grace and all."""
    grace_days, paid_until = membership.plan.grace_days, membership.paid_until
    return bool(paid_until and grace_days is not None and paid_until + timedelta(days=grace_days) <= setting.first_day)


def _invoice(setting: Setting, membership: Membership, number: int) -> ExpectedInvoice:
    plan = membership.plan
    starts_on = boundary(plan, membership.anchor, number)
    is_first = membership.paid_until is None and number == 0
    issued_on = max(setting.first_day, starts_on - timedelta(days=0 if is_first else plan.lead_days))
    lapses_on = None
    if plan.grace_days is not None:
        lapses_on = max(starts_on, issued_on) + timedelta(days=plan.grace_days)
    total = period_total(
        plan,
        unit_price=membership.unit_price or price_on(setting, plan, starts_on),
        quantity=membership.quantity or 1,
        discount_percent=membership.discount_percent or Decimal(0),
    )
    due_on = issued_on + timedelta(days=plan.terms_days)
    return ExpectedInvoice(issued_on, due_on, lapses_on, plan.on_expiry == "collect", total)
