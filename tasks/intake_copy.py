"""COPY of a file's records into a staging table of texts: a stream from reader to server, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from functools import cache
from typing import Any

import psycopg2
import sqlalchemy as sa

from models.intake.entities import Entity
from tasks.intake_records import Record

RAW = "intake_raw"
_PIECE = 1 << 16


def copy_records(connection: sa.Connection, records: Iterator[Record], entity: Entity) -> sa.TableClause:
    """Stage records: `line`, a text column for each field, and `problem`, `says`, `as_came` of unusable ones.

    Texts compare byte by byte, as ids do in the store (collation C): patterns mean the same on every server.
    """
    columns = ", ".join(f'"{name}" text COLLATE "C"' for name in _texts(entity))
    connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{RAW}"))
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE {RAW} (line bigint, {columns}) ON COMMIT DROP"))
    _copy(connection, f"COPY pg_temp.{RAW} FROM STDIN (FORMAT csv)", _Stream(records))
    connection.execute(sa.text(f"ANALYZE pg_temp.{RAW}"))
    return raw_table(entity)


@cache
def raw_table(entity: Entity) -> sa.TableClause:
    """The staging table as statements name it."""
    typed: list[sa.ColumnClause[Any]] = [sa.column(name, sa.Text) for name in _texts(entity)]
    return sa.table(RAW, sa.column("line", sa.BigInteger), *typed, schema="pg_temp")


def _texts(entity: Entity) -> list[str]:
    return [*(field.name for field in entity.fields), "problem", "says", "as_came"]


def _copy(connection: sa.Connection, statement: str, stream: _Stream) -> None:
    try:
        connection.connection.cursor().copy_expert(statement, stream, _PIECE)
    except psycopg2.Error:
        # What stops the stream reaches us as a query that was cancelled.
        if stream.stopped_by is not None:
            raise stream.stopped_by from None
        raise


class _Stream(io.TextIOBase):
    """What COPY reads: CSV text made of records as it asks for more. An empty cell is NULL."""

    stopped_by: BaseException | None = None

    def __init__(self, records: Iterator[Record]) -> None:
        self._records = records
        self._rest = ""

    def read(self, size: int | None = -1) -> str:
        """The next `size` characters, fewer only at the end."""
        wanted = size if size is not None and size > 0 else _PIECE
        try:
            text = self._rest + self._written(wanted - len(self._rest))
        except BaseException as stopped:
            self.stopped_by = stopped
            raise
        self._rest = text[wanted:]
        return text[:wanted]

    def _written(self, wanted: int) -> str:
        """At least `wanted` characters of records that follow."""
        piece = io.StringIO()
        # With this line end the writer quotes both of its characters, as COPY needs it.
        writer = csv.writer(piece, lineterminator="\r\n")
        while piece.tell() < wanted and (record := next(self._records, None)):
            writer.writerow((record.line, *record.values, record.problem, record.says, record.as_came))
        return piece.getvalue()
