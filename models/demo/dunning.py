"""How does each company chase what is overdue (L8)? Three levels: a friendly word, a fee, and a last one.

Memberships that lapse are over before the second level; the others, of organizations and by the year, reach all three.
"""

from decimal import Decimal
from typing import NamedTuple

from models.demo.companies import Company
from models.demo.rows import Row, row


class DunningLevel(NamedTuple):
    """From so many days after the due day on, with a fee or without one."""

    days_overdue: int
    fee: Decimal | None
    template: str


DUNNING_LEVELS = {
    "himma": (
        DunningLevel(2, None, "friendly"),
        DunningLevel(10, Decimal("25.00"), "firm"),
        DunningLevel(17, Decimal("60.00"), "final"),
    ),
    "sepidar": (
        DunningLevel(2, None, "friendly"),
        DunningLevel(10, Decimal(1_500_000), "firm"),
        DunningLevel(18, Decimal(4_000_000), "final"),
    ),
    "dhow": (
        DunningLevel(2, None, "friendly"),
        DunningLevel(10, Decimal("2.500"), "firm"),
        DunningLevel(20, Decimal("7.500"), "final"),
    ),
}


def dunning_level_rows(company: Company) -> list[Row]:
    """The levels as they stand in dunning_levels.csv."""
    return [
        row(
            "dunning_levels",
            company=company.code,
            level=number,
            days_overdue=level.days_overdue,
            fee=level.fee,
            template=level.template,
        )
        for number, level in enumerate(DUNNING_LEVELS[company.code], start=1)
    ]
