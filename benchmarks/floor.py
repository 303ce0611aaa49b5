"""The floor of a step: COPY the very same rows into the same tables, and make the same updates, one a table.

Nothing here knows a step. Each row of the store carries the transaction that wrote it (`xmin`), and a step's ledger row
the same one: so `keep` finds what a step wrote. A database in the state before the step tells which of these rows are
new, to be COPYed, and which have changed, to be updated from a temporary table with their final values.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks.databases import checkpoint, timed
from models.schema import metadata
from tasks import database

LEDGER = frozenset({"runs", "steps"})
"""What every pass writes; no work of a step."""


@dataclass(frozen=True)
class Written:
    """What a step wrote into a table: the file of its new rows, and the columns that changed in others."""

    table: sa.Table
    new: Path
    changed: tuple[str, ...]

    def copy_new(self, connection: sa.Connection) -> None:
        """COPY the new rows, their ids included."""
        into = f"{self.table} ({listed(writable(self.table))})"
        copy(connection, f"COPY {into} FROM STDIN (FORMAT binary)", self.new, "rb")

    def update_changed(self, connection: sa.Connection) -> None:
        """Give the other rows their final values, all at once."""
        if self.changed:
            values = ", ".join(f'"{name}" = w."{name}"' for name in self.changed)
            of = f"pg_temp.changed_{self.table.name} AS w"
            run(connection, f"UPDATE {self.table} AS t SET {values} FROM {of} WHERE {same_row(self.table)}")


def writable(table: sa.Table) -> list[str]:
    """The columns that can be written: not those that the server computes."""
    return [column.name for column in table.columns if column.computed is None]


def key(table: sa.Table) -> list[str]:
    """The columns of the primary key."""
    return [column.name for column in table.primary_key]


def listed(names: Iterable[str], of: str = "") -> str:
    """Columns as SQL; some are named as key words are."""
    return ", ".join(f'{of}"{name}"' for name in names)


def same_row(table: sa.Table) -> str:
    """The condition that rows `t` and `w` have the same primary key."""
    return " AND ".join(f't."{name}" = w."{name}"' for name in key(table))


def run(connection: sa.Connection, statement: str) -> None:
    """Run a statement as it is written."""
    connection.connection.cursor().execute(statement)


def copy(connection: sa.Connection, statement: str, path: Path, mode: str) -> None:
    """Run a COPY between a file and the server."""
    with path.open(mode) as file:
        assert isinstance(file, io.BufferedIOBase)
        connection.connection.cursor().copy_expert(statement, file)


def keep(folder: Path) -> None:
    """Keep the rows that the last step wrote in this process's database: a file for each table that it wrote to."""
    with database.engine().connect() as connection:
        last = "SELECT xmin::text FROM tajdid.steps ORDER BY finished_at DESC LIMIT 1"
        by_step = f"xmin = '{connection.exec_driver_sql(last).scalar_one()}'"
        for table in metadata.sorted_tables:
            rows = f"SELECT {listed(writable(table))} FROM {table} WHERE {by_step}"
            if table.name not in LEDGER and connection.exec_driver_sql(f"SELECT EXISTS ({rows})").scalar_one():
                copy(connection, f"COPY ({rows}) TO STDOUT (FORMAT binary)", folder / table.name, "wb")


def copy_back(server_url: str, folder: Path) -> float:
    """Write what was kept into this process's database, which is as it was before the step; returns the seconds."""
    with database.engine().connect() as connection:
        # Ordered so that a row comes after those that it refers to.
        tables = [table for table in metadata.sorted_tables if (folder / table.name).exists()]
        written = [compare(connection, table, folder / table.name) for table in tables]
        checkpoint(server_url)
        return timed(lambda: write(connection, written))[0]


def compare(connection: sa.Connection, table: sa.Table, kept: Path) -> Written:
    """Part the kept rows of a table in those that are new and those that are there already, with other values."""
    name, new = table.name, kept.with_suffix(".new")
    run(connection, f"CREATE TEMP TABLE written_{name} AS SELECT {listed(writable(table))} FROM {table} WITH NO DATA")
    copy(connection, f"COPY written_{name} FROM STDIN (FORMAT binary)", kept, "rb")
    run(connection, f"ANALYZE written_{name}")
    rows = f"SELECT * FROM written_{name} w WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same_row(table)})"
    copy(connection, f"COPY ({rows}) TO STDOUT (FORMAT binary)", new, "wb")
    changed = changed_columns(connection, table)
    there = f"SELECT {listed([*key(table), *changed], 'w.')} FROM written_{name} w JOIN {table} t ON {same_row(table)}"
    run(connection, f"CREATE TEMP TABLE changed_{name} AS {there}")
    run(connection, f"ALTER TABLE changed_{name} ADD PRIMARY KEY ({listed(key(table))})")
    run(connection, f"ANALYZE changed_{name}")
    return Written(table, new, changed)


def changed_columns(connection: sa.Connection, table: sa.Table) -> tuple[str, ...]:
    """The columns that differ in at least one row that was there already."""
    names = writable(table)
    differs = ", ".join(f'bool_or(w."{name}" IS DISTINCT FROM t."{name}")' for name in names)
    joined = f"written_{table.name} w JOIN {table} t ON {same_row(table)}"
    row = connection.exec_driver_sql(f"SELECT {differs} FROM {joined}").one()
    return tuple(name for name, differing in zip(names, row, strict=True) if differing)


def write(connection: sa.Connection, written: list[Written]) -> None:
    """The floor itself, in one transaction."""
    for table in written:
        table.copy_new(connection)
    for table in written:
        table.update_changed(connection)
    connection.commit()
