"""Requests that a business day refuses land in the rejects, stage `apply`, with their reason code (intake.md)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from models.operations import rejects
from reports.refusals import refusals
from tasks.database import transaction
from tasks.rows import insert_rows
from tasks.step import Scope


def refuse(
    connection: sa.Connection,
    scope: Scope,
    of: sa.FromClause,
    entity: str,
    record: sa.ColumnElement[Any],
    *,
    reason: str | sa.ColumnElement[Any],
    message: sa.ColumnElement[Any],
    where: sa.ColumnElement[bool],
) -> int:
    """One reject for each row of `of` that meets `where`; returns how many."""
    values = {
        "stage": sa.literal("apply"),
        "entity": sa.literal(entity),
        "record": record,
        "reason": sa.literal(reason) if isinstance(reason, str) else reason,
        "message": message,
        "on_date": sa.literal(scope.as_of),
        "run_id": sa.literal(scope.run_id),
    }
    return insert_rows(connection, rejects, of, values, where=where)


def refused_by(passes: Collection[int]) -> list[dict[str, str]]:
    """What the passes of these runs refused, for a person to read."""
    with transaction() as connection:
        return refusals(connection, passes)
