"""Which points does a paid invoice earn (L7.5)? Four rules a company: for all, large invoices, a promotion, VIPs.

The promotion runs during the first weeks of the demo, and its points expire within it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from models.demo.companies import Company
from models.demo.payments import Bill
from models.demo.rows import Row, row
from models.demo.setting import Setting

PROMOTION_DAYS = 24
PROMOTED_PLANS = {"himma": "himma-month", "sepidar": "sepidar-quarter", "dhow": "dhow-month"}
SPEND = {"himma": "1", "sepidar": "20000", "dhow": "0.1"}
"""What one point costs to earn; a point is worth a twentieth of it."""
LARGE = {"himma": "700", "sepidar": "60000000", "dhow": "100"}
"""From which total on an invoice is large."""


@dataclass(frozen=True)
class LoyaltyRule:
    """So many points for each full `spend_amount` of an invoice that the rule holds for."""

    code: str
    company: Company
    priority: int
    spend_amount: Decimal
    points: Decimal
    min_total: Decimal | None = None
    category: str | None = None
    plan: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    valid_days: int | None = None

    def holds_for(self, bill: Bill, day: date) -> bool:
        """Whether the bill earns by it if it is paid on `day`."""
        return (
            self.category in (None, bill.membership.customer.category)
            and self.plan in (None, bill.membership.plan.code)
            and (self.min_total is None or bill.invoice.total >= self.min_total)
            and (self.starts_on is None or self.starts_on <= day)
            and (self.ends_on is None or day < self.ends_on)
        )


@dataclass(frozen=True)
class EarnedPoints:
    """Points that a bill is expected to bring, usable after `earned_on` and before `expires_on`."""

    customer: str
    points: Decimal
    earned_on: date
    expires_on: date


def rules_of(setting: Setting, company: Company) -> tuple[LoyaltyRule, ...]:
    """The rules of `company`, the highest priority first."""
    spend, prefix, first = Decimal(SPEND[company.code]), company.prefix, setting.first_day
    promoted = PROMOTED_PLANS[company.code]
    ends_on = first + timedelta(days=PROMOTION_DAYS)
    return (
        LoyaltyRule(f"{prefix}-L-VIP", company, 50, spend, Decimal(2), category="vip"),
        LoyaltyRule(
            f"{prefix}-L-PROMOTION", company, 40, spend, Decimal(3),
            plan=promoted, starts_on=first, ends_on=ends_on, valid_days=35,
        ),
        LoyaltyRule(
            f"{prefix}-L-LARGE", company, 20, spend * 10, Decimal(15),
            min_total=Decimal(LARGE[company.code]), valid_days=730,
        ),
        LoyaltyRule(f"{prefix}-L-ALL", company, 10, spend, Decimal(1), valid_days=365),
    )  # fmt: skip


def expected_points(setting: Setting, company: Company, bills: Iterable[Bill]) -> Iterator[EarnedPoints]:
    """What the paid ones of these bills earn, by the first rule that holds."""
    rules = rules_of(setting, company)
    for bill in bills:
        if bill.paid_on is None:
            continue
        rule = next(rule for rule in rules if rule.holds_for(bill, bill.paid_on))
        points = bill.invoice.total // rule.spend_amount * rule.points
        expires_on = date.max if rule.valid_days is None else bill.paid_on + timedelta(days=rule.valid_days)
        yield EarnedPoints(bill.membership.customer.code, points, bill.paid_on, expires_on)


def loyalty_rule_rows(setting: Setting, company: Company) -> list[Row]:
    """The rules as they stand in loyalty_rules.csv."""
    return [
        row(
            "loyalty_rules",
            rule=rule.code,
            company=company.code,
            priority=rule.priority,
            spend_amount=rule.spend_amount,
            points=rule.points,
            min_total=rule.min_total,
            category=rule.category,
            plan=rule.plan,
            starts_on=rule.starts_on,
            ends_on=rule.ends_on,
            valid_days=rule.valid_days,
        )
        for rule in rules_of(setting, company)
    ]
