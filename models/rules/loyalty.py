"""Earning and redeeming points (L7.5, L7.6).

base 250.00, spend_amount 10, points 2:      floor(25.0) × 2 = 50 points
open 115.00, point_value 0.05, 5,000 asked:  2,300 points pay 115.00; the other 2,700 stay in their lots
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.lots import loyalty_rules

Column = sa.ColumnElement[Any]

FIRST_RULE = (loyalty_rules.c.priority.desc(), loyalty_rules.c.rule)
"""Highest priority number first, then code (L7.5)."""


def matches(as_of: date, company: Column, category: Column, plan: Column, base: Column) -> Column:
    """Whether a loyalty rule holds on `as_of`, half-open (L1.2), for what it is asked about; `base` in major units."""
    r = loyalty_rules.c
    return sa.and_(
        r.company == company,
        r.starts_on.is_(None) | (r.starts_on <= as_of),
        r.ends_on.is_(None) | (r.ends_on > as_of),
        r.category.is_(None) | (r.category == category),
        r.plan.is_(None) | (r.plan == plan),
        r.min_total.is_(None) | (base >= r.min_total),
    )


def earned(base: Column) -> Column:
    """The points that a rule gives for `base`: the whole steps in it, times its points. div() is exact."""
    return sa.func.div(base, loyalty_rules.c.spend_amount, type_=sa.Numeric) * loyalty_rules.c.points


def payable_points(asked: Column, open_major: Column, point_value: Column) -> Column:
    """As many whole points of those asked for as an invoice can take; 0 where points have no value."""
    fitting = sa.func.div(open_major, sa.func.nullif(point_value, 0), type_=sa.Numeric)
    return sa.func.floor(sa.func.least(asked, sa.func.coalesce(fitting, 0)), type_=sa.Numeric)
