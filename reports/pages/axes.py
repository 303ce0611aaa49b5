"""Where the marks of a chart stand and what they are called: ticks at round figures, labels in the company's words.

Labels are texts that we have written: a chart library would put Latin digits and English months on an axis.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from reports.language.voice import Voice
from reports.pages.cells import compact, said
from reports.report import Column, Kind

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def ticks(least: Decimal, most: Decimal, kind: Kind, about: int = 4) -> list[Decimal]:
    """Round figures from below the least to above the most, 0 among them; some `about` of them, whole for a count."""
    low, high = min(least, Decimal(0)), max(most, Decimal(0))
    if low == high:
        high = Decimal(1)
    rough = (high - low) / about
    unit = Decimal(1).scaleb(rough.adjusted())
    is_whole = kind in ("count", "days")
    steps = (unit * factor for factor in _STEPS)
    step = next(step for step in steps if step >= rough and not (is_whole and step % 1))
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [step * n for n in range(int(first), int(last) + 1)]


def tick_label(voice: Voice, kind: Kind, tick: Decimal) -> str:
    """A tick as it is written: short, and of a share with as many places as it has, for 2.5% is not 3%."""
    return voice.percent(tick, None) if kind == "percent" else compact(voice, kind, tick)


def labels(voice: Voice, column: Column | None, values: Sequence[Any], columns: dict[str, Column]) -> list[list[str]]:
    """The lines of the label of each place along x; where x is no column, places are columns."""
    if column is None:
        return [[voice.text(columns[name].title)] for name in values]
    if column.kind == "month":
        return [_month(voice, value, values[place - 1] if place else None) for place, value in enumerate(values)]
    return [[said(voice, column, {column.name: value})] for value in values]


def _month(voice: Voice, value: date, before: date | None) -> list[str]:
    """A month's name; with its year where that is another than the one before it."""
    name, year = voice.month_of_year(value)
    same = before is not None and voice.month_of_year(before)[1] == year
    return [name] if same else [name, year]


def thinned(lines: list[list[str]], most: int) -> list[list[str]]:
    """At most so many labels, evenly from the last one backwards; a year that would be lost moves to the next label."""
    every = -(-len(lines) // most)
    kept: list[list[str]] = []
    year: list[str] = []
    for place, label in enumerate(lines):
        year = label[1:] or year
        shown = (len(lines) - 1 - place) % every == 0
        kept.append([*label[:1], *year] if shown else [""])
        year = [] if shown else year
    return kept


def expression(texts: Sequence[list[str]], index: str) -> str:
    """A Vega expression that gives the text of each label by its place."""
    return f"{json.dumps(list(texts), ensure_ascii=False)}[{index}]"
