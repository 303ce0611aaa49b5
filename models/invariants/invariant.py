"""What an invariant is: a rule of the book and a query for what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

Query = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True)
class Invariant:
    """A rule of the book and the query for what breaks it on a business date."""

    name: str
    rule: str
    broken: Callable[[date], Query]


def found(record: Any, *detail: Any) -> sa.Select[Any]:
    """The rows that a broken invariant shows: (record, detail)."""
    return sa.select(record.label("record"), sa.func.concat(*detail).label("detail"))
