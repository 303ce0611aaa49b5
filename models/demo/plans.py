"""What the three companies sell: the plans, their prices, and the price rise in the middle of the demo.

Every plan can bill without expiring its members on the day of billing (L2.2): it has `grace_days >= 1` or none.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from models.demo.companies import KUWAIT, RIYADH, TEHRAN, Company
from models.demo.rows import Row, row
from models.demo.setting import Setting

YEARS_OF_PRICES = 8
"""How long before the demo the first prices began: before the oldest membership, so that each has a price (L2.1)."""


@dataclass(frozen=True)
class Plan:
    """A plan as plans.csv describes it, with its prices and how popular it is among the company's `audience`."""

    code: str
    company: Company
    name: str
    unit: str
    count: int
    price: str
    raised_to: str | None = None
    tax_included: bool = True
    terms_days: int = 7
    lead_days: int = 3
    grace_days: int | None = 7
    auto_renew: bool = True
    closable: bool = True
    freeze_days_max: int | None = 0
    on_expiry: str = "void"
    reminder_days: tuple[int, ...] = (7, 1)
    popularity: int = 10
    audience: str = "person"
    counts_in: str | None = None
    """Its calendar where that is not its company's."""

    @property
    def calendar(self) -> str:
        """In which it counts months and years (L1.4)."""
        return self.counts_in or self.company.calendar


PLANS = (
    Plan("himma-month", RIYADH, "اشتراك شهري", "month", 1, "299.00", "329.00",
         freeze_days_max=30, reminder_days=(7, 3, 1), popularity=52),
    Plan("himma-hijri", RIYADH, "اشتراك شهري هجري", "month", 1, "289.00",
         freeze_days_max=30, reminder_days=(5, 1), popularity=9, counts_in="hijri"),
    Plan("himma-quarter", RIYADH, "اشتراك ربع سنوي", "month", 3, "780.00",
         lead_days=7, grace_days=10, freeze_days_max=45, reminder_days=(14, 3), popularity=16),
    Plan("himma-year", RIYADH, "اشتراك سنوي", "year", 1, "2760.00", terms_days=14, lead_days=14, grace_days=15,
         freeze_days_max=60, on_expiry="collect", reminder_days=(30, 7, 1), popularity=10),
    Plan("himma-class", RIYADH, "بطاقة الحصص الأسبوعية", "week", 1, "85.00", "92.00",
         terms_days=0, lead_days=0, grace_days=2, reminder_days=(1,), popularity=14),
    Plan("himma-10day", RIYADH, "بطاقة عشرة أيام", "day", 10, "150.00", terms_days=0, lead_days=0, grace_days=1,
         auto_renew=False, closable=False, reminder_days=(2,), popularity=8),
    Plan("himma-corporate", RIYADH, "عضوية الشركات", "month", 1, "240.00", tax_included=False, terms_days=30,
         lead_days=10, grace_days=None, closable=False, freeze_days_max=None, on_expiry="collect",
         reminder_days=(10,), audience="organization"),
    Plan("sepidar-month", TEHRAN, "اشتراک ماهانه", "month", 1, "24500000", "27900000",
         tax_included=False, freeze_days_max=15, reminder_days=(5, 1), popularity=54),
    Plan("sepidar-quarter", TEHRAN, "اشتراک سه‌ماهه", "month", 3, "64000000", tax_included=False, lead_days=7,
         grace_days=10, freeze_days_max=30, reminder_days=(10, 3), popularity=16),
    Plan("sepidar-year", TEHRAN, "اشتراک سالانه", "year", 1, "219000000", tax_included=False, terms_days=10,
         lead_days=10, grace_days=20, freeze_days_max=60, on_expiry="collect", reminder_days=(30, 7), popularity=10),
    Plan("sepidar-talk", TEHRAN, "کلاس هفتگی گفت‌وگو", "week", 1, "12800000",
         tax_included=False, terms_days=1, lead_days=1, grace_days=2, reminder_days=(2,), popularity=13),
    Plan("sepidar-intensive", TEHRAN, "دورهٔ فشردهٔ ده‌روزه", "day", 10, "18500000", tax_included=False, terms_days=0,
         lead_days=0, grace_days=2, auto_renew=False, closable=False, reminder_days=(), popularity=7),
    Plan("sepidar-team", TEHRAN, "اشتراک سازمانی", "month", 1, "21000000", tax_included=False, terms_days=21,
         lead_days=7, grace_days=None, closable=False, on_expiry="collect", reminder_days=(7,),
         audience="organization"),
    Plan("dhow-month", KUWAIT, "Monthly Membership", "month", 1, "38.500", "42.000",
         lead_days=5, freeze_days_max=30, reminder_days=(7, 3), popularity=50),
    Plan("dhow-quarter", KUWAIT, "Quarterly Membership", "month", 3, "104.000", terms_days=10, lead_days=10,
         grace_days=10, freeze_days_max=45, reminder_days=(14, 7, 1), popularity=16),
    Plan("dhow-year", KUWAIT, "Annual Membership", "year", 1, "372.500", "395.000", terms_days=14, lead_days=14,
         grace_days=14, freeze_days_max=None, on_expiry="collect", reminder_days=(30, 14), popularity=12),
    Plan("dhow-class", KUWAIT, "Weekly Class Pass", "week", 1, "9.750",
         terms_days=0, lead_days=0, grace_days=2, reminder_days=(1,), popularity=14),
    Plan("dhow-guest", KUWAIT, "Ten-Day Guest Pass", "day", 10, "14.250", terms_days=0, lead_days=0, grace_days=1,
         auto_renew=False, closable=False, reminder_days=(2,), popularity=8),
    Plan("dhow-corporate", KUWAIT, "Corporate Membership", "month", 1, "31.250", terms_days=30, lead_days=7,
         grace_days=None, closable=False, freeze_days_max=None, on_expiry="collect", reminder_days=(14,),
         audience="organization"),
)  # fmt: skip


def plans_of(company: Company, audience: str) -> tuple[Plan, ...]:
    """What `company` sells to persons or to organizations."""
    return tuple(plan for plan in PLANS if plan.company is company and plan.audience == audience)


def price_versions(setting: Setting, plan: Plan) -> tuple[tuple[date, Decimal], ...]:
    """The plan's prices with the days from which they hold, oldest first."""
    first = (date(setting.first_day.year - YEARS_OF_PRICES, 1, 1), Decimal(plan.price))
    if plan.raised_to is None:
        return (first,)
    return (first, (setting.middle, Decimal(plan.raised_to)))


def price_on(setting: Setting, plan: Plan, day: date) -> Decimal:
    """The unit price of a period that starts on `day` (L2.1)."""
    return [price for effective_from, price in price_versions(setting, plan) if effective_from <= day][-1]


def plan_row(plan: Plan) -> Row:
    """The plan as it stands in plans.csv."""
    return row(
        "plans",
        plan=plan.code,
        company=plan.company.code,
        name=plan.name,
        interval_unit=plan.unit,
        interval_count=plan.count,
        calendar=plan.calendar,
        currency=plan.company.currency,
        tax_rate=plan.company.tax_rate,
        tax_included=plan.tax_included,
        terms_days=plan.terms_days,
        lead_days=plan.lead_days,
        grace_days=plan.grace_days,
        auto_renew=plan.auto_renew,
        closable=plan.closable,
        freeze_days_max=plan.freeze_days_max,
        on_expiry=plan.on_expiry,
        reminder_days=plan.reminder_days,
    )


def price_rows(setting: Setting, plan: Plan) -> list[Row]:
    """The plan's prices as they stand in plan_prices.csv."""
    return [
        row("plan_prices", plan=plan.code, effective_from=effective_from, price=price)
        for effective_from, price in price_versions(setting, plan)
    ]
