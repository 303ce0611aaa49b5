"""A record of an intake file: the same texts whether it came as CSV, JSON Lines or Parquet, or what is wrong with it.

Here is decided only what the database cannot: what no text column could hold, and what is JSON. All else is a matter of
the checks in SQL.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from models.errors import UnreadableFile
from models.intake.entities import SHOWN, Entity
from models.intake.kinds import JSON_OBJECT, Kind

LONGEST_CELL = 100_000
"""Characters of one value."""
KEPT = 10_000
"""How many characters of a value or a line that no column could hold are kept with its reject."""

_MOST_DIGITS = 40
"""A giant exponent written out would fill the memory; as it stands it is no plain number and is rejected."""

_NUL_ESCAPE = re.compile(r"(?<!\\)(\\\\)*\\u0000")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Record(NamedTuple):
    """One record: the line it begins on, its texts in the order of the entity's fields, what is wrong with it if known.

    `as_came` is the line of a record that could not be taken apart.
    """

    line: int
    values: tuple[str | None, ...]
    problem: str | None = None
    says: str | None = None
    as_came: str | None = None


def record_of(line: int, values: Sequence[Any], entity: Entity) -> Record:
    """The record of an entity's values, or what is wrong with it where no column could hold one of them."""
    try:
        texts = [text_of(value, field.kind) for value, field in zip(values, entity.fields, strict=True)]
    except ValueError:
        return _unfit(line, values, entity)
    return Record(line, tuple(texts))


def _unfit(line: int, values: Sequence[Any], entity: Entity) -> Record:
    for value, field in zip(values, entity.fields, strict=True):
        try:
            text_of(value, field.kind)
        except ValueError:
            says = f"{field.name} is {_shown(value)}; expected {field.kind.expected}."
            return unusable(line, field.kind.reason, says, values)
    raise AssertionError("a value was unfit a moment ago")


def unusable(line: int, problem: str, says: str, values: Iterable[Any], as_came: str | None = None) -> Record:
    """A record that is rejected as it is read; `values` are what is known of it, for its id and its content."""
    kept = tuple(None if value is None or value == "" else _storable(_readable(value)) for value in values)
    return Record(line, kept, problem, _storable(says), None if as_came is None else _storable(as_came))


def check_columns(file: str, columns: Sequence[str], entity: Entity) -> None:
    """Raise UnreadableFile for columns that are unknown, there twice, or missing though required."""
    known = [field.name for field in entity.fields]
    unknown = column_names(name for name in columns if name not in known)
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    missing = [name for name in entity.required if name not in columns]
    faults = {"has unknown columns": unknown, "has columns twice": twice, "lacks required columns": missing}
    for fault, found in faults.items():
        if found:
            raise UnreadableFile(
                f"{file} {fault}: {', '.join(found)[:500]}; expected {', '.join(known)}. "
                f"Correct its header and load it again; nothing of it was loaded."
            )


def column_names(names: Iterable[str]) -> list[str]:
    """Names of columns as a message can show them."""
    return [name if name and name == name.strip() and name.isprintable() else repr(name) for name in names]


def text_of(value: Any, kind: Kind) -> str | None:
    """A value as it would stand in CSV, None where it is empty. Raises ValueError where no column could hold it."""
    if value is None or value == "":
        return None
    if kind is JSON_OBJECT:
        text = _object_text(value)
    elif isinstance(value, str):
        text = value
    elif isinstance(value, list) and kind.nested is list:
        text = _list_text(value)
    else:
        text = _single_text(value)
    if len(text) > LONGEST_CELL or "\x00" in text:
        raise ValueError
    if not text.isascii():
        text.encode()  # JSON can write halves of characters; UTF-8 cannot
    return text or None


def _single_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return _number_text(Decimal(repr(value)) if isinstance(value, float) else value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list | dict | tuple):
        raise ValueError
    return str(value)


def _number_text(value: Decimal) -> str:
    """Written out, and a whole number without decimals: 1E+2, 100.0 -> 100; 12.50 -> 12.5."""
    if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        return str(value)
    whole = value.to_integral_value()
    return format(whole if value == whole else value.normalize(), "f")


def _list_text(items: Sequence[Any]) -> str:
    texts = ["" if item is None else _single_text(item) for item in items]
    if any(";" in text or not text for text in texts):
        raise ValueError
    return ";".join(texts)


def _object_text(value: Any) -> str:
    """The JSON text of an object that PostgreSQL accepts: no NaN, no NUL, numbers within the range of a double."""
    try:
        held = json.loads(value) if isinstance(value, str) else value
        text = json.dumps(held, ensure_ascii=False, allow_nan=False, default=_json_value)
    except RecursionError:
        raise ValueError from None
    if not isinstance(held, dict) or _NUL_ESCAPE.search(text):
        raise ValueError
    return text


def _json_value(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else _single_text(value)


def _storable(text: str) -> str:
    return text[:KEPT].replace("\x00", "\ufffd").encode(errors="replace").decode()


def _readable(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else str(value)


def _shown(value: Any) -> str:
    text = _readable(value)
    more = f"… ({len(text)} characters)" if len(text) > SHOWN else ""
    return _CONTROL.sub("\ufffd", text[:SHOWN]) + more
