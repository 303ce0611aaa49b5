"""What has become of each record? What the business days write; money in minor units."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from . import records as r

PENDING, ACTIVE, GRACE, EXPIRED, FROZEN, CLOSED = (
    "pending",
    "active",
    "grace",
    "expired",
    "frozen",
    "closed",
)


@dataclass
class Receipt:
    """A payment that took part: what of it is allocated, refunded, still unapplied (L6.2)."""

    fact: r.Payment
    amount: int
    allocated: int = 0
    refunded: int = 0

    @property
    def unapplied(self) -> int:
        return self.amount - self.allocated - self.refunded


@dataclass
class Lot:
    """A quantity of a credit type with its own dates (L7.1); `period` if granted for one."""

    customer: str
    credit_type: str
    source: str
    source_id: str
    quantity: Decimal
    remaining: Decimal
    starts_on: date
    expires_on: date | None
    membership: str | None = None
    period: "Period | None" = None
    days_valid: int | None = None


@dataclass(frozen=True)
class PointsPaid:
    """Points of one lot that paid a part of an invoice (L7.6)."""

    redemption: str
    lot: Lot
    points: Decimal


@dataclass
class Invoice:
    """An issued document; a credit note has negative amounts and names what it corrects (L6.1)."""

    number: str
    company: str
    customer: str
    membership: str
    kind: str
    issued_on: date
    due_on: date
    currency: str
    net: int
    tax: int
    total: int
    period_starts_on: date | None = None
    period_ends_on: date | None = None
    corrects: str | None = None
    void: bool = False
    earned: bool = False
    money: list[tuple[Receipt, int]] = field(default_factory=list)
    points: list[PointsPaid] = field(default_factory=list)
    points_paid: int = 0

    @property
    def paid(self) -> int:
        """What money and points have paid, as the invoice stands."""
        return sum(amount for _, amount in self.money) + self.points_paid

    @property
    def open(self) -> int:
        """What is left to pay; nothing on a void invoice or a credit note."""
        return 0 if self.void or self.kind == "credit_note" else self.total - self.paid

    @property
    def status(self) -> str | None:
        """L6.3; a credit note has none."""
        if self.kind == "credit_note":
            return None
        if self.void:
            return "void"
        return "open" if self.open else "paid"


@dataclass
class Period:
    """`[starts_on, ends_on)` of a membership; a carried one has no invoice (L3.2)."""

    starts_on: date
    ends_on: date
    invoice: Invoice | None
    granted: bool = False

    @property
    def state(self) -> str:
        if self.invoice is None:
            return "carried"
        return self.invoice.status or ""


@dataclass
class Frozen:
    """A freeze that has started, running or over (L4)."""

    record: str
    first_day: date
    resumes_on: date
    held_after: date
    """What ends after this day is held: the first frozen day, or the day before it where nothing was paid beyond."""

    @property
    def days_planned(self) -> int:
        return (self.resumes_on - self.first_day).days


@dataclass
class Membership:
    """A membership, what was agreed and what became of it (L3)."""

    terms: r.Terms
    anchor: date
    status: str = PENDING
    periods: list[Period] = field(default_factory=list)
    freeze: Frozen | None = None
    freezes: list[Frozen] = field(default_factory=list)
    closing: r.Closure | None = None
    closes_with: Period | None = None
    closed_on: date | None = None
    close_reason: str | None = None
    quarantined: bool = False

    @property
    def id(self) -> str:
        return self.terms.membership


@dataclass(frozen=True)
class Movement:
    """A signed quantity of one lot; append-only (L7.1)."""

    customer: str
    credit_type: str
    kind: str
    quantity: Decimal
    on_date: date
    source_id: str


@dataclass(frozen=True)
class Notice:
    invoice: str
    level: int
    noticed_on: date
    fee_invoice: str | None


@dataclass(frozen=True)
class Message:
    """A dunning letter or a reminder; `key` is what makes it one and only (L8.3, L9)."""

    kind: str
    customer: str
    language: str
    on_date: date
    key: str


@dataclass(frozen=True)
class Reject:
    """A request that a business day refused (intake.md, stage `apply`)."""

    entity: str
    record: str
    reason: str
    message: str
    on_date: date


@dataclass(frozen=True)
class Posting:
    """One line of a transaction, debit positive (L10)."""

    company: str
    account: str
    currency: str
    on_date: date
    amount: int
    transaction: str
    source: str
