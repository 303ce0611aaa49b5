"""Who pays the fees of dunning? Most of those who pay late pay them too, some days after; the rest stay open."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from models.demo.companies import Company
from models.demo.dunning import DUNNING_LEVELS
from models.demo.payments import Bill, Payment, Takings
from models.demo.periods import rounded
from models.demo.setting import Setting, weighted

LIKELIHOOD = 0.75


def with_fees(setting: Setting, company: Company, takings: Takings) -> Takings:
    """The same takings, and the fees that came in besides."""
    payments = [*takings.payments, *_fees_paid(setting, company, takings.bills)]
    return replace(takings, payments=sorted(payments, key=lambda payment: payment.paid_on))


def _fees_paid(setting: Setting, company: Company, bills: Iterable[Bill]) -> Iterator[Payment]:
    """One payment for the fees of one bill; it names no membership, as its invoice is not one of a period."""
    chance = setting.stream("fees", company.code)
    for bill in bills:
        fee, customer = _fee_of(company, bill), bill.membership.customer
        if not fee or customer.profile.get("dunning_blocked") or chance.random() > LIKELIHOOD or bill.paid_on is None:
            continue
        day = bill.paid_on + timedelta(days=chance.randrange(1, 9))
        if setting.covers(day):
            yield Payment(customer, None, rounded(fee, company.decimals), day, weighted(company.methods, chance), None)


def _fee_of(company: Company, bill: Bill) -> Decimal:
    """The fees of the levels that a bill passed before it was paid."""
    if bill.paid_on is None:
        return Decimal(0)
    overdue_days = (bill.paid_on - bill.invoice.due_on).days
    fees = (level.fee for level in DUNNING_LEVELS[company.code] if level.fee and level.days_overdue < overdue_days)
    return sum(fees, Decimal(0))
