"""Parquet: records out of batches of columns. What Arrow can write as text, it writes; the rest are Python's values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models.errors import UnreadableFile
from models.intake.entities import Entity
from tasks.intake_records import Record, check_columns, record_of

_BATCH = 2_000
_MIDNIGHT = r"[ T]00:00:00(\.0+)?(Z|[+-][0-9]{2}:?[0-9]{2})?$"


def parquet_records(file: BinaryIO, name: str, entity: Entity) -> Iterator[Record]:
    """The records of a Parquet file, numbered from 1. Raises UnreadableFile where it cannot be read at all."""
    line = 0
    for columns in _batches(file, name, entity):
        for values in zip(*columns, strict=True):
            line += 1
            yield record_of(line, values, entity)


def _batches(file: BinaryIO, name: str, entity: Entity) -> Iterator[list[list[Any]]]:
    """A list of values for each of the entity's fields, a batch of rows at a time."""
    try:
        with pq.ParquetFile(file) as table:
            names = table.schema_arrow.names
            check_columns(name, names, entity)
            for batch in table.iter_batches(_BATCH, columns=names):
                missing = [None] * batch.num_rows
                yield [_values(batch[f.name]) if f.name in names else missing for f in entity.fields]
    except (pa.ArrowException, OSError, ValueError, LookupError, OverflowError) as wrong:
        said = " ".join("".join(c if c.isprintable() else " " for c in str(wrong)).split())[:300]
        raise UnreadableFile(
            f"{name} is no readable Parquet file ({said}). Write it anew; nothing of it was loaded."
        ) from None


def _values(column: pa.Array) -> list[Any]:
    """The values of a column: dates and times as ISO texts, floats exactly as their shortest text, others as they are.

    A float32 of 12.1 is 12.1; midnight is its day.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        return [None if text is None else Decimal(text) for text in column.cast(pa.string()).to_pylist()]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        texts: list[Any] = pc.replace_substring_regex(column.cast(pa.string()), _MIDNIGHT, "").to_pylist()
        return texts
    values: list[Any] = column.to_pylist()
    return [value and dict(value) for value in values] if pa.types.is_map(column.type) else values
