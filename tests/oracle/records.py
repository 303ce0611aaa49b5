"""What does one row of the intake say? One frozen dataclass an entity, typed.

Facts (payments, requests) carry `record`, their id, and `on`, the day from which they count (L1.5).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Company:
    company: str
    currency: str
    language: str
    invoice_prefix: str
    point_value: Decimal | None


@dataclass(frozen=True)
class CloseReason:
    company: str
    reason: str
    customer_may_choose: bool


@dataclass(frozen=True)
class Plan:
    plan: str
    company: str
    interval_unit: str
    interval_count: int
    calendar: str
    currency: str
    tax_rate: Decimal
    tax_included: bool
    terms_days: int
    lead_days: int
    grace_days: int | None
    auto_renew: bool
    closable: bool
    freeze_days_max: int | None
    on_expiry: str
    reminder_days: tuple[int, ...]


@dataclass(frozen=True)
class PlanPrice:
    plan: str
    effective_from: date
    price: Decimal


@dataclass(frozen=True)
class PlanCredit:
    plan: str
    credit_type: str
    quantity: Decimal
    valid_days: int | None


@dataclass(frozen=True)
class LoyaltyRule:
    rule: str
    company: str
    priority: int
    spend_amount: Decimal
    points: Decimal
    min_total: Decimal | None
    category: str | None
    plan: str | None
    starts_on: date | None
    ends_on: date | None
    valid_days: int | None


@dataclass(frozen=True)
class DunningLevel:
    company: str
    level: int
    days_overdue: int
    fee: Decimal
    template: str | None


@dataclass(frozen=True)
class Customer:
    customer: str
    company: str
    language: str | None
    category: str | None
    dunning_blocked: bool


@dataclass(frozen=True)
class Terms:
    """A row of memberships: what was agreed, not what became of it."""

    membership: str
    customer: str
    plan: str
    started_on: date
    paid_until: date | None
    auto_renew: bool | None
    quantity: Decimal
    unit_price: Decimal | None
    discount_percent: Decimal


@dataclass(frozen=True)
class Fact:
    record: str
    on: date


@dataclass(frozen=True)
class Payment(Fact):
    customer: str
    invoice: str | None
    membership: str | None
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Refund(Fact):
    customer: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class Freeze(Fact):
    membership: str
    resumes_on: date


@dataclass(frozen=True)
class Closure(Fact):
    membership: str
    origin: str
    effective: str
    reason_code: str | None
    reason_text: str | None


@dataclass(frozen=True)
class Renewal(Fact):
    membership: str


@dataclass(frozen=True)
class Charge(Fact):
    customer: str
    credit_type: str
    quantity: Decimal
    starts_on: date
    expires_on: date | None


@dataclass(frozen=True)
class Usage(Fact):
    customer: str
    credit_type: str
    quantity: Decimal


@dataclass(frozen=True)
class Redemption(Fact):
    customer: str
    points: Decimal
    invoice: str | None
    membership: str | None
