"""Kinds of values in intake files: how each is recognised in text, and read, by SQL expressions.

Recognition is by pattern and arithmetic, not by trying a cast: PostgreSQL 15 cannot cast without an error that would
stop the whole file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Kind:
    """A kind of value: the reason code and the expectation of a wrong one, the test and the reading of a text."""

    reason: str
    expected: str
    valid: Callable[[Column], Column]
    read: Callable[[Column], Column]


def _like(pattern: str) -> Callable[[Column], Column]:
    return lambda value: value.regexp_match(pattern)


def _same(value: Column) -> Column:
    return value


def _cast(type_: Any) -> Callable[[Column], Column]:
    return lambda value: sa.cast(value, type_)


def _is_date(value: Column) -> Column:
    """YYYY-MM-DD of a day that exists, 1900 to 2199."""
    year, month, day = (
        sa.cast(sa.func.substr(value, start, length), sa.Integer) for start, length in ((1, 4), (6, 2), (9, 2))
    )
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = sa.case((month.in_((4, 6, 9, 11)), 30), ((month == 2) & leap, 29), (month == 2, 28), else_=31)
    shape = value.regexp_match(r"^(19|20|21)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")
    # CASE keeps the arithmetic away from texts that have no such shape.
    return sa.case((shape, day <= days), else_=sa.false())


ID = Kind(
    "invalid_id",
    "1 to 200 characters without spaces at its ends or control characters",
    lambda value: (
        (sa.func.length(value) <= 200) & value.regexp_match(r"^[^\s[:cntrl:]]([^[:cntrl:]]*[^\s[:cntrl:]])?$")
    ),
    _same,
)
TEXT = Kind("too_long", "at most 10000 characters", lambda value: sa.func.length(value) <= 10_000, _same)
DATE = Kind("invalid_date", "a date that exists, such as 2028-01-31", _is_date, _cast(sa.Date))
BOOLEAN = Kind(
    "invalid_boolean",
    "true or false",
    lambda value: sa.func.lower(value).in_(("true", "false")),
    lambda value: sa.func.lower(value) == "true",
)
DECIMAL = Kind(
    "invalid_number",
    "a plain decimal number such as 12.50, at most 13 digits before and 9 after the point",
    _like(r"^-?\d{1,13}(\.\d{1,9})?$"),
    _cast(sa.Numeric),
)
JSON_OBJECT = Kind("invalid_json", "a JSON object", lambda value: sa.true(), _cast(postgresql.JSONB))
"""Whether it is JSON is found while the file is read: PostgreSQL 15 cannot test it."""
TEXT_LIST = Kind(
    "too_long",
    "texts separated by ;",
    lambda value: sa.func.length(value) <= 10_000,
    lambda value: sa.func.string_to_array(value, ";", type_=postgresql.ARRAY(sa.Text)),
)
DAY_LIST = Kind(
    "invalid_list",
    "whole numbers of days separated by ;, such as 14;7;1",
    _like(r"^\d{1,4}(;\d{1,4})*$"),
    lambda value: sa.cast(sa.func.string_to_array(value, ";"), postgresql.ARRAY(sa.Integer)),
)


def integer(least: int, most: int = 100_000) -> Kind:
    """A whole number within bounds."""
    shape = _like(r"^-?\d{1,6}$")
    return Kind(
        "invalid_integer",
        f"a whole number from {least} to {most}",
        lambda value: sa.case((shape(value), sa.cast(value, sa.Integer).between(least, most)), else_=sa.false()),
        _cast(sa.Integer),
    )


def one_of(*words: str) -> Kind:
    """One of a few words."""
    return Kind("invalid_choice", " or ".join(words), lambda value: value.in_(words), _same)
