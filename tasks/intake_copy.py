"""COPY of a file's lines into a staging table of texts: a stream from the reader to the server, in bounded memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from models.intake.entities import Entity
from tasks.intake_files import Line, lines_of

RAW = "intake_raw"


def copy_lines(connection: sa.Connection, path: Path, entity: Entity) -> sa.TableClause:
    """Stage the lines of a file: `line`, a text column a field, and `problem`, `message`, `content` of unusable lines."""
    texts = [field.name for field in entity.fields]
    names = ["line", *texts, "problem", "said", "content"]
    columns = ", ".join(f'"{name}" text' for name in names[1:])
    connection.execute(sa.text(f"DROP TABLE IF EXISTS pg_temp.{RAW}"))
    connection.execute(sa.text(f"CREATE TEMPORARY TABLE {RAW} (line bigint, {columns}) ON COMMIT DROP"))
    cursor = connection.connection.cursor()
    cursor.copy_expert(f"COPY pg_temp.{RAW} FROM STDIN (FORMAT csv)", _Stream(lines_of(path, entity), len(texts)))
    connection.execute(sa.text(f"ANALYZE pg_temp.{RAW}"))
    types = [sa.column("line", sa.BigInteger), *(sa.column(name, sa.Text) for name in names[1:])]
    return sa.table(RAW, *types, schema="pg_temp")


class _Stream(io.TextIOBase):
    """What COPY reads: CSV text made of lines as it asks for more. An empty cell is NULL."""

    def __init__(self, lines: Iterator[Line], width: int) -> None:
        self._lines, self._width = lines, width
        self._buffer = ""

    def read(self, size: int | None = -1) -> str:
        """The next piece of text, at least `size` characters but for the last."""
        wanted = size if size is not None and size > 0 else 1 << 16
        piece = io.StringIO()
        piece.write(self._buffer)
        writer = csv.writer(piece, lineterminator="\n")
        empty = (None,) * self._width
        for line in self._lines:
            writer.writerow((line.number, *(line.values or empty), line.problem, line.message, line.content))
            if piece.tell() >= wanted:
                break
        text = piece.getvalue()
        self._buffer = text[wanted:]
        return text[:wanted]
