"""Parquet, CSV and workbooks hold every figure exactly, the same bytes for the same rows, and nothing that runs."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
import zipfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest

from reports import arrow
from reports.pages import workbook
from reports.pages.files import write_csv, write_parquet
from reports.pages.workbook import sheet_name, write_workbook
from reports.report import Column
from tests.reports.pages.samples import ARABIC, AS_OF, COLUMNS, ENGLISH, HOSTILE, KNOWN, ROWS, fetched, sample
from tests.support import plain

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def parquet(rows: arrow.Rows) -> bytes:
    file = io.BytesIO()
    write_parquet(rows, file)
    return file.getvalue()


def as_csv(rows: arrow.Rows) -> bytes:
    file = io.BytesIO()
    write_csv(rows, file)
    return file.getvalue()


def as_workbook(rows: arrow.Rows, company=ARABIC) -> bytes:
    file = io.BytesIO()
    write_workbook(rows, company, KNOWN, file)
    return file.getvalue()


def sheet(book: bytes, number: int = 1) -> ET.Element:
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        return ET.fromstring(parts.read(f"xl/worksheets/sheet{number}.xml"))


def cells(of: ET.Element) -> dict[str, tuple[str, str]]:
    """Place -> (type, value); type "n" is a number, "inlineStr" a text."""
    found = {cell.get("r", ""): (cell.get("t", "n"), "".join(cell.itertext())) for cell in of.iter(f"{MAIN}c")}
    return {place: (kind, plain(value) if kind == "n" else value) for place, (kind, value) in found.items()}


def test_parquet_holds_money_as_decimals_and_dates_as_dates(store):
    with fetched(store, sample()) as rows:
        table = pyarrow.parquet.read_table(pa.BufferReader(parquet(rows)))
    assert table.schema.field("amount").type == pa.decimal128(38, 6)
    assert table.schema.field("month").type == pa.date32()
    assert table.schema.field("visits").type == pa.int64()
    assert table["amount"].to_pylist() == [Decimal(row[4]) for row in ROWS]
    assert table["name"].to_pylist() == [row[1] for row in ROWS]
    assert table["due_on"].to_pylist() == [row[8] for row in ROWS]
    assert table.schema.metadata[b"as_of"] == AS_OF.isoformat().encode()


def test_csv_keeps_the_decimals_of_each_currency_and_disarms_formulas(store):
    with fetched(store, sample()) as rows:
        content = as_csv(rows)
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["amount"] for row in read] == ["1234.50", "0.05", "7.005", "12345678901234567"]
    assert [row["name"] for row in read] == [HOSTILE, '\'=HYPERLINK("x")', "سطر\nسطران، «اسم»", ""]
    assert read[3]["customer"] == "'@c4"
    assert [row["due_on"] for row in read] == ["2028-03-09", "", "2027-12-31", "2028-01-01"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx", "'x", "a=b"])
def test_csv_leads_what_a_spreadsheet_would_run_with_an_apostrophe(store, name: str):
    columns = (Column("name", "text", "Name", ""), Column("amount", "money", "Open", ""))
    with fetched(store, sample(columns=columns, rows=[(name, "-5.00")])) as rows:
        (row,) = csv.DictReader(io.StringIO(as_csv(rows).decode("utf-8-sig"), newline=""))
    assert row["name"] == (f"'{name}" if name[0] in "=+-@\t" else name)
    assert row["amount"] == "-5.00", "a negative amount is a number"


@pytest.mark.parametrize("write", [parquet, as_csv, as_workbook])
def test_the_same_rows_give_the_same_bytes(store, write):
    with fetched(store, sample()) as rows:
        assert write(rows) == write(rows)


@pytest.mark.parametrize("write", [parquet, as_csv, as_workbook])
def test_a_report_without_rows_is_written_with_its_columns(store, write):
    with fetched(store, sample(rows=())) as rows:
        assert list(rows.batches()) == []
        assert write(rows)


def test_a_workbook_has_real_numbers_and_dates_and_no_formula(store):
    with fetched(store, sample()) as rows:
        of = sheet(as_workbook(rows))
    found = cells(of)
    assert found["E2"] == ("n", "1234.5")
    assert found["E4"] == ("n", "7.005")
    assert found["F2"] == ("n", "3")
    assert found["G2"] == ("n", "0.9234")
    assert found["I2"][0] == "n", "a date is a number of days with a format of dates"
    assert found["B3"] == ("inlineStr", '=HYPERLINK("x")')
    assert "G3" not in found, "what is not known is empty"
    assert not list(of.iter(f"{MAIN}f"))


def test_a_workbook_loses_no_digit_of_an_amount_that_no_float_holds(store):
    with fetched(store, sample()) as rows:
        assert cells(sheet(as_workbook(rows)))["E5"] == ("inlineStr", "12345678901234567")


def test_a_workbook_runs_from_right_to_left_where_the_company_writes_so(store):
    with fetched(store, sample()) as rows:
        arabic, english = sheet(as_workbook(rows)), sheet(as_workbook(rows, ENGLISH))
    assert next(arabic.iter(f"{MAIN}sheetView")).get("rightToLeft") == "1"
    assert next(english.iter(f"{MAIN}sheetView")).get("rightToLeft") is None
    assert cells(arabic)["A1"][1] == "العميل"
    assert cells(english)["A1"][1] == "Customer"


def test_amounts_are_written_with_the_decimals_of_their_currency(store):
    with fetched(store, sample()) as rows, zipfile.ZipFile(io.BytesIO(as_workbook(rows))) as parts:
        styles = ET.fromstring(parts.read("xl/styles.xml"))
    formats = {form.get("formatCode") for form in styles.iter(f"{MAIN}numFmt")}
    assert "#,##0.000" in formats
    assert workbook.number_format("money", "SAR") == "#,##0.00"
    assert workbook.number_format("money", "JPY") == "#,##0"


def test_a_full_sheet_goes_on_in_a_next_one(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    with fetched(store, sample()) as rows:
        book = as_workbook(rows)
    assert [cells(sheet(book, number))["A2"][1] for number in (1, 2)] == ["c1", "@c4"]
    assert cells(sheet(book, 2))["A1"][1] == "العميل"


def test_a_workbook_says_what_its_columns_mean_and_what_it_knew(store):
    with fetched(store, sample()) as rows:
        said = " ".join(value for _kind, value in cells(sheet(as_workbook(rows, ENGLISH), 2)).values())
    for part in (
        "Invoiced, neither paid nor credited.",
        "(amount)",
        "Business days known up to 20 March 2028",
        "SELECT",
    ):
        assert part in said


def test_sheets_have_names_that_a_spreadsheet_takes():
    assert sheet_name("a[b]:c*d?e/f\\g'h", 1) == "a b  c d e f g h"
    assert len(sheet_name("x" * 40, 12)) == 31


def test_a_query_that_returns_other_columns_than_declared_is_refused(store):
    report = sample(columns=COLUMNS)
    wrong = sample(columns=COLUMNS[:2], rows=[row[:2] for row in ROWS], query=report.query)
    with pytest.raises(ValueError, match="Report sample returns the columns"), fetched(store, wrong):
        pass


def test_the_statement_that_is_shown_is_the_one_that_was_run(store):
    with fetched(store, sample()) as rows:
        assert store.exec_driver_sql(rows.sql.replace("%", "%%")).first()[0] == "c1"
        assert HOSTILE in rows.sql
