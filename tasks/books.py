"""Writing the books (L10)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.books import entries
from tasks.rows import insert_rows
from tasks.step import Scope

Column = sa.ColumnElement[Any]


def write_entries(
    connection: sa.Connection,
    scope: Scope,
    of: sa.FromClause,
    event: str,
    source: Column,
    **amounts: Column,
) -> None:
    """One balanced book entry a row of `of` (with company, currency); `amounts` by account, a debit positive (L10)."""
    values: dict[str, Column] = {
        "company": of.c.company,
        "currency": of.c.currency,
        "on_date": sa.literal(scope.as_of),
        "event": sa.literal(event),
        "source": source,
        **amounts,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, entries, of, values)
