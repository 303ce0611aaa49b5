"""Where the marks of a chart stand and what they are called: ticks at round figures, labels in the company's words.

Labels are texts that we have written: a chart library would put Latin digits and English months on an axis.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from reports.language.calendars import IN_CALENDAR, MONTHS
from reports.language.voice import Voice
from reports.pages.cells import month_voice, said
from reports.report import Column

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


def ticks(least: Decimal, most: Decimal, about: int = 4) -> list[Decimal]:
    """Round figures from below the least to above the most, 0 among them; some `about` of them."""
    low, high = min(least, Decimal(0)), max(most, Decimal(0))
    if low == high:
        high = Decimal(1)
    rough = (high - low) / about
    unit = Decimal(1).scaleb(rough.adjusted())
    step = next(unit * factor for factor in _STEPS if unit * factor >= rough)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    return [step * n for n in range(int(first), int(last) + 1)]


def labels(voice: Voice, column: Column | None, values: Sequence[Any], columns: dict[str, Column]) -> list[list[str]]:
    """The lines of the label of each place along x; where x is no column, places are columns."""
    if column is None:
        return [[voice.text(columns[name].title)] for name in values]
    if column.kind == "month":
        return [_month(voice, value, values[place - 1] if place else None) for place, value in enumerate(values)]
    return [[said(voice, column, {column.name: value})] for value in values]


def _month(voice: Voice, value: date, before: date | None) -> list[str]:
    """A month's name; with its year where that is another than the one before it."""
    calendar = month_voice(voice, value).calendars[0]
    on = IN_CALENDAR[calendar](value)
    name = voice.text(MONTHS[calendar][on.month - 1])
    same = before is not None and IN_CALENDAR[calendar](before).year == on.year
    return [name] if same else [name, voice.in_digits(str(on.year))]


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
