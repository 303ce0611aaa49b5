"""What an entity of intake.md is: its columns, its key, what a row must satisfy beyond its own format, what is locked.

The entities themselves are in `companies`, `plans` and `facts`, their order in `catalogue`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from models.intake.kinds import Kind

Column = sa.ColumnElement[Any]
Rows = sa.FromClause
"""The rows of a file, typed: a column of each field, `line`, and `minor_digits` where the entity needs them."""
SHOWN = 100
"""How many characters of a value a message repeats."""


def shown(text: Column) -> Column:
    """A text as a message of one line can repeat it."""
    length = sa.func.length(text)
    readable = sa.func.regexp_replace(sa.func.left(text, SHOWN), "[[:cntrl:]]", "\ufffd", "g")
    return sa.case((length > SHOWN, sa.func.concat(readable, "… (", length, " characters)")), else_=readable)


def in_minor_units(amount: Column, minor_digits: Column) -> Column:
    """A NUMERIC of major units as one of minor units: 10.5, 2 -> 1050 (L2.4). Powers of ten are exact."""
    return amount * sa.func.power(sa.cast(10, sa.Numeric), minor_digits)


@dataclass(frozen=True)
class Field:
    """A column of a file."""

    name: str
    kind: Kind
    required: bool = False
    default: Any = None
    column: str | None = None
    """The column of the table where it is not of the same name."""
    money: bool = False
    """An amount in major units; the table keeps minor units (L2.4)."""
    empty_at: str | None = None
    """The column whose value, given here too, says no more than an empty cell."""

    @property
    def target(self) -> str:
        """The column of the table."""
        return self.column or (f"{self.name}_minor" if self.money else self.name)

    def kept(self, rows: Rows) -> Column:
        """The row's value as the table keeps it."""
        value = rows.c[self.name]
        if self.money:
            return sa.cast(in_minor_units(value, rows.c.minor_digits), sa.BigInteger)
        return value if self.empty_at is None else sa.func.nullif(value, rows.c[self.empty_at])


@dataclass(frozen=True)
class Check:
    """What a well-formed row may still do wrong: a reason code, when, and the value and expectation to say."""

    reason: str
    broken: Callable[[Rows], Column]
    says: Callable[[Rows], Column]


@dataclass(frozen=True)
class Lock:
    """What may no longer change once others rely on the stored row, and why; `names` empty: everything."""

    holds: Callable[[], Column]
    because: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """Where records go that change an earlier one of the same id, and by which fields."""

    table: sa.Table
    names: tuple[str, ...]
    same: tuple[str, ...]
    """Fields that say what the record is about; one that differs in these is another record under a used id."""


@dataclass(frozen=True)
class Entity:
    """An entity of intake.md."""

    name: str
    table: sa.Table
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    locks: tuple[Lock, ...] = ()
    digits: Callable[[Rows], Column] | None = field(default=None)
    """For entities with amounts: the decimals that a row's may have, NULL where they are not known."""
    changes: Changes | None = None

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(f.name for f in self.fields if f.required)

    @property
    def values(self) -> tuple[Field, ...]:
        """The fields beside the key."""
        return tuple(f for f in self.fields if f.name not in self.key)
