"""Which facts are there, and what does our SQL say to many of them at once?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

Column = sa.ColumnElement[Any]
Types = Mapping[str, Any]
Rule = Callable[[Any], Column]

UNITS = {
    "day": ("day", 1),
    "week": ("week", 1),
    "month": ("month", 1),
    "thirty_days": ("day", 30),
    "quarter": ("month", 3),
    "semiannual": ("month", 6),
    "semester": ("month", 6),
    "year": ("year", 1),
    "annual": ("year", 1),
}


@dataclass(frozen=True, eq=False)
class Fact:
    """What a system expects: the words are its own."""

    source: str
    rule: str
    input: dict[str, Any]
    expected: dict[str, Any]


FACTS = tuple(Fact(**row) for row in json.loads((Path(__file__).parent / "peers.json").read_text(encoding="utf-8")))


def facts_of(*rules: str, where: Callable[[Fact], bool] = lambda fact: True) -> tuple[Fact, ...]:
    """The facts of these rules; a rule without a fact is a slip of the pen."""
    assert set(rules) <= {fact.rule for fact in FACTS}, rules
    return tuple(fact for fact in FACTS if fact.rule in rules and where(fact))


def each(facts: Iterable[Fact]) -> Any:
    """Parametrise a test with facts, the source as the id."""
    return pytest.mark.parametrize("fact", [pytest.param(fact, id=fact.source) for fact in facts])


def interval(name: str, times: int = 1) -> tuple[str, int]:
    """A peer's word for an interval as our unit and count: quarterly -> month, 3."""
    word = name.lower()
    unit, count = UNITS.get(word) or UNITS.get(word.removesuffix("s")) or UNITS[word.removesuffix("ly")]
    return unit, count * times


def day(text: str) -> date:
    """A date as a peer writes it."""
    return date.fromisoformat(text)


def local_day(instant: str, zone: str = "UTC") -> date:
    """The calendar day of an instant in the time zone of a peer's customer: we bill by days (L1.1)."""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).date()


def day_after(last: date) -> date:
    """Our excluded end of a period whose last day a peer includes (L1.2)."""
    return last + timedelta(1)


def ask(store: sa.Connection, types: Types, rows: Sequence[Sequence[Any]], *rules: Rule) -> list[tuple[Any, ...]]:
    """What each rule says of each row of values, in one query: a tuple a row, an answer a rule."""
    columns = [sa.column("row_no", sa.Integer), *(sa.column(name, kind) for name, kind in types.items())]
    raw = sa.values(*columns, name="raw").data([(row_no, *row) for row_no, row in enumerate(rows)])
    # VALUES alone would take the type of a column from its literals, and that of a NULL from nowhere.
    asked = sa.select(*(sa.cast(column, column.type).label(column.name) for column in raw.c)).subquery("asked")
    answers = [rule(asked.c).label(f"answer_{number}") for number, rule in enumerate(rules)]
    return [tuple(row) for row in store.execute(sa.select(*answers).order_by(asked.c.row_no))]


class Batch:
    """Rules put to all facts of a family in one query, by the first test that needs an answer."""

    def __init__(self, types: Types, rows_of: Mapping[Fact, Sequence[Sequence[Any]]], *rules: Rule) -> None:
        self.types, self.rows_of, self.rules = types, rows_of, rules
        self._answers: dict[Fact, list[tuple[Any, ...]]] = {}

    def __call__(self, store: sa.Connection, fact: Fact) -> list[tuple[Any, ...]]:
        """The answers to one fact: a tuple for each of its rows."""
        if not self._answers:
            owners = [owner for owner, rows in self.rows_of.items() for _ in rows]
            rows = [row for rows in self.rows_of.values() for row in rows]
            for owner, answer in zip(owners, ask(store, self.types, rows, *self.rules), strict=True):
                self._answers.setdefault(owner, []).append(answer)
        return self._answers[fact]
