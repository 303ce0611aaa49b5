"""Records that change an earlier one of the same id without rewriting it: another `resumes_on` of a freeze (L4.4).

They are facts of their own, with their own day; the first record stays as it was asked.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.intake.entities import Changes, Entity
from tasks.intake_checks import take_out
from tasks.staging import Staged, stage


def set_apart_changes(connection: sa.Connection, entity: Entity, rows: Staged) -> Staged | None:
    """Take out of `rows` the records that change a stored one, or one above them in the file; returns them, staged."""
    if entity.changes is None:
        return None
    (key,) = entity.key
    placed = sa.select(
        rows, sa.func.first_value(rows.c.line).over(partition_by=rows.c[key], order_by=rows.c.line).label("first_line")
    ).subquery("placed")
    p, first, stored = placed.c, rows.alias("first"), entity.table
    joined = placed.join(first, first.c.line == p.first_line).outerjoin(stored, stored.c[key] == p[key])
    is_known = stored.c[key].isnot(None)
    changes = sa.case((is_known, _changes(entity.changes, p, stored.c)), else_=_changes(entity.changes, p, first.c))
    names = (p.line, p[key], *(p[name] for name in entity.changes.names))
    apart = stage(
        connection, f"intake_{entity.changes.table.name}", sa.select(*names).select_from(joined).where(changes)
    )
    take_out(connection, rows, apart)
    return apart


def _changes(of: Changes, row: Any, base: Any) -> sa.ColumnElement[bool]:
    """Whether a row says something else than the one of its id, about the same thing."""
    same = (row[name].is_not_distinct_from(base[name]) for name in of.same)
    return sa.and_(*same, sa.or_(*(row[name].is_distinct_from(base[name]) for name in of.names)))


def keep_changes(connection: sa.Connection, entity: Entity, apart: Staged | None) -> tuple[int, int]:
    """Store the changes, after the records that they change; returns how many were new, how many known already."""
    if entity.changes is None or apart is None or not apart.rows:
        return 0, 0
    names = [*entity.key, *entity.changes.names]
    rows = sa.select(*(apart.c[name] for name in names)).order_by(apart.c.line)
    kept = connection.execute(insert(entity.changes.table).from_select(names, rows).on_conflict_do_nothing()).rowcount
    return kept, apart.rows - kept
