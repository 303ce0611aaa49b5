"""From a query to Arrow: the server's COPY into a spool, read in batches as often as there are writers.

Nothing of a report is ever held in memory whole: the spool is a file that whoever opens the rows hands in. What the
server wrote is exact text; Arrow reads money, quantities and shares as decimal128, never as a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa

from reports.report import Kind, Query, Report

DECIMAL = pa.decimal128(38, 6)
"""Six places hold every currency's and every credit type's decimals (L2.4, L7.1), and shares to 0.0001 %."""
TYPES: dict[Kind, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "date": pa.date32(),
    "month": pa.date32(),
    "count": pa.int64(),
    "days": pa.int64(),
    "quantity": DECIMAL,
    "money": DECIMAL,
    "percent": DECIMAL,
    "number": DECIMAL,
}
BLOCK_BYTES = 8 * 1024 * 1024
"""What is read at a time: some fifty thousand rows."""

AT_A_TIME = 2_000


@dataclass(frozen=True)
class Rows:
    """The rows of a report for a company and a day, in a spool."""

    report: Report
    company: str
    as_of: date
    sql: str
    """The statement that was run, as it was run."""
    spool: IO[bytes]

    @property
    def schema(self) -> pa.Schema:
        """The columns with their meanings, and what the rows are."""
        about = {"report": self.report.name, "company": self.company, "as_of": self.as_of.isoformat()}
        fields = [
            pa.field(column.name, TYPES[column.kind], metadata={"kind": column.kind, "meaning": column.meaning})
            for column in self.report.columns
        ]
        return pa.schema(fields, metadata=about | {"grain": self.report.grain})

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows with their types, in their order."""
        for batch in self._read({field.name: field.type for field in self.schema}):
            yield pa.RecordBatch.from_arrays(batch.columns, schema=self.schema)

    def each(self) -> Iterator[dict[str, Any]]:
        """One row after another; rows are large as Python has them, so only few exist at a time."""
        for batch in self.batches():
            for start in range(0, batch.num_rows, AT_A_TIME):
                yield from batch.slice(start, AT_A_TIME).to_pylist()

    def texts(self) -> Iterator[pa.RecordBatch]:
        """The rows as the server wrote them: exact, with the decimals of their currencies."""
        return self._read(dict.fromkeys(self.schema.names, pa.string()))

    def _read(self, types: dict[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        self.spool.seek(0)
        # Given as a stream that others go on using: pyarrow would close the file with itself.
        source = pa.PythonFile(_Lent(self.spool), mode="r")
        yield from pyarrow.csv.open_csv(
            source,
            read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES, use_threads=False),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types,
                include_columns=list(types),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )


class _Lent:
    """A file whose reader may close it without closing it for the others."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def close(self) -> None:
        self.closed = True


def fetch(connection: sa.Connection, report: Report, company: str, as_of: date, spool: IO[bytes]) -> Rows:
    """Run a report's query and keep its rows in `spool`, an empty binary file that can be read again.

    Raises ValueError where the query returns other columns than the report declares.
    """
    query = report.query(company, as_of)
    declared, returned = [column.name for column in report.columns], list(query.selected_columns.keys())
    if declared != returned:
        raise ValueError(f"Report {report.name} returns the columns {returned}; expected those declared: {declared}.")
    sql = sql_text(connection, query)
    _cursor(connection).copy_expert(f"COPY ({sql}) TO STDOUT (FORMAT csv, HEADER)", spool)
    return Rows(report, company, as_of, sql, spool)


def sql_text(connection: sa.Connection, query: Query) -> str:
    """A query with its parameters in place, as the driver would send it."""
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    text: bytes = _cursor(connection).mogrify(str(compiled), compiled.params)
    return text.decode()


def _cursor(connection: sa.Connection) -> Any:
    """The driver's own, for COPY."""
    return connection.connection.cursor()
