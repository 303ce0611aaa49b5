"""The entities of intake.md: their columns, their keys, and what a row must satisfy beyond its own format.

Adding an entity is adding an `Entity` here. `ENTITIES` is in the order in which a folder is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from models.intake.kinds import Kind

Column = sa.ColumnElement[Any]
Rows = sa.TableClause
"""The staged rows of a file, typed: a column of each field."""


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

    @property
    def target(self) -> str:
        """The column of the table."""
        return self.column or (f"{self.name}_minor" if self.money else self.name)


@dataclass(frozen=True)
class Check:
    """What a well-formed row may still do wrong: a reason code, when, and what to say; `says` may be text or SQL."""

    reason: str
    broken: Callable[[Rows], Column]
    says: Callable[[Rows], Column]


@dataclass(frozen=True)
class Lock:
    """What may no longer change once the stored row has been applied; `columns` empty: everything."""

    applied: Callable[[], Column]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """An entity of intake.md."""

    name: str
    table: sa.Table
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    checks: tuple[Check, ...] = ()
    lock: Lock | None = None
    digits: Callable[[Rows], Column] | None = field(default=None)
    """For entities with money: the decimals of a row's currency, NULL where it is not known."""

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that a file must have."""
        return tuple(f.name for f in self.fields if f.required)
