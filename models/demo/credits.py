"""What can members hold besides time? Credit types, and what each paid period of a plan gives of them (L7.1, L7.2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from models.demo.companies import Company
from models.demo.payments import Bill
from models.demo.plans import Plan
from models.demo.rows import Row, row


class CreditType(NamedTuple):
    """A kind of credit, and the portions in which it is used."""

    code: str
    name: str
    unit: str
    decimals: int
    portions: tuple[str, ...] = ()


POINTS = "points"
CREDIT_TYPES = {
    "himma": (
        CreditType("pt-session", "حصص التدريب الشخصي", "حصة", 0, ("1",)),
        CreditType("guest-pass", "دعوات الضيوف", "دعوة", 0, ("1", "1", "2")),
        CreditType("pool-hour", "ساعات المسبح", "ساعة", 1, ("0.5", "1", "1", "1.5")),
        CreditType(POINTS, "نقاط الهمّة", "نقطة", 0),
    ),
    "sepidar": (
        CreditType("class-hour", "ساعت کلاس زنده", "ساعت", 1, ("1", "1.5", "1.5", "2")),
        CreditType("mentoring", "جلسهٔ مشاوره", "جلسه", 0, ("1",)),
        CreditType(POINTS, "امتیاز سپیدار", "امتیاز", 0),
    ),
    "dhow": (
        CreditType("pt-session", "Personal training", "session", 0, ("1",)),
        CreditType("guest-pass", "Guest passes", "pass", 0, ("1", "1", "2", "3")),
        CreditType("court-hour", "Padel court hours", "hour", 1, ("1", "1", "1.5")),
        CreditType(POINTS, "Pearl points", "point", 0),
    ),
}


class PlanCredit(NamedTuple):
    """What one paid period gives: for the period, or for so many days from its start."""

    credit_type: str
    quantity: str
    valid_days: int | None = None


PLAN_CREDITS = {
    "himma-month": (PlanCredit("pt-session", "1"), PlanCredit("guest-pass", "2", 21)),
    "himma-hijri": (PlanCredit("guest-pass", "2"),),
    "himma-quarter": (PlanCredit("pt-session", "3"), PlanCredit("guest-pass", "4", 45)),
    "himma-year": (PlanCredit("pt-session", "6", 120), PlanCredit("guest-pass", "12"), PlanCredit("pool-hour", "20.5")),
    "himma-corporate": (PlanCredit("guest-pass", "8"), PlanCredit("pool-hour", "30", 30)),
    "sepidar-month": (PlanCredit("class-hour", "6"), PlanCredit("mentoring", "1", 20)),
    "sepidar-quarter": (PlanCredit("class-hour", "19.5"), PlanCredit("mentoring", "3")),
    "sepidar-year": (PlanCredit("class-hour", "40", 180), PlanCredit("mentoring", "10")),
    "sepidar-talk": (PlanCredit("class-hour", "1.5"),),
    "sepidar-intensive": (PlanCredit("class-hour", "12.5", 14),),
    "sepidar-team": (PlanCredit("class-hour", "40"), PlanCredit("mentoring", "4", 30)),
    "dhow-month": (PlanCredit("guest-pass", "2", 21), PlanCredit("court-hour", "3")),
    "dhow-quarter": (PlanCredit("guest-pass", "5"), PlanCredit("court-hour", "7.5", 60)),
    "dhow-year": (PlanCredit("guest-pass", "20"), PlanCredit("court-hour", "30.5"), PlanCredit("pt-session", "4", 90)),
    "dhow-guest": (PlanCredit("court-hour", "1"),),
    "dhow-corporate": (PlanCredit("guest-pass", "10"), PlanCredit("court-hour", "20", 30)),
}
"""Plan -> its credits; those of weekly classes and ten days are mostly for coming and going alone."""


@dataclass(frozen=True)
class ExpectedLot:
    """What a bill gives when it is paid, usable in `[usable_from, expires_on)`."""

    bill: Bill
    credit_type: str
    quantity: Decimal
    usable_from: date
    expires_on: date


def expected_lots(bills: Iterable[Bill]) -> Iterator[ExpectedLot]:
    """What the paid ones of these bills give, in their order."""
    for bill in bills:
        for credit in PLAN_CREDITS.get(bill.membership.plan.code, ()):
            if bill.paid_on is not None:
                yield _lot(bill, bill.paid_on, credit)


def _lot(bill: Bill, paid_on: date, credit: PlanCredit) -> ExpectedLot:
    starts_on, expires_on = bill.invoice.starts_on, bill.invoice.ends_on
    if credit.valid_days is not None:
        expires_on = starts_on + timedelta(days=credit.valid_days)
    return ExpectedLot(bill, credit.credit_type, Decimal(credit.quantity), max(starts_on, paid_on), expires_on)


def type_named(company: Company, code: str) -> CreditType:
    """A credit type of the company."""
    return next(credit_type for credit_type in CREDIT_TYPES[company.code] if credit_type.code == code)


def credit_type_rows(company: Company) -> list[Row]:
    """The company's credit types as they stand in credit_types.csv."""
    return [
        row(
            "credit_types",
            company=company.code,
            credit_type=credit_type.code,
            name=credit_type.name,
            unit=credit_type.unit,
            decimals=credit_type.decimals,
        )
        for credit_type in CREDIT_TYPES[company.code]
    ]


def plan_credit_rows(plan: Plan) -> list[Row]:
    """What the plan gives, as it stands in plan_credits.csv."""
    return [
        row(
            "plan_credits",
            plan=plan.code,
            credit_type=credit.credit_type,
            quantity=credit.quantity,
            valid_days=credit.valid_days,
        )
        for credit in PLAN_CREDITS.get(plan.code, ())
    ]
