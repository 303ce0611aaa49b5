"""A report as files for other programs: Parquet and CSV. The same rows give the same bytes.

Columns have their names of the data in both, whatever the company's language; amounts are exact. A text that begins as
a formula does is led by an apostrophe in the CSV, because spreadsheets would run it.
"""

from __future__ import annotations

from typing import IO

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from reports.arrow import Rows

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""By it spreadsheets know that Arabic and Persian follow."""
_FORMULA = r"^[=+\-@\t\r]"
_TEXTS = ("id", "text")


def write_parquet(rows: Rows, file: IO[bytes]) -> None:
    """One row group a batch; money and quantities are decimal128(38, 6)."""
    with pyarrow.parquet.ParquetWriter(file, rows.schema, compression="zstd") as writer:
        for batch in rows.batches():
            writer.write_batch(batch)


def write_csv(rows: Rows, file: IO[bytes]) -> None:
    """UTF-8 with a byte order mark, a header, every figure as the server wrote it; an empty field is no value."""
    schema = pa.schema([pa.field(name, pa.string()) for name in rows.schema.names])
    unsafe = [column.name for column in rows.report.columns if column.kind in _TEXTS]
    file.write(BYTE_ORDER_MARK)
    options = pyarrow.csv.WriteOptions(quoting_style="needed", quoting_header="none")
    with pyarrow.csv.CSVWriter(file, schema, write_options=options) as writer:
        for batch in rows.texts():
            writer.write_batch(_guarded(batch, unsafe))


def _guarded(batch: pa.RecordBatch, names: list[str]) -> pa.RecordBatch:
    named = zip(batch.schema.names, batch.columns, strict=True)
    columns = [_led(column) if name in names else column for name, column in named]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _led(texts: pa.Array) -> pa.Array:
    led = pyarrow.compute.binary_join_element_wise("'", texts, "")
    return pyarrow.compute.if_else(pyarrow.compute.match_substring_regex(texts, _FORMULA), led, texts)
