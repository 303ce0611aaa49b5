"""The amount of a period, net, tax and total, in minor units (L2.3). PostgreSQL's round() is half away from zero.

unit price 100.00, quantity 3, discount 33.3 %, tax 15 % on top: amount 200.10, net 200.10, tax 30.02, total 230.12
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]


def _whole(value: Column) -> Column:
    """Rounded once, half away from zero, to whole minor units."""
    return sa.cast(sa.func.round(value), sa.BigInteger)


def quotient(value: Column, by: Column) -> Column:
    """value / by rounded once, half away from zero, to a whole number; `by` is above zero.

    div() cuts the exact quotient to a whole number, so half of `by` is added before.
    """
    exact = sa.cast(value, sa.Numeric)  # sign() and div() of a bigint would be those of a float
    return sa.cast(sa.func.sign(exact) * sa.func.div(2 * sa.func.abs(exact) + by, 2 * by), sa.BigInteger)


def amount(unit_price_minor: Column, quantity: Column, discount_percent: Column) -> Column:
    """unit price × quantity less the discount, rounded once."""
    # A product is exact; a quotient would be cut at some digit and rounded a second time.
    return _whole(unit_price_minor * quantity * (100 - discount_percent) * sa.literal_column("0.01", sa.Numeric))


def net(amount_minor: Column, tax_rate: Column, tax_included: Column) -> Column:
    """What remains of the amount without its tax."""
    return sa.case((tax_included, quotient(amount_minor, 1 + tax_rate)), else_=amount_minor)


def tax(amount_minor: Column, tax_rate: Column, tax_included: Column) -> Column:
    """The tax: on top of the amount, or what the amount holds beyond its net."""
    inclusive = amount_minor - net(amount_minor, tax_rate, tax_included)
    return sa.case((tax_included, inclusive), else_=_whole(amount_minor * tax_rate))


def sum_where(of: Column, where: Column) -> Column:
    """The sum of whole numbers over the rows where something holds; 0 where there is none."""
    return sa.cast(sa.func.coalesce(sa.func.sum(of).filter(where), 0), sa.BigInteger)


def major(amount_minor: Column, minor_digits: Column) -> Column:
    """Minor units as NUMERIC with exactly the currency's decimals: 1050, 2 -> 10.50; 1050, 3 -> 1.050 (L2.4)."""
    scale = sa.func.power(sa.cast(10, sa.Numeric), minor_digits)
    return sa.func.round(amount_minor / scale, sa.cast(minor_digits, sa.Integer))
