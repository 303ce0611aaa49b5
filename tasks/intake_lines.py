"""CSV and JSON Lines: records out of the lines of a UTF-8 file, one by one, in bounded memory (intake.md)."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from models.errors import UnreadableFile
from models.intake.entities import Entity
from tasks.intake_records import KEPT, Record, check_columns, column_names, record_of, unusable

LONGEST_LINE = 16 * 1024 * 1024
"""Characters of a line, and of a CSV cell that runs over several; what is longer is no table."""


class Lines(Iterator[str]):
    """The lines of a file, counted. `text` is the beginning of the record that is being read, for its reject."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        self._name = name
        self.number = 0
        self.text = ""

    def begin(self) -> int:
        """A record begins with the next line; returns the number of that line."""
        self.text = ""
        return self.number + 1

    def __next__(self) -> str:
        line = self._read()
        if not line:
            raise StopIteration
        self.number += 1
        if self.number == 1 and "\x00" in line:
            raise self._unreadable("holds NUL characters, as UTF-16 does", "Save it as UTF-8")
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            raise self._unreadable(f"has more than {LONGEST_LINE} characters", "Expected one record on each line")
        if len(self.text) < KEPT:
            self.text += line
        return line

    def _read(self) -> str:
        try:
            return self._file.readline(LONGEST_LINE)
        except UnicodeDecodeError as wrong:
            self.number += wrong.object.count(b"\n", 0, wrong.start) + 1
            byte = f"byte {wrong.object[wrong.start]:#04x}, {wrong.reason}"
            raise self._unreadable(f"is not UTF-8 ({byte})", "Save it as UTF-8") from None

    def _unreadable(self, fault: str, remedy: str) -> UnreadableFile:
        return UnreadableFile(f"{self._name} line {self.number} {fault}. {remedy}; nothing of it was loaded.")


def csv_records(file: BinaryIO, name: str, entity: Entity) -> Iterator[Record]:
    """The records of a CSV file with a header. Raises UnreadableFile where it cannot be read at all.

    A record with unpaired quotes is rejected with the lines it took; reading goes on with the next line.
    """
    csv.field_size_limit(LONGEST_LINE)  # the whole process's limit; `Lines` holds it per line
    lines = Lines(file, name)
    reader = csv.reader(lines, strict=True)
    header = _header(reader, name, entity)
    places = [header.index(field.name) if field.name in header else None for field in entity.fields]
    while True:
        line = lines.begin()
        try:
            cells = next(reader, None)
        except csv.Error as wrong:
            yield _no_csv(line, lines, wrong, entity)
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield record_of(line, [None if place is None else cells[place] for place in places], entity)
        elif cells:
            yield _miscounted(line, lines, cells, header, entity)


def _header(reader: Iterator[list[str]], name: str, entity: Entity) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as wrong:
        raise UnreadableFile(f"{name} has no CSV header: {wrong}. Nothing of it was loaded.") from None
    if not header:
        raise UnreadableFile(f"{name} is empty; expected a header line with {', '.join(entity.required)}.")
    check_columns(name, header, entity)
    return header


def _no_csv(line: int, lines: Lines, wrong: csv.Error, entity: Entity) -> Record:
    says = (
        f"lines {line} to {lines.number} are no CSV record ({wrong}); "
        f"expected a text that holds quotes, commas or line ends in double quotes, its own doubled."
    )
    return unusable(line, "invalid_csv", says, [None] * len(entity.fields), lines.text)


def _miscounted(line: int, lines: Lines, cells: list[str], header: list[str], entity: Entity) -> Record:
    says = (
        f"the line has {len(cells)} cells, the header {len(header)}; "
        f"expected as many, and a text that holds commas or line ends in double quotes."
    )
    # Cells are surely in place only up to the mistake; the key usually stands first.
    known = dict(zip(header, cells, strict=False))
    values = [known.get(field.name) if field.name in entity.key else None for field in entity.fields]
    return unusable(line, "wrong_cell_count", says, values, lines.text)


def json_records(file: BinaryIO, name: str, entity: Entity) -> Iterator[Record]:
    """The records of a JSON Lines file. Raises UnreadableFile where it cannot be read at all."""
    lines = Lines(file, name)
    for text in lines:
        if text.strip():
            yield _json_record(lines.number, text, entity)


def _json_record(line: int, text: str, entity: Entity) -> Record:
    try:
        return _record_of_object(line, text, entity)
    except (ValueError, RecursionError) as wrong:
        says = f"the line is no JSON object ({wrong}); expected one record on each line."
        return unusable(line, "invalid_json", says, [None] * len(entity.fields), text)


def _record_of_object(line: int, text: str, entity: Entity) -> Record:
    held = _JSON.decode(text)
    if not isinstance(held, dict):
        raise ValueError("it is another value")
    names = [field.name for field in entity.fields]
    values = [held.get(name) for name in names]
    unknown = sorted(held.keys() - set(names))
    if unknown:
        says = f"unknown columns: {', '.join(column_names(unknown))[:500]}; expected {', '.join(names)}."
        return unusable(line, "unknown_column", says, values, text)
    return record_of(line, values, entity)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text[:50]} is beyond all numbers") from None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not JSON; write null for a missing value")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        ((name, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{name[:50]!r} stands in it twice")
    return held


_JSON = json.JSONDecoder(parse_float=_number, parse_constant=_no_number, object_pairs_hook=_without_repetition)
