"""What a page shows of a report: its first rows, how many there are, sums over all, and the figures of its charts.

Taken in one pass over the rows, batch by batch: memory holds the first rows, a sum a currency and the points of charts,
however many rows there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa

from reports.arrow import Rows
from reports.report import Chart, Report

SHOWN = 500
"""Rows of a report that its page shows; all of them are in the files beside it."""
MOST_POINTS = 5_000
"""Of a chart: more could be neither drawn nor seen."""
PARTED_BY = ("currency", "credit_type", "unit")
"""Columns across which nothing is added."""
Number = Decimal | int
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Point:
    """A figure of a chart: where along x (a value of the column x, or the name of a column), of which series."""

    x: Any
    series: Any
    value: Number


@dataclass(frozen=True)
class Panel:
    """The figures of a chart that share an axis: those of one currency, one credit type, one unit."""

    parted_by: dict[str, str]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Picture:
    """A chart of a report with its figures."""

    report: Report
    chart: Chart
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Digest:
    """What of a report's rows is shown."""

    rows: Rows
    count: int
    first: tuple[dict[str, Any], ...]
    totals: tuple[dict[str, Any], ...]
    """One row a currency (credit type, unit), with the sums of the columns that may be added up."""
    pictures: tuple[Picture, ...]


def digest(rows: Rows) -> Digest:
    """One pass over the rows. Raises ValueError where a chart has more points than anybody can see."""
    report, count = rows.report, 0
    first: list[dict[str, Any]] = []
    added = [column.name for column in report.columns if column.total]
    totals = _Sums(_parts(report), added)
    charts = [_ChartSums(report, chart) for chart in report.charts]
    for batch in rows.batches():
        first += batch.slice(0, max(0, SHOWN - len(first))).to_pylist()
        count += batch.num_rows
        for sums in (totals, *charts):
            sums.add(batch)
    summed = totals.rows() if added else iter(())
    return Digest(rows, count, tuple(first), tuple(summed), tuple(of.picture() for of in charts))


def _parts(report: Report) -> list[str]:
    names = [column.name for column in report.columns]
    return [name for name in PARTED_BY if name in names]


class _Sums:
    """Sums of columns by key columns, in the order in which the keys were first met."""

    def __init__(self, keys: list[str], values: list[str]) -> None:
        self.keys, self.values = keys, values
        self.sums: dict[Key, list[Number | None]] = {}

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch in."""
        table = pa.Table.from_batches([batch.select(list(dict.fromkeys([*self.keys, *self.values])))])
        # Threads would meet the keys in another order each time.
        wanted = [(name, how) for name in self.values for how in ("sum", "count")]
        of_batch = table.group_by(self.keys, use_threads=False).aggregate(wanted)
        for row in of_batch.to_pylist():
            known = self.sums.setdefault(tuple(row[key] for key in self.keys), [None] * len(self.values))
            for place, name in enumerate(self.values):
                found = row[f"{name}_sum"]
                if found is not None:
                    self.check(name, row[f"{name}_count"] + (known[place] is not None))
                    known[place] = found + (known[place] or 0)

    def check(self, name: str, count: int) -> None:
        """Whether `count` values of a column may become one."""

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each key with its sums."""
        for key, sums in self.sums.items():
            yield dict(zip(self.keys, key, strict=True)) | dict(zip(self.values, sums, strict=True))


class _ChartSums(_Sums):
    """The figures of a chart: sums by what parts its axis, by x and by series."""

    def __init__(self, report: Report, chart: Chart) -> None:
        self.report, self.chart = report, chart
        kinds = {column.kind for column in report.columns if column.name in chart.values}
        wanted = {"money": ("currency",), "quantity": ("credit_type",), "number": ("unit", "currency")}
        parted_by = {name for kind in kinds for name in wanted.get(kind, ())}
        self.parts = [name for name in _parts(report) if name in parted_by]
        self.shares = {column.name for column in report.columns if column.kind in ("percent", "number")}
        super().__init__([*self.parts, *filter(None, (chart.x, chart.series))], list(chart.values))

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch in."""
        super().add(batch)
        if len(self.sums) > MOST_POINTS:
            raise ValueError(
                f"The chart {self.chart.title!r} of the report {self.report.name} has more than {MOST_POINTS} points; "
                "expected columns x and series with few values."
            )

    def check(self, name: str, count: int) -> None:
        """Shares cannot be added up: each point of such a chart is one row."""
        if count > 1 and name in self.shares:
            raise ValueError(
                f"The chart {self.chart.title!r} of the report {self.report.name} draws {name} of several rows as one "
                "point; expected one row for each x and series."
            )

    def picture(self) -> Picture:
        """The chart with its figures, a panel each."""
        panels: dict[Key, list[Point]] = {}
        for row in self.rows():
            part = tuple(row[name] for name in self.parts)
            panels.setdefault(part, []).extend(self._points(row))
        made = (
            Panel({name: value for name, value in zip(self.parts, part, strict=True) if value}, _in_order(points))
            for part, points in panels.items()
        )
        return Picture(self.report, self.chart, tuple(panel for panel in made if panel.points))

    def _points(self, row: dict[str, Any]) -> Iterator[Point]:
        """A point a column of values; without a column x they stand beside each other, with one they are series."""
        x, series = self.chart.x, self.chart.series
        for name in self.values:
            if row[name] is None:
                continue
            named = row[series] if series else None
            yield Point(row[x], named if series else name, row[name]) if x else Point(name, named, row[name])


def _in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """Dates and numbers along x ascend; anything else stays in the order of the rows."""
    given = list(points)
    if all(not isinstance(point.x, str) and point.x is not None for point in given):
        given.sort(key=lambda point: point.x)
    return tuple(given)
