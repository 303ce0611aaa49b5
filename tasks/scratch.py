"""A scratch copy of the store: made in one snapshot while others go on working, thrown away at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from models.schema import metadata
from tasks import schema
from tasks.database import administering, create_database, database_url, elsewhere, engine, engine_of

MEMORY_BYTES = 64 * 1024 * 1024
"""What of a table is kept in memory on its way; the rest goes through a file."""


@contextmanager
def scratch_copy() -> Iterator[None]:
    """Everything inside works on a copy of the store as it is now; the store itself is only read."""
    name = f"tajdid_scratch_{os.getpid()}"
    source, here = engine(), sa.make_url(database_url())
    copy = engine_of(here.set(database=name).render_as_string(hide_password=False), os.getpid())
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    with administering() as connection:
        connection.exec_driver_sql(drop)
        create_database(connection, name, "for the copy")
    try:
        with elsewhere(copy):
            schema.upgrade()
            _fill(source, copy)
            yield
    finally:
        copy.dispose()
        with administering() as connection:
            connection.exec_driver_sql(drop)


def _fill(source: sa.Engine, copy: sa.Engine) -> None:
    """Copy every table, parents first, from one snapshot."""
    tables = metadata.sorted_tables
    snapshot = source.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.connect() as reading, copy.connect() as writing, writing.begin():
        writing.exec_driver_sql(f"TRUNCATE {', '.join(table.fullname for table in tables)} CASCADE")
        for table in tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.computed is None)
            with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as rows:
                _cursor(reading).copy_expert(f"COPY {table.fullname} ({columns}) TO STDOUT (FORMAT binary)", rows)
                rows.seek(0)
                _cursor(writing).copy_expert(f"COPY {table.fullname} ({columns}) FROM STDIN (FORMAT binary)", rows)
            for column in table.columns:
                if column.identity is not None:
                    sequence = f"pg_get_serial_sequence('{table.fullname}', '{column.name}')"
                    highest = f"(SELECT coalesce(max({column.name}), 0) + 1 FROM {table.fullname})"
                    writing.exec_driver_sql(f"SELECT setval({sequence}, {highest}, FALSE)")
    with copy.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ANALYZE {', '.join(table.fullname for table in tables)}")


def _cursor(connection: sa.Connection):  # type: ignore[no-untyped-def]  # the driver's own, for COPY
    return connection.connection.cursor()
