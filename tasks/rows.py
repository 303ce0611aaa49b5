"""INSERT … SELECT, the one way in which a step writes rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]


def insert_rows(
    connection: sa.Connection,
    into: sa.Table,
    source: sa.FromClause,
    values: Mapping[str, Column],
    *,
    where: sa.ColumnElement[bool] | None = None,
    order_by: Column | None = None,
) -> int:
    """INSERT INTO … SELECT: `values` by column name, one row of `into` for each of `source`; returns how many."""
    rows = sa.select(*(value.label(name) for name, value in values.items())).select_from(source)
    rows = rows if where is None else rows.where(where)
    rows = rows if order_by is None else rows.order_by(order_by)
    return connection.execute(sa.insert(into).from_select(list(values), rows)).rowcount
