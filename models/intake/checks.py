"""Checks that several entities share: references that must exist, signs and bounds, decimals, one company."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from models.companies import companies, currencies
from models.customers import customers
from models.intake.entities import Check, Rows, in_minor_units
from models.lots import credit_types
from models.memberships import memberships
from models.plans import plans

Column = sa.ColumnElement[Any]
Of = Callable[[Rows], Column]
"""Something that is known of a row by looking it up."""

HIGHEST_PRICE_MINOR = 10**13
HIGHEST_QUANTITY = 100_000
"""Together they keep every amount of a period within a bigint: no row can stop a night by its size."""


def exists_in(column: str, target: sa.Column[Any], what: str) -> Check:
    """`column` names a row that exists: reason unknown_<what>."""
    return Check(
        f"unknown_{what}",
        lambda rows: rows.c[column].isnot(None) & ~sa.exists().where(target == rows.c[column]),
        lambda rows: sa.func.concat(column, " is ", rows.c[column], f"; expected a {what} that was loaded before."),
    )


KNOWN_COMPANY = exists_in("company", companies.c.company, "company")
KNOWN_CUSTOMER = exists_in("customer", customers.c.customer, "customer")
KNOWN_MEMBERSHIP = exists_in("membership", memberships.c.membership, "membership")
KNOWN_PLAN = exists_in("plan", plans.c.plan, "plan")
KNOWN_CURRENCY = Check(
    "unknown_currency",
    lambda rows: ~sa.exists().where(currencies.c.currency == rows.c.currency),
    lambda rows: sa.func.concat("currency is ", rows.c.currency, "; expected a code of ISO 4217 such as SAR."),
)


def positive(column: str) -> Check:
    """`column` is more than zero."""
    return bounded(column, lambda value: value <= 0, "more than 0", reason="not_positive")


def not_negative(column: str) -> Check:
    """`column` is zero or more."""
    return bounded(column, lambda value: value < 0, "0 or more", reason="negative")


def bounded(column: str, wrong: Callable[[Column], Column], expected: str, reason: str = "out_of_range") -> Check:
    """`column` is not `wrong`: reason <column>_<reason>."""
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
        lambda rows: _compared(rows, column, "a day after", than),
    )


def not_earlier(column: str, than: str) -> Check:
    """`column` is not before `than`, where both are given."""
    return Check(
        f"{column}_before_{than}",
        lambda rows: rows.c[column] < rows.c[than],
        lambda rows: _compared(rows, column, "no day before", than),
    )


def _compared(rows: Rows, column: str, how: str, than: str) -> Column:
    return sa.func.concat(column, " is ", rows.c[column], f"; expected {how} {than} ", rows.c[than], ".")


def precise(column: str, of: str = "its currency") -> Check:
    """An amount has no more decimals than its currency, or its credit type, has (L2.4, L7.1)."""
    return Check(
        f"{column}_over_precise",
        lambda rows: rows.c[column] != sa.func.trunc(rows.c[column], sa.cast(rows.c.minor_digits, sa.Integer)),
        lambda rows: sa.func.concat(
            column, " is ", rows.c[column], "; expected at most ", rows.c.minor_digits, f" decimals, as {of} has."
        ),
    )


def billable(column: str) -> Check:
    """A price that can be multiplied by any quantity."""
    return Check(
        f"{column}_out_of_range",
        lambda rows: in_minor_units(rows.c[column], rows.c.minor_digits) > HIGHEST_PRICE_MINOR,
        lambda rows: sa.func.concat(
            column, " is ", rows.c[column], f"; expected at most {HIGHEST_PRICE_MINOR} minor units of its currency."
        ),
    )


def same_company(what: str, one: Of, whose: str, other: Of) -> Check:
    """Two things that a row brings together belong to one company."""
    return Check(
        "company_mismatch",
        lambda rows: one(rows) != other(rows),
        lambda rows: sa.func.concat(
            f"{what} is of company ", one(rows), f", {whose} of ", other(rows), "; expected one company for both."
        ),
    )


def known_credit_type(company: Of) -> Check:
    """`credit_type` is one of the company's."""
    return Check(
        "unknown_credit_type",
        lambda rows: (
            ~sa.exists().where(
                credit_types.c.company == company(rows), credit_types.c.credit_type == rows.c.credit_type
            )
        ),
        lambda rows: sa.func.concat(
            "credit_type is ", rows.c.credit_type, "; expected one of company ", company(rows), ", loaded before."
        ),
    )


def _look_up(value: sa.Column[Any], **where: Of) -> Of:
    """The one value of a table's row that is found by the columns of its key."""
    table = value.table

    def looked_up(rows: Rows) -> Column:
        found = sa.select(value).where(*(table.c[name] == of(rows) for name, of in where.items()))
        return found.correlate_except(table).scalar_subquery()

    return looked_up


def of_row(column: str) -> Of:
    """What the row itself says."""
    return lambda rows: rows.c[column]


company_of_customer = _look_up(customers.c.company, customer=of_row("customer"))
company_of_plan = _look_up(plans.c.company, plan=of_row("plan"))
currency_of_plan = _look_up(plans.c.currency, plan=of_row("plan"))
calendar_of_plan = _look_up(plans.c.calendar, plan=of_row("plan"))
unit_of_plan = _look_up(plans.c.interval_unit, plan=of_row("plan"))
currency_of_company = _look_up(companies.c.currency, company=of_row("company"))


def digits_of(currency: Of) -> Of:
    """The decimals of the currency that a row's amounts are in (L2.4)."""
    return _look_up(currencies.c.minor_digits, currency=currency)


def decimals_of_credit_type(company: Of) -> Of:
    """The decimals of the credit type that a row's quantity is of (L7.1)."""
    return _look_up(credit_types.c.decimals, company=company, credit_type=of_row("credit_type"))
