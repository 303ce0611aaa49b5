"""Which invoices will billing issue during the demo, when, over how much? So that the demo's payers can pay them.

Assumes that each is paid in time (L3.4, L3.6) and that what members ask for is granted: a freeze moves what follows
(L4.3), a closure ends it (L5.3), a renewal asked for makes one (L3.7). Who does not pay is the business of `payments`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.demo.freezes import Freeze
from models.demo.memberships import Membership, is_lost
from models.demo.periods import boundary, period_total
from models.demo.plans import price_on
from models.demo.requests import Requests
from models.demo.setting import Setting

Period = tuple[date, date]


@dataclass(frozen=True)
class ExpectedInvoice:
    """The invoice of the period `[starts_on, ends_on)`. Unpaid on `lapses_on`, its membership expires (None: never).

    `collects`: it stays owed then, and brings the membership back when paid; else it becomes void (L3.5).
    """

    starts_on: date
    ends_on: date
    issued_on: date
    due_on: date
    lapses_on: date | None
    collects: bool
    total: Decimal

    @property
    def pay_by(self) -> date:
        """The first day that is too late for a member who means to stay."""
        return self.lapses_on or self.due_on + timedelta(days=25)


def expected_invoices(setting: Setting, membership: Membership, requests: Requests) -> Iterator[ExpectedInvoice]:
    """The invoices of `membership` issued before the demo ends, oldest first."""
    closure = requests.closure_of(membership)
    ends_on = min(setting.ends_on, closure.requested_on) if closure else setting.ends_on
    for invoice in _all_invoices(setting, membership, requests):
        if invoice.issued_on >= ends_on:
            return
        if closure is None or invoice.starts_on < closure.closes_on:
            yield invoice


def _all_invoices(setting: Setting, membership: Membership, requests: Requests) -> Iterator[ExpectedInvoice]:
    if membership.renews and not is_lost(setting, membership):
        freeze = requests.freeze_of(membership)
        for period in _periods(membership, freeze):
            yield _invoice(setting, membership, period, _issued_on(setting, membership, period, freeze))
    elif membership.paid_until is None:
        period = boundary(membership.plan, membership.anchor, 0), boundary(membership.plan, membership.anchor, 1)
        yield _invoice(setting, membership, period, max(setting.first_day, period[0]))
    for renewal in requests.renewals_of(membership):
        yield _invoice(setting, membership, (renewal.starts_on, renewal.ends_on), renewal.requested_on)


def _periods(membership: Membership, freeze: Freeze | None) -> Iterator[Period]:
    """The periods to be billed, without end; after a freeze they are counted from the end that it moved."""
    anchor, number = membership.anchor, membership.first_billed
    while True:
        starts_on = boundary(membership.plan, anchor, number)
        if freeze and starts_on > freeze.first_day:
            anchor, number = starts_on + (freeze.ends_on - freeze.first_day), 0
            starts_on, freeze = anchor, None
        number += 1
        yield starts_on, boundary(membership.plan, anchor, number)


def _issued_on(setting: Setting, membership: Membership, period: Period, freeze: Freeze | None) -> date:
    """So many days ahead, but not before the demo, and not while the membership is frozen (L4.2)."""
    is_first = membership.paid_until is None and period[0] == membership.started_on
    issued_on = max(setting.first_day, period[0] - timedelta(days=0 if is_first else membership.plan.lead_days))
    is_frozen = freeze is not None and freeze.first_day <= issued_on < freeze.ends_on
    return freeze.ends_on if freeze and is_frozen else issued_on


def _invoice(setting: Setting, membership: Membership, period: Period, issued_on: date) -> ExpectedInvoice:
    plan = membership.plan
    starts_on, ends_on = period
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
    return ExpectedInvoice(starts_on, ends_on, issued_on, due_on, lapses_on, plan.on_expiry == "collect", total)
