"""Which refunds are asked for? Mostly of credit that is there (L6.4); some of money long spent, which are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.demo.companies import Company
from models.demo.customers import Customer
from models.demo.payments import LeftOver, Payment
from models.demo.rows import Row, row
from models.demo.setting import Setting

LIKELIHOOD = {"lapsed": 0.2, "overpaid": 0.03}
"""Why money was left over -> how many ask for it back."""
REASONS = {
    "ar": {
        "lapsed": "انتهت العضوية قبل وصول الدفعة",
        "overpaid": "دُفع أكثر من المستحق",
        "spent": "طلب استرجاع قيمة الاشتراك",
    },
    "fa": {
        "lapsed": "پرداخت پس از پایان عضویت",
        "overpaid": "پرداخت بیش از مبلغ صورت‌حساب",
        "spent": "انصراف از دوره",
    },
    "en": {
        "lapsed": "Paid after the membership had ended",
        "overpaid": "Paid more than was due",
        "spent": "Changed their mind",
    },
}


@dataclass(frozen=True)
class Refund:
    """One refund asked for, before it has its number."""

    customer: Customer
    amount: Decimal
    refunded_on: date
    reason: str


def refunds_of(
    setting: Setting, company: Company, payments: Sequence[Payment], left_over: Iterable[LeftOver]
) -> list[Refund]:
    """The refunds `company` is asked for during the demo, one a customer, in order of their days."""
    chance = setting.stream("refunds", company.code)
    reasons = REASONS[company.language]
    asked: dict[str, Refund] = {}
    for rest in left_over:
        if chance.random() < LIKELIHOOD[rest.cause]:
            day = rest.since + timedelta(days=chance.randrange(1, 4))
            asked[rest.customer.code] = Refund(rest.customer, rest.amount, day, reasons[rest.cause])
    for payment in chance.sample(payments, min(len(payments), 1 + setting.members // 1500)):
        day = payment.paid_on + timedelta(days=chance.randrange(4, 9))
        asked.setdefault(payment.customer.code, Refund(payment.customer, payment.amount * 2, day, reasons["spent"]))
    covered = (refund for refund in asked.values() if setting.covers(refund.refunded_on))
    return sorted(covered, key=lambda refund: refund.refunded_on)


def refund_rows(company: Company, refunds: Iterable[Refund]) -> list[Row]:
    """The refunds as they stand in refunds.csv, numbered in order."""
    return [
        row(
            "refunds",
            refund=f"{company.prefix}-R{number:05d}",
            customer=refund.customer.code,
            amount=refund.amount,
            currency=company.currency,
            refunded_on=refund.refunded_on,
            reason=refund.reason,
        )
        for number, refund in enumerate(refunds, start=1)
    ]
