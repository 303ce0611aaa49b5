"""What the demo's payers believe they owe: boundaries and amounts in plain Python (L1.3, L1.4, L2.3)."""

from datetime import date
from decimal import Decimal

import pytest

from models.demo.periods import boundary, period_total
from models.demo.plans import PLANS, Plan


def plan_named(code: str) -> Plan:
    return next(plan for plan in PLANS if plan.code == code)


@pytest.mark.parametrize(
    ("plan", "anchor", "number", "expected"),
    [
        ("dhow-month", date(2028, 1, 31), 1, date(2028, 2, 29)),
        ("dhow-month", date(2028, 1, 31), 2, date(2028, 3, 31)),
        ("dhow-quarter", date(2027, 11, 30), 1, date(2028, 2, 29)),
        ("dhow-year", date(2028, 2, 29), 1, date(2029, 2, 28)),
        ("dhow-year", date(2028, 2, 29), 4, date(2032, 2, 29)),
        ("dhow-month", date(2027, 12, 15), 12, date(2028, 12, 15)),
        ("dhow-class", date(2028, 2, 25), 1, date(2028, 3, 3)),
        ("dhow-guest", date(2028, 2, 25), 1, date(2028, 3, 6)),
        # 31 Farvardin 1407 -> 31 Ordibehesht, 30 Mehr, 29 Esfand
        ("sepidar-month", date(2028, 4, 19), 1, date(2028, 5, 20)),
        ("sepidar-month", date(2028, 4, 19), 6, date(2028, 10, 21)),
        ("sepidar-month", date(2028, 4, 19), 11, date(2029, 3, 19)),
        # 30 Esfand 1403, a leap year's last day -> 29 Esfand 1404, 30 Esfand 1408
        ("sepidar-year", date(2025, 3, 20), 1, date(2026, 3, 20)),
        ("sepidar-year", date(2025, 3, 20), 5, date(2030, 3, 20)),
        # 1 Ramadan 1449 -> 1 Shawwal
        ("himma-hijri", date(2028, 1, 28), 1, date(2028, 2, 26)),
        # 30 Rajab 1449 -> 29 Ramadan, 30 Shawwal
        ("himma-hijri", date(2027, 12, 28), 2, date(2028, 2, 25)),
        ("himma-hijri", date(2027, 12, 28), 3, date(2028, 3, 26)),
    ],
)
def test_boundaries_are_counted_from_the_anchor(plan: str, anchor: date, number: int, expected: date) -> None:
    assert boundary(plan_named(plan), anchor, number) == expected


@pytest.mark.parametrize(
    ("plan", "unit_price", "quantity", "discount_percent", "expected"),
    [
        ("himma-month", "299.00", 1, "0", "299.00"),
        ("himma-month", "33.33", 3, "10", "89.99"),
        ("himma-corporate", "240.00", 5, "12.5", "1207.50"),
        ("himma-corporate", "0.05", 1, "10", "0.06"),
        ("sepidar-month", "24500000", 1, "0", "26950000.00"),
        ("dhow-class", "9.750", 1, "33.3", "6.503"),
    ],
)
def test_a_period_costs_its_rounded_amount_and_tax(
    plan: str, unit_price: str, quantity: int, discount_percent: str, expected: str
) -> None:
    """L2.3: each amount is rounded once, half away from zero."""
    total = period_total(
        plan_named(plan),
        unit_price=Decimal(unit_price),
        quantity=quantity,
        discount_percent=Decimal(discount_percent),
    )
    assert str(total) == expected
