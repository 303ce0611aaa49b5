"""Reading intake files: CSV, JSON Lines and Parquet become lines of texts, one by one, in bounded memory (intake.md).

A line that cannot be taken apart carries its reason; a file that cannot be read at all raises UnreadableFile.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from models.errors import UnreadableFile
from models.intake.catalogue import ENTITIES
from models.intake.entities import Entity
from models.intake.kinds import JSON_OBJECT

SUFFIXES = (".csv", ".jsonl", ".parquet")
LONGEST_CELL = 100_000
"""Characters; a longer one is rejected with its line. Beyond `_LONGEST_FIELD` a file is not a table at all."""
_LONGEST_FIELD = 64 * 1024 * 1024
_KEPT_OF_A_BAD_LINE = 10_000

csv.field_size_limit(_LONGEST_FIELD)


@dataclass(frozen=True)
class Line:
    """One record of a file: its line number, its texts in the order of the entity's fields, or what is wrong with it."""

    number: int
    values: tuple[str | None, ...] = ()
    problem: str | None = None
    message: str | None = None
    content: str | None = None


def entity_of(path: Path) -> Entity:
    """The entity that a file's name says: `<entity>.csv` or `<entity>-anything.csv`. Raises UnreadableFile."""
    name = path.name.split(".")[0].split("-")[0]
    if path.suffix not in SUFFIXES or name not in ENTITIES:
        raise UnreadableFile(
            f"{path.name} is no intake file; expected <entity>.csv or <entity>-anything.csv (or .jsonl, .parquet) with "
            f"an entity of: {', '.join(ENTITIES)}."
        )
    return ENTITIES[name]


def lines_of(path: Path, entity: Entity) -> Iterator[Line]:
    """The records of a file. Raises UnreadableFile where it cannot be read at all."""
    readers = {".csv": _csv_lines, ".jsonl": _json_lines, ".parquet": _parquet_lines}
    try:
        yield from (_checked(line, entity) for line in readers[path.suffix](path, entity))
    except UnicodeDecodeError as wrong:
        raise UnreadableFile(
            f"{path.name} is not UTF-8: byte {wrong.object[wrong.start]:#04x} ({wrong.reason}). Save it as UTF-8; "
            f"nothing of it was loaded."
        ) from None
    except OSError as wrong:
        raise UnreadableFile(f"{path.name} cannot be read: {wrong.strerror or wrong}.") from None


def _checked(line: Line, entity: Entity) -> Line:
    """`line`, or its rejection for what no column of the database could hold."""
    if line.problem:
        return line
    for field, value in zip(entity.fields, line.values, strict=True):
        if value is None:
            continue
        if len(value) > LONGEST_CELL:
            return _bad(line, "too_long", f"{field.name} has {len(value)} characters; expected at most {LONGEST_CELL}.")
        if "\x00" in value:
            return _bad(line, "nul_character", f"{field.name} holds a NUL character, which no text may.")
        if field.kind is JSON_OBJECT and not _is_json_object(value):
            return _bad(line, JSON_OBJECT.reason, f"{field.name} is {value[:80]}; expected a JSON object.")
    return line


def _bad(line: Line, problem: str, message: str) -> Line:
    content = json.dumps([v and v[:_KEPT_OF_A_BAD_LINE] for v in line.values], ensure_ascii=False)
    return Line(line.number, (), problem, message, content)


def _is_json_object(text: str) -> bool:
    try:
        # NaN and Infinity are Python's, not JSON's; \u0000 is JSON's, but no text may hold it.
        return isinstance(json.loads(text, parse_constant=_refuse_constant), dict) and "\\u0000" not in text
    except (ValueError, RecursionError):
        return False


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _places(path: Path, entity: Entity, columns: Iterable[str]) -> dict[str, int]:
    """Where each of the entity's fields stands. Raises UnreadableFile for columns that are unknown, twice or missing."""
    names = list(columns)
    known = [field.name for field in entity.fields]
    unknown = [name for name in names if name not in known]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in entity.required if name not in names]
    for found, fault in ((unknown, "unknown columns"), (twice, "columns twice"), (missing, "missing required columns")):
        if found:
            raise UnreadableFile(
                f"{path.name} has {fault}: {', '.join(found)[:500]}; expected {', '.join(known)}. Nothing of it was loaded."
            )
    return {name: names.index(name) for name in names}


def _csv_lines(path: Path, entity: Entity) -> Iterator[Line]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            header = next(reader, None)
            if not header:
                raise UnreadableFile(f"{path.name} is empty; expected a header line with {', '.join(entity.required)}.")
            places = _places(path, entity, header)
            order = [places.get(field.name) for field in entity.fields]
            start = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield _csv_line(start, cells, header, order)
                start = reader.line_num + 1
        except csv.Error as wrong:
            raise UnreadableFile(f"{path.name} is no CSV from line {reader.line_num} on: {wrong}.") from None


def _csv_line(number: int, cells: list[str], header: list[str], order: list[int | None]) -> Line:
    if len(cells) != len(header):
        message = (
            f"the line has {len(cells)} cells, the header {len(header)}; expected as many. "
            f"A text that holds commas or line ends must stand in double quotes."
        )
        content = json.dumps(cells, ensure_ascii=False)[:_KEPT_OF_A_BAD_LINE].replace("\\u0000", "")
        return Line(number, (), "wrong_cell_count", message, json.dumps({"line": content}, ensure_ascii=False))
    return Line(number, tuple(cells[place] or None if place is not None else None for place in order))


def _json_lines(path: Path, entity: Entity) -> Iterator[Line]:
    known = {field.name for field in entity.fields}
    with path.open(encoding="utf-8-sig") as file:
        for number, text in enumerate(file, start=1):
            if text.strip():
                yield _json_line(number, text, entity, known)


def _json_line(number: int, text: str, entity: Entity, known: set[str]) -> Line:
    try:
        record = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        problem = None if isinstance(record, dict) else "the line is no JSON object"
    except (ValueError, RecursionError) as wrong:
        record, problem = {}, f"the line is no JSON: {wrong}"
    unknown = [] if problem else sorted(set(record) - known)
    kept = json.dumps({"line": text[:_KEPT_OF_A_BAD_LINE].replace("\x00", "")}, ensure_ascii=False)
    if problem:
        return Line(number, (), "invalid_json", f"{problem[:300]}; expected an object on one line.", kept)
    if unknown:
        message = f"unknown columns: {', '.join(unknown)[:300]}; expected {', '.join(sorted(known))}."
        return Line(number, (), "unknown_column", message, kept)
    return Line(number, tuple(_text(record.get(field.name)) for field in entity.fields))


def _parquet_lines(path: Path, entity: Entity) -> Iterator[Line]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            places = _places(path, entity, file.schema_arrow.names)
            number = 0
            for batch in file.iter_batches(batch_size=20_000, columns=list(places)):
                for record in batch.to_pylist():
                    number += 1
                    yield Line(number, tuple(_text(record.get(field.name)) for field in entity.fields))
    except pa.ArrowException as wrong:
        raise UnreadableFile(f"{path.name} is no readable Parquet file: {str(wrong)[:300]}.") from None


def _text(value: Any) -> str | None:
    """A value of JSON or Parquet as it would stand in CSV; None for what is missing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return None if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, Decimal):
        # A giant exponent written out would fill the memory; as it stands it is no plain number and is rejected.
        return format(value, "f") if abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat()
    if isinstance(value, list):
        return ";".join(_text(item) or "" for item in value) or None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
