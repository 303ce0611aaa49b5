"""A value of a report as people read it: in the company's language, digits and calendar.

A figure never depends on how it is shown: what is sorted by and copied from are the data's own values (`plain`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import format_compact_decimal

from models.money import minor_digits
from reports.language.voice import Voice
from reports.report import Column, Kind

FIGURES: tuple[Kind, ...] = ("count", "quantity", "money", "percent", "days", "number")
"""Kinds that stand at the right of their cell, whatever the direction of the page."""
UNITS: tuple[Kind, ...] = ("count", "money", "percent")
"""What a column `unit` may say of its row's `number`."""
_ISOLATE, _POP = "\u2066", "\u2069"
Row = Mapping[str, Any]


def said(voice: Voice, column: Column, row: Row) -> str:
    """The value of a column as it is read; empty where there is none. Amounts stand without their currency."""
    value = row[column.name]
    if value is None:
        return ""
    if column.kind in FIGURES:
        return figure(voice, kind_of(column, row), value, row.get("currency"))
    if column.kind == "date":
        return voice.day(value)
    if column.kind == "month":
        return voice.month(value)
    word = column.words.get(value)
    return voice.text(word) if word else str(value)


def kind_of(column: Column, row: Row) -> Kind:
    """What kind of figure a row holds: a `number` is of the kind that its row's `unit` names."""
    unit: Kind | None = row.get("unit") if column.kind == "number" else None
    return unit if unit in UNITS else column.kind


def figure(voice: Voice, kind: Kind, value: Decimal | int, currency: str | None = None) -> str:
    """A figure with the decimals of its kind: of its currency, of a share, or as many as it has."""
    if kind == "percent":
        return voice.percent(Decimal(value))
    if kind == "money" and currency:
        return voice.number(value, minor_digits(currency))
    return voice.number(value, 0 if kind in ("count", "days") else None)


def compact(voice: Voice, kind: Kind, value: Decimal, places: int = 1) -> str:
    """A round figure for an axis or a tile: 250 thousand. Not for anything that is added up or compared."""
    if kind == "percent":
        return voice.percent(value, 0)
    short = format_compact_decimal(value, locale=voice.language, fraction_digits=places)
    mark = voice.number(Decimal("0.1"))[1]  # the voice's decimal mark; Babel writes that of Latin digits
    number, _space, word = short.replace(".", mark).partition("\xa0")
    # The minus stays before its digits where a word of the other direction follows.
    number = f"{_ISOLATE}{number}{_POP}" if word and value < 0 else number
    return voice.in_digits(f"{number}\xa0{word}" if word else number)


def plain(value: Any) -> str:
    """A value as a machine sorts and copies it: 1234.50, 2028-03-01; empty where there is none."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value.normalize() + 0, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
