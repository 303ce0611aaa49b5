"""Checks that several entities share: references that must exist, signs, decimals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from models.companies import companies, currencies
from models.customers import customers
from models.intake.entities import Check, Rows
from models.memberships import memberships
from models.plans import plans

Column = sa.ColumnElement[Any]


def exists_in(column: str, target: sa.Column[Any], what: str) -> Check:
    """`column` names a row that exists: reason unknown_<what>."""
    return Check(
        f"unknown_{what}",
        lambda rows: rows.c[column].isnot(None) & ~sa.exists().where(target == rows.c[column]),
        lambda rows: sa.func.concat(column, " is ", rows.c[column], f"; expected a known {what}. Load it first."),
    )


KNOWN_COMPANY = exists_in("company", companies.c.company, "company")
KNOWN_CUSTOMER = exists_in("customer", customers.c.customer, "customer")
KNOWN_MEMBERSHIP = exists_in("membership", memberships.c.membership, "membership")
KNOWN_PLAN = exists_in("plan", plans.c.plan, "plan")
KNOWN_CURRENCY = exists_in("currency", currencies.c.currency, "currency")


def positive(column: str) -> Check:
    """`column` is more than zero."""
    return _sign(column, "not_positive", lambda value: value <= 0, "more than 0")


def not_negative(column: str) -> Check:
    """`column` is zero or more."""
    return _sign(column, "negative", lambda value: value < 0, "0 or more")


def _sign(column: str, reason: str, wrong: Callable[[Column], Column], expected: str) -> Check:
    return Check(
        f"{column}_{reason}",
        lambda rows: wrong(rows.c[column]),
        lambda rows: sa.func.concat(column, " is ", rows.c[column], f"; expected {expected}."),
    )


def later(column: str, than: str) -> Check:
    """`column` is after `than`, where both are given."""
    return Check(
        f"{column}_not_after_{than}",
        lambda rows: rows.c[column] <= rows.c[than],
        lambda rows: sa.func.concat(
            column, " is ", rows.c[column], f"; expected a day after {than} ", rows.c[than], "."
        ),
    )


def precise(column: str) -> Check:
    """An amount has no more decimals than its currency (L2.4)."""
    return Check(
        f"{column}_over_precise",
        lambda rows: _minor(rows, column) != sa.func.trunc(_minor(rows, column)),
        lambda rows: sa.func.concat(
            column, " is ", rows.c[column], "; expected at most ", rows.c.minor_digits, " decimals in its currency."
        ),
    )


def _minor(rows: Rows, column: str) -> Column:
    return rows.c[column] * sa.func.power(sa.cast(10, sa.Numeric), rows.c.minor_digits)


def digits_of(currency: Callable[[Rows], Column]) -> Callable[[Rows], Column]:
    """The decimals of the currency that a row's amounts are in."""
    digits = sa.select(currencies.c.minor_digits)
    return lambda rows: _looked_up(digits.where(currencies.c.currency == currency(rows)), currencies)


def _looked_up(query: sa.Select[Any], of: sa.Table) -> Column:
    """The one value that `query` finds in `of` for a row; whatever else it names is the row's."""
    return query.correlate_except(of).scalar_subquery()


def own_currency(rows: Rows) -> Column:
    """The row names its currency."""
    return rows.c.currency


def currency_of_plan(rows: Rows) -> Column:
    """The row's amounts are in the currency of its plan."""
    return _looked_up(sa.select(plans.c.currency).where(plans.c.plan == rows.c.plan), plans)


def currency_of_company(rows: Rows) -> Column:
    """The row's amounts are in the currency of its company."""
    return _looked_up(sa.select(companies.c.currency).where(companies.c.company == rows.c.company), companies)
