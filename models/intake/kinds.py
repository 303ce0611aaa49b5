"""Kinds of values in intake files: how each is recognised in text, and read, by SQL expressions.

Recognition is by pattern and arithmetic, not by trying a cast: PostgreSQL 15 cannot cast without an error that would
stop the whole file. The patterns name their digits: `\\d` is, on some servers, any digit of any script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

Column = sa.ColumnElement[Any]
LONGEST_ID = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Kind:
    """A kind of value: the reason code and the expectation of a wrong one, the test and the reading of a text."""

    reason: str
    expected: str
    valid: Callable[[Column], Column]
    read: Callable[[Column], Column]
    nested: type | None = None
    """What JSON and Parquet may hold in place of the text: a list or an object; None: single values only."""


def _like(pattern: str) -> Callable[[Column], Column]:
    return lambda value: value.regexp_match(pattern)


def _no_longer_than(characters: int) -> Callable[[Column], Column]:
    return lambda value: sa.func.length(value) <= characters


def _same(value: Column) -> Column:
    return value


def _cast(type_: Any) -> Callable[[Column], Column]:
    return lambda value: sa.cast(value, type_)


def _list_of(type_: Any) -> Callable[[Column], Column]:
    return lambda value: sa.cast(sa.func.string_to_array(value, ";"), postgresql.ARRAY(type_))


def _is_id(value: Column) -> Column:
    trimmed = value.regexp_match(r"^[^\s[:cntrl:]]([^[:cntrl:]]*[^\s[:cntrl:]])?$")
    return _no_longer_than(LONGEST_ID)(value) & trimmed


def _is_date(value: Column) -> Column:
    """YYYY-MM-DD of a day that exists, 1900 to 9999."""
    year, month, day = (
        sa.cast(sa.func.substr(value, start, length), sa.Integer) for start, length in ((1, 4), (6, 2), (9, 2))
    )
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    days = sa.case((month.in_((4, 6, 9, 11)), 30), ((month == 2) & leap, 29), (month == 2, 28), else_=31)
    shape = value.regexp_match(r"^(19[0-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
    # CASE keeps the arithmetic away from texts that have no such shape.
    return sa.case((shape, day <= days), else_=sa.false())


ID = Kind("invalid_id", f"1 to {LONGEST_ID} characters, no space at either end, no control characters", _is_id, _same)
TEXT = Kind("invalid_text", f"a text of at most {LONGEST_TEXT} characters", _no_longer_than(LONGEST_TEXT), _same)
DATE = Kind("invalid_date", "a date that exists, from 1900-01-01 to 9999-12-31", _is_date, _cast(sa.Date))
BOOLEAN = Kind(
    "invalid_boolean",
    "true or false",
    lambda value: sa.func.lower(value).in_(("true", "false")),
    lambda value: sa.func.lower(value) == "true",
)
DECIMAL = Kind(
    "invalid_number",
    "a plain decimal number such as 12.50, at most 13 digits before and 9 after the point",
    _like(r"^-?[0-9]{1,13}(\.[0-9]{1,9}0*)?$"),
    _cast(sa.Numeric),
)
JSON_OBJECT = Kind(
    "invalid_json",
    "a JSON object of numbers and texts that a database can hold",
    # Found while the file is read: PostgreSQL 15 cannot test it.
    lambda value: sa.true(),
    _cast(postgresql.JSONB),
    nested=dict,
)
TEXT_LIST = Kind(
    "invalid_list",
    f"texts separated by ;, together at most {LONGEST_TEXT} characters",
    _no_longer_than(LONGEST_TEXT),
    _list_of(sa.Text),
    nested=list,
)
DAY_LIST = Kind(
    "invalid_list",
    "whole numbers of days separated by ;, such as 14;7;1",
    _like(r"^[0-9]{1,4}(;[0-9]{1,4})*$"),
    _list_of(sa.Integer),
    nested=list,
)


def integer(least: int, most: int = 100_000) -> Kind:
    """A whole number within bounds of at most nine digits."""
    shape = _like(r"^-?[0-9]{1,9}$")
    return Kind(
        "invalid_integer",
        f"a whole number from {least} to {most}",
        lambda value: sa.case((shape(value), sa.cast(value, sa.Integer).between(least, most)), else_=sa.false()),
        _cast(sa.Integer),
    )


def one_of(*words: str) -> Kind:
    """One of a few words."""
    return Kind("invalid_choice", " or ".join(words), lambda value: value.in_(words), _same)
