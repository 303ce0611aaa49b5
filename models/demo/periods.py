"""Where do periods begin, and what does one cost? A plain reading of L1.3, L1.4 and L2.3.

The demo's own forecast, so that its members pay sums and dates that make sense; the product alone decides.
"""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from models.demo.calendars import months_later
from models.demo.plans import Plan


def boundary(plan: Plan, anchor: date, number: int) -> date:
    """Boundary `number` of a membership of `plan`, counted from its anchor in the plan's calendar.

    Monthly from 31 Jan 2028: boundary 1 is 29 Feb, boundary 2 is 31 Mar.
    """
    count = plan.count * number
    if plan.unit in ("day", "week"):
        return anchor + timedelta(days=count * (7 if plan.unit == "week" else 1))
    return months_later(anchor, count * (12 if plan.unit == "year" else 1), plan.calendar)


def boundary_from(plan: Plan, anchor: date, day: date) -> int:
    """The number, 1 or more, of the first boundary on or after `day`."""
    longest_days = plan.count * {"day": 1, "week": 7, "month": 31, "year": 366}[plan.unit]
    number = max(1, (day - anchor).days // longest_days)
    while boundary(plan, anchor, number) < day:
        number += 1
    return number


def period_total(plan: Plan, *, unit_price: Decimal, quantity: int, discount_percent: Decimal) -> Decimal:
    """What one period costs with its tax, in major units (L2.3)."""
    company = plan.company
    amount = rounded(unit_price * quantity * (100 - discount_percent) / 100, company.decimals)
    if plan.tax_included:
        return amount
    return amount + rounded(amount * company.tax_rate, company.decimals)


def rounded(amount: Decimal, decimals: int) -> Decimal:
    """`amount` to so many decimals, half away from zero."""
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
