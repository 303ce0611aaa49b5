"""What a report is: a question, a grain, columns with units, a query and charts, declared in one small file each.

A report is a pure function of the store and `as_of` (the end of that business day): nothing that was written for a
later day may change it. Its query names every figure; the writers only show what it returned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa

Query = sa.Select[Any] | sa.CompoundSelect[Any]
Kind = Literal["id", "text", "date", "month", "count", "quantity", "money", "percent", "days", "number"]
"""How a column is stored and written. `month`: the first day of a month. `percent`: a share, 0.923. `money`: NUMERIC in
major units of the row's `currency`. `quantity`: NUMERIC, of the row's `credit_type`. `days`: a count of days.
`number`: NUMERIC of the kind that the row's column `unit` names (count, money, percent)."""
Section = Literal["overview", "members", "money", "credits"]
Shape = Literal["bars", "stacked", "lines", "heat"]
Cadence = Literal["daily", "weekly", "monthly"]
"""How often it is produced without being asked for: every night, after a week, after a month has ended."""

INDEX = "index.html"
"""The page of all reports, and in the folder of a day that of its own."""


@dataclass(frozen=True)
class Column:
    """One column: its name in the data, what it means, how it is written."""

    name: str
    kind: Kind
    title: str
    """A text of the catalogs, as `meaning` and the words."""
    meaning: str
    total: bool = False
    """Whether its rows may be added up; money by currency, quantities by credit type."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What each code of the data is called."""


@dataclass(frozen=True)
class Chart:
    """A picture of the rows: one panel a currency where it draws money, since different currencies share no axis."""

    shape: Shape
    title: str
    values: tuple[str, ...]
    """Columns whose figures are drawn; several of them are series of their own, or stand beside each other along x."""
    x: str | None = None
    """The column along x; None: the values themselves, each added up over the rows."""
    series: str | None = None
    """A column with one colour a value; the rows of a `heat` map."""
    overview: bool = False
    """Whether the executive dashboard shows it, too."""


@dataclass(frozen=True)
class Proof:
    """What a report is held against on its own page: an account of the books, or the lots, of the same day."""

    title: str
    """What the other side is: a text of the catalogs."""
    query: Callable[[str, date], Query]
    """(company, as_of) -> one row a currency: currency, reported, booked, in major units; the two have to be equal."""
    invariant: str
    """The invariant (models/invariants) by which the audit holds the same every night."""


@dataclass(frozen=True)
class Report:
    """A question that is answered for a company and a day."""

    name: str
    """As in `tajdid report NAME` and in the names of its files."""
    section: Section
    title: str
    question: str
    grain: str
    """What one row is."""
    columns: tuple[Column, ...]
    query: Callable[[str, date], Query]
    """(company, as_of) -> exactly `columns`, by their names, in a full order.

    Run it with `enable_nestloop = off`, as the audit runs its queries: each reads its tables whole, once.
    """
    charts: tuple[Chart, ...] = ()
    cadence: Cadence = "daily"
    notes: tuple[str, ...] = ()
    """What a reader has to know to read it rightly."""
    proof: Proof | None = None
