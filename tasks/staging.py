"""Named intermediate results of a step: temporary tables, counted, analysed, typed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.visitors import InternalTraversal

Query = sa.Select[Any] | sa.CompoundSelect[Any]
_STAGED = "staged"
"""In a connection's info: how many rows were put into each staged table, since anything was rolled back."""
_WORTH_EMPTYING = 10_000
_WORTH_ANALYSING = 100
"""Rows; the plans of a smaller table do not depend on its statistics, and a quiet day should cost nothing."""


class Staged(sa.TableClause):
    """A staged table, and how many rows it has: a step stops early where there is nothing to do."""

    inherit_cache = True
    rows: int


class _Keep(Executable, sa.ClauseElement):
    """`how` … AS, or INSERT INTO …: the two ways of filling a staged table from a query."""

    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy looks it up on the class
        ("how", InternalTraversal.dp_string),
        ("query", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, how: str, query: Query) -> None:
        self.how, self.query = how, query


@compiles(_Keep)
def _keep(element: _Keep, compiler: Any, **options: Any) -> str:
    return f"{element.how} {compiler.process(element.query, **options)}"


def stage(connection: sa.Connection, name: str, query: Query) -> Staged:
    """Keep the rows of `query` as `pg_temp.name` until the name is staged again; returns the table to select from.

    The table lives as long as the session: a year of days rehearsed in one transaction would otherwise fill the
    catalogue with dead tables. A name therefore always stands for the same columns. It is emptied by hand, because ON
    COMMIT DELETE ROWS would truncate every such table of the session at every commit.
    """
    how = f"INSERT INTO pg_temp.{name}" if _made_empty(connection, name) else f"CREATE TEMPORARY TABLE {name} AS"
    rows = connection.execute(_Keep(how, query)).rowcount
    connection.info.setdefault(_STAGED, {})[name] = rows
    if rows >= _WORTH_ANALYSING:
        connection.exec_driver_sql(f"ANALYZE pg_temp.{name}")
    if rows >= _WORTH_EMPTYING:
        connection.info.setdefault("large", set()).add(name)
    columns: list[sa.ColumnClause[Any]] = [sa.column(column.name, column.type) for column in query.selected_columns]
    staged = Staged(name, *columns, schema="pg_temp")
    staged.rows = rows
    return staged


def _made_empty(connection: sa.Connection, name: str) -> bool:
    """Empty the table of an earlier staging; False where there is none."""
    rows = connection.info.get(_STAGED, {}).get(name)
    if rows is None:
        if not _is_there(connection, name):
            return False
        rows = connection.exec_driver_sql(f"SELECT count(*) FROM pg_temp.{name}").scalar_one()
    if rows:
        # A new file for the table takes longer than to mark a few rows dead.
        how = "DELETE FROM" if rows < _WORTH_ANALYSING else "TRUNCATE"
        connection.exec_driver_sql(f"{how} pg_temp.{name}")
    return True


@sa.event.listens_for(sa.Engine, "rollback")
@sa.event.listens_for(sa.Engine, "rollback_savepoint")
def _forget(connection: sa.Connection, *savepoint: object) -> None:
    """What was staged and rolled back is not what we know of it."""
    if not connection.invalidated:
        connection.info.pop(_STAGED, None)


@sa.event.listens_for(sa.Engine, "handle_error")
def _forget_after_error(context: sa.engine.ExceptionContext) -> None:
    """A COMMIT that fails rolls back, and is told as an error only."""
    if context.connection is not None:
        _forget(context.connection)


def _is_there(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.select(sa.func.to_regclass(f"pg_temp.{name}"))).scalar() is not None


def empty_large(connection: sa.Connection) -> None:
    """Give back the room of large staged tables at the end of a step, not only when their name comes again."""
    for name in connection.info.pop("large", ()):
        _made_empty(connection, name)  # one that was staged and rolled back is not there
        connection.info.get(_STAGED, {}).pop(name, None)


def is_any(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> bool:
    """Whether some row meets the conditions: cheaper to ask than to plan a step that has nothing to do."""
    return connection.execute(sa.select(sa.exists().where(*where))).scalar_one() is True


def size(connection: sa.Connection, of: sa.FromClause, *where: sa.ColumnElement[bool]) -> int:
    """How many rows of a staged table meet the conditions."""
    if isinstance(of, Staged) and not of.rows:
        return 0
    return connection.execute(sa.select(sa.func.count()).select_from(of).where(*where)).scalar_one()
