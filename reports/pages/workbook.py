"""A report as a workbook: real numbers and dates, right to left where the company writes so, definitions beside it.

A spreadsheet counts in floats of 15 digits: an amount with more of them is written as text, so that none is lost. The
same rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from models.money import minor_digits
from reports.arrow import Rows
from reports.company import Company
from reports.language.voice import Voice
from reports.pages.cells import Row, kind_of, plain
from reports.pages.knowledge import Knowledge
from reports.pages.provenance import provenance
from reports.report import Column, Kind

MOST_ROWS = 1_048_575
"""Of a sheet, below its heading; more of them go on in a next sheet."""
LONGEST_TEXT = 32_767
_DIGITS = 15
_SURELY_EXACT = 10**9
"""With the six places that a figure may have."""
_WIDTHS: dict[Kind, int] = {"id": 18, "text": 34, "date": 13, "month": 13, "money": 18, "quantity": 14}
_FORMATS: dict[Kind, str] = {
    "date": "yyyy-mm-dd",
    "month": "yyyy-mm",
    "count": "#,##0",
    "days": "#,##0",
    "percent": "0.0%",
    "quantity": "#,##0.######",
    "number": "#,##0.######",
}


def write_workbook(rows: Rows, company: Company, known: Knowledge, file: IO[bytes]) -> None:
    """Write the workbook; memory holds a row of it, the rest is on the disk until it is packed."""
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    created = datetime.combine(rows.as_of, time(), UTC)
    book.set_properties({"created": created, "author": company.name})
    sheets = _Sheets(book, rows, company.voice())
    for row in rows.each():
        sheets.add(row)
    sheets.finish()
    _define(book, rows, company, known)
    book.close()


class _Sheets:
    """The sheets of the rows: a new one where the last is full."""

    def __init__(self, book: Workbook, rows: Rows, voice: Voice) -> None:
        self.book, self.columns, self.voice = book, rows.report.columns, voice
        self.title = voice.text(rows.report.title)
        self.heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.formats: dict[str, Format] = {}
        self.names: list[str] = []
        self._begin()

    def add(self, row: Row) -> None:
        """Write a row below the last."""
        if self.filled == MOST_ROWS:
            self.finish()
            self._begin()
        self.filled += 1
        for place, column in enumerate(self.columns):
            self._write(place, row[column.name], column, row)

    def finish(self) -> None:
        """The sheet has all its rows."""
        self.sheet.autofilter(0, 0, self.filled, len(self.columns) - 1)

    def _begin(self) -> None:
        number = len(self.names) + 1
        self.names.append(sheet_name(self.title, number))
        self.sheet: Worksheet = self.book.add_worksheet(self.names[-1])
        self.filled = 0
        _turn(self.sheet, self.voice)
        self.sheet.freeze_panes(1, 1)
        self.sheet.repeat_rows(0)
        for place, column in enumerate(self.columns):
            self.sheet.set_column(place, place, _WIDTHS.get(column.kind, 12))
            self.sheet.write_string(0, place, self.voice.text(column.title), self.heading)

    def _write(self, place: int, value: Any, column: Column, row: Row) -> None:
        if value is None:
            return
        if isinstance(value, date):
            self.sheet.write_datetime(self.filled, place, value, self._as(column, row))
        elif isinstance(value, Decimal | int) and is_exact(value):
            self.sheet.write_number(self.filled, place, value, self._as(column, row))
        else:
            word = column.words.get(value)
            self.sheet.write_string(
                self.filled, place, (self.voice.text(word) if word else plain(value))[:LONGEST_TEXT]
            )

    def _as(self, column: Column, row: Row) -> Format:
        written = number_format(kind_of(column, row), row.get("currency"))
        if written not in self.formats:
            self.formats[written] = self.book.add_format({"num_format": written})
        return self.formats[written]


def is_exact(value: Decimal | int) -> bool:
    """Whether a spreadsheet's float holds the figure."""
    if -_SURELY_EXACT < value < _SURELY_EXACT:
        return True
    return len(Decimal(value).normalize().as_tuple().digits) <= _DIGITS


def number_format(kind: Kind, currency: str | None) -> str:
    """How a spreadsheet writes a kind of figure; money by the decimals of its currency."""
    if kind != "money":
        return _FORMATS[kind]
    places = minor_digits(currency) if currency else 2
    return "#,##0" + ("." + "0" * places if places else "")


def sheet_name(title: str, number: int) -> str:
    """At most 31 characters, without those that a sheet's name may not have."""
    bare = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title).strip()
    end = "" if number == 1 else f" {number}"
    return bare[: 31 - len(end)].strip() + end


def _turn(sheet: Worksheet, voice: Voice) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    if voice.direction == "rtl":
        sheet.right_to_left()


def _define(book: Workbook, rows: Rows, company: Company, known: Knowledge) -> None:
    """A last sheet that says what the rows are."""
    voice, report = company.voice(), rows.report
    name = sheet_name(voice.text("Definitions"), 1)
    sheet = book.add_worksheet(name)
    _turn(sheet, voice)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 90)
    for line, (title, text) in enumerate(_definitions(rows, company, known)):
        sheet.write_string(line, 0, title, bold)
        sheet.write_string(line, 1, text[:LONGEST_TEXT], wrapped)
    sheet.set_footer(f"&L{report.name}&R&P/&N")


def _definitions(rows: Rows, company: Company, known: Knowledge) -> Iterator[tuple[str, str]]:
    report, voice = rows.report, company.voice()
    yield voice.text(report.title), company.name
    yield voice.text("Question"), voice.text(report.question)
    yield voice.text("Business day"), voice.day_twice(rows.as_of)
    yield from (("", line.text) for line in provenance(known, company))
    yield voice.text("A row"), voice.text(report.grain)
    yield "", ""
    for column in report.columns:
        yield voice.text(column.title), f"{voice.text(column.meaning)} ({column.name})"
    for note in report.notes:
        yield voice.text("Note"), voice.text(note)
    yield voice.text("The query behind it (SQL)"), rows.sql
