"""A picture of a report's figures as a Vega-Lite chart: the shapes of `report.Chart`, mirrored for right-to-left pages.

Colours are variables of the page, so that one drawing is right in light and dark. Figures become floats here, for their
place on the screen alone; every text was written from the exact ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

import altair as alt

from reports.language.voice import Voice
from reports.pages import axes
from reports.pages.cells import compact, figure, kind_of
from reports.pages.digest import Panel, Picture, Point
from reports.report import Column, Kind

WIDTH = 440
HEIGHT = 200
COLORS = 8
"""Series that have a colour of their own."""
OTHERS = "\0others"
"""In place of a series: all those that have no colour of their own; no id is written so."""
SIZE = 13
STEPS = 6
"""Shades of a heat map."""
_ROWS = (28, 42)
"""The least and the most of a row's height; a few rows share that of other charts."""


@dataclass(frozen=True)
class Drawing:
    """One panel with what is needed to draw it and to read it."""

    picture: Picture
    panel: Panel
    voice: Voice

    @property
    def columns(self) -> dict[str, Column]:
        """The report's columns by name."""
        return {column.name: column for column in self.picture.report.columns}

    @property
    def kind(self) -> Kind:
        """What is drawn."""
        return kind_of(self.columns[self.picture.chart.values[0]], self.panel.parted_by)

    @property
    def places(self) -> list[Any]:
        """What stands along x, in order."""
        return list(dict.fromkeys(point.x for point in self.panel.points))

    @property
    def series(self) -> list[Any]:
        """What has a colour of its own, in order."""
        return list(dict.fromkeys(point.series for point in self.panel.points))

    @property
    def along(self) -> Column | None:
        """The column along x; None where the places are columns themselves."""
        return self.columns[self.picture.chart.x] if self.picture.chart.x else None

    @property
    def mirrored(self) -> bool:
        """Whether it is read from right to left."""
        return self.voice.direction == "rtl"

    def place_labels(self) -> list[list[str]]:
        """What each place along x is called."""
        return axes.labels(self.voice, self.along, self.places, self.columns)

    def series_labels(self) -> list[str]:
        """What each series is called; nothing where there is only one and it has no name."""
        chart = self.picture.chart
        if self.series == [None]:
            return []
        by = self.columns[chart.series] if chart.series else None
        named = [of for of in self.series if of is not OTHERS]
        said = [" ".join(lines) for lines in axes.labels(self.voice, by, named, self.columns)]
        return said + [self.voice.text("All others")] * (OTHERS in self.series)

    def said(self, value: Decimal | int) -> str:
        """A figure, exactly."""
        return figure(self.voice, self.kind, value, self.panel.parted_by.get("currency"))

    def rows(self) -> list[dict[str, Any]]:
        """A row a point: places and series by number, the figure for its place on the screen and in words."""
        places, series = self.places, self.series
        return [
            {
                "x": places.index(point.x),
                "s": series.index(point.series),
                "v": float(point.value),
                "e": float(max(point.value, 0)),
                "t": self.said(point.value),
            }
            for point in self.panel.points
        ]


def gathered(picture: Picture, panel: Panel) -> Panel:
    """The panel with its smallest series as one where there are more than colours; shares are never added up."""
    drawn = {point.series for point in panel.points}
    kinds = {column.kind for column in picture.report.columns if column.name in picture.chart.values}
    if picture.chart.shape == "heat" or "percent" in kinds or len(drawn) <= COLORS:
        return panel
    size: dict[Any, Decimal] = {}
    for point in panel.points:
        size[point.series] = size.get(point.series, Decimal(0)) + abs(Decimal(point.value))
    kept = set(sorted(size, key=lambda series: -size[series])[: COLORS - 1])
    rest: dict[Any, Decimal] = {}
    for point in panel.points:
        if point.series not in kept:
            rest[point.x] = rest.get(point.x, Decimal(0)) + point.value
    points = [point for point in panel.points if point.series in kept]
    return replace(panel, points=(*points, *(Point(x, OTHERS, value) for x, value in rest.items())))


def spec(drawing: Drawing) -> dict[str, Any]:
    """The chart as Vega-Lite."""
    shape = drawing.picture.chart.shape
    is_wide = drawing.along is None or drawing.along.kind in ("id", "text")
    draw = _lying if shape == "bars" and is_wide and len(drawing.series) == 1 else _SHAPES[shape]
    chart = draw(drawing).properties(width=WIDTH).configure(font="Vazirmatn", background="transparent")
    quiet = {"domain": False, "ticks": False, "gridColor": "var(--line)"}
    labels = {"labelColor": "var(--ink-2)", "labelFontSize": SIZE, "labelPadding": 8}
    # What stands beside the axes is a part of the width: on a narrow screen every drawing shrinks alike.
    chart = chart.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    made: dict[str, Any] = chart.configure_view(stroke=None).configure_axis(**quiet, **labels).to_dict()
    return made


def color(series: int) -> str:
    """The variable of the page that holds the colour of a series."""
    return f"var(--c{series % COLORS + 1})"


def _data(rows: list[dict[str, Any]]) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _x(drawing: Drawing, most: int = 7, padding: float = 0.28, **axis: Any) -> alt.X:
    texts = axes.thinned(drawing.place_labels(), most)
    label = axes.expression(texts, "datum.value")
    shown = alt.Axis(title=None, labelAngle=0, labelExpr=label, labelOverlap=False, grid=False, **axis)
    domain = list(range(len(texts)))
    return alt.X("x:O", scale=alt.Scale(domain=domain, reverse=drawing.mirrored, paddingInner=padding), axis=shown)


def _y(drawing: Drawing, least: Decimal, most: Decimal, *, stack: Literal["zero"] | None = None) -> alt.Y:
    at = axes.ticks(least, most, drawing.kind)
    texts = [[axes.tick_label(drawing.voice, drawing.kind, tick)] for tick in at]
    values = [float(tick) for tick in at]
    axis = alt.Axis(
        title=None,
        values=values,
        orient="right" if drawing.mirrored else "left",
        labelExpr=axes.expression(texts, f"indexof({values}, datum.value)"),
    )
    return alt.Y("v:Q", scale=alt.Scale(domain=[values[0], values[-1]], nice=False), axis=axis, stack=stack)


def _fill(drawing: Drawing) -> alt.Color:
    numbers = list(range(len(drawing.series)))
    return alt.Color("s:O", scale=alt.Scale(domain=numbers, range=[color(n) for n in numbers]), legend=None)


def _extremes(points: tuple[Point, ...]) -> tuple[Decimal, Decimal]:
    values = [Decimal(point.value) for point in points]
    return min(values), max(values)


def _standing(drawing: Drawing) -> Any:
    """Columns, those of several series beside each other."""
    offset = alt.XOffset("s:O", scale=alt.Scale(reverse=drawing.mirrored, paddingInner=0.08))
    encoding = {"x": _x(drawing), "y": _y(drawing, *_extremes(drawing.panel.points)), "color": _fill(drawing)}
    if len(drawing.series) > 1:
        encoding["xOffset"] = offset
    return _chart(drawing).mark_bar(cornerRadiusEnd=2).encode(**encoding)


def _stacked(drawing: Drawing) -> Any:
    """Columns with their series on top of each other, what is negative below the line."""
    above = {place: Decimal(0) for place in drawing.places}
    below = dict(above)
    for point in drawing.panel.points:
        side = above if point.value >= 0 else below
        side[point.x] += point.value
    y = _y(drawing, min(below.values()), max(above.values()), stack="zero")
    order = alt.Order("s:O", sort="ascending")
    return _chart(drawing).mark_bar().encode(x=_x(drawing), y=y, color=_fill(drawing), order=order)


def _lines(drawing: Drawing) -> Any:
    """A line a series."""
    chart = _chart(drawing).mark_line(strokeWidth=2.5, strokeJoin="round", point=alt.OverlayMarkDef(size=22, opacity=1))
    y = _y(drawing, *_extremes(drawing.panel.points))
    return chart.encode(x=_x(drawing), y=y, color=_fill(drawing), detail="s:O")


def _lying(drawing: Drawing) -> Any:
    """Bars from the side where reading begins, each with its name and its figure."""
    rows, names = drawing.rows(), drawing.place_labels()
    least, most = _extremes(drawing.panel.points)
    # Room for the figures behind the ends of the bars, some 7 pixels a character.
    room = max(1 - max(len(row["t"]) for row in rows) * 7.6 / (WIDTH * 0.66), 0.3)
    reach = [float(min(least, Decimal(0))) / room, float(max(most, Decimal(0))) / room or 1.0]
    axis = alt.Axis(
        title=None,
        orient="right" if drawing.mirrored else "left",
        labelExpr=axes.expression(names, "datum.value"),
        labelLimit=int(WIDTH * 0.3),
        grid=False,
    )
    y = alt.Y("x:O", axis=axis, scale=alt.Scale(domain=list(range(len(names))), paddingInner=0.3))
    x = alt.X("v:Q", axis=None, stack=None, scale=alt.Scale(domain=reach, reverse=drawing.mirrored, nice=False))
    base = alt.Chart(_data(rows), height=_rows_height(len(names))).encode(y=y, x=x)
    # The library rounds the ends of bars as if they always ran from left to right.
    ends = ("TopLeft", "BottomLeft") if drawing.mirrored else ("TopRight", "BottomRight")
    mark: Any = {f"cornerRadius{end}": 3 for end in ends}
    bars = base.mark_bar(**mark).encode(color=_fill(drawing))
    texts = base.mark_text(
        baseline="middle",
        fontSize=SIZE,
        color="var(--ink)",
        align="right" if drawing.mirrored else "left",
        dx=-7 if drawing.mirrored else 7,
    )
    return alt.layer(bars, texts.encode(text="t:N", x=alt.X("e:Q")))


def _heat(drawing: Drawing) -> Any:
    """A field a place and series, darker where there is more, with its figure."""
    rows, names = drawing.rows(), drawing.series_labels()
    _least, most = _extremes(drawing.panel.points)
    voice, kind = drawing.voice, drawing.kind
    for row, point in zip(rows, drawing.panel.points, strict=True):
        share = Decimal(point.value) / most if most > 0 else Decimal(0)
        row["shade"] = f"var(--h{max(1, min(STEPS, int(share * STEPS) + 1))})"
        row["ink"] = row["shade"].replace("--h", "--i")
        row["t"] = compact(voice, kind, Decimal(point.value)) if kind in ("percent", "money") else row["t"]
    axis = alt.Axis(
        title=None,
        orient="right" if drawing.mirrored else "left",
        labelExpr=axes.expression([[name] for name in names], "datum.value"),
        grid=False,
    )
    scale = alt.Scale(domain=list(range(len(names))), paddingInner=0.06, paddingOuter=0)
    x = _x(drawing, 14, 0.06, orient="top")
    base = alt.Chart(_data(rows), height=_rows_height(len(names))).encode(x=x, y=alt.Y("s:O", axis=axis, scale=scale))
    fields = base.mark_rect(cornerRadius=3).encode(fill=alt.Fill("shade:N", scale=None))
    texts = base.mark_text(fontSize=12 if len(drawing.places) < 10 else 10.5).encode(
        text="t:N", fill=alt.Fill("ink:N", scale=None)
    )
    return alt.layer(fields, texts)


def _rows_height(count: int) -> int:
    least, most = _ROWS
    return count * max(least, min(most, HEIGHT // count))


def _chart(drawing: Drawing) -> Any:
    return alt.Chart(_data(drawing.rows()), height=HEIGHT)


_SHAPES: dict[str, Callable[[Drawing], Any]] = {
    "bars": _standing,
    "stacked": _stacked,
    "lines": _lines,
    "heat": _heat,
}
