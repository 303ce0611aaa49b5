"""Merging the good rows of a file into the store: new ones in, changed ones updated, what others rely on kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.intake.entities import Entity, Field, Lock
from models.rules.amounts import major
from tasks.intake_checks import Source, reject
from tasks.staging import Staged, size, stage

Column = sa.ColumnElement[Any]
_REMEDY = "Load it as it is stored, or load a new record that corrects it."


def merge(connection: sa.Connection, source: Source, rows: Staged) -> tuple[int, int, int]:
    """Insert, update or refuse each row, by its external id; returns how many were loaded, unchanged and refused.

    What a business day has applied, and what others rely on, is never rewritten: `changed_after_applied`.
    """
    entity = source.entity
    compared = stage(connection, "intake_compared", _compared(entity, rows))
    refused = sa.select(compared.c.line, sa.literal("changed_after_applied").label("reason"), compared.c.message)
    rejected = reject(connection, source, "refused", refused.where(compared.c.message.isnot(None)), _REMEDY)
    updated = _update(connection, entity, rows, compared)
    inserted = _insert(connection, entity, rows, compared)
    unchanged = size(connection, compared, ~compared.c.changed, ~compared.c.new)
    return inserted + updated, unchanged, rejected.rows


def _compared(entity: Entity, rows: Staged) -> sa.Select[Any]:
    """line, new, changed, message: how each row relates to the stored record of its id, and why that must stay."""
    new = entity.table.c[entity.key[0]].is_(None)
    changed = ~new & sa.or_(sa.false(), *(_differs(entity, rows, field) for field in entity.values))
    refusals = [_refusal(entity, rows, lock) for lock in entity.locks]
    message = sa.case(*((~new & locked, says) for locked, says in refusals)) if refusals else sa.null()
    columns = (new.label("new"), changed.label("changed"), sa.cast(message, sa.Text).label("message"))
    return sa.select(rows.c.line, *columns).select_from(rows.outerjoin(entity.table, _same_key(entity, rows)))


def _same_key(entity: Entity, rows: Staged) -> Column:
    return sa.and_(*(entity.table.c[name] == rows.c[name] for name in entity.key))


def _differs(entity: Entity, rows: Staged, field: Field) -> Column:
    return entity.table.c[field.target].is_distinct_from(field.kept(rows))


def _refusal(entity: Entity, rows: Staged, lock: Lock) -> tuple[Column, Column]:
    """Whether a lock keeps the row out, and what to say of it."""
    fields = [field for field in entity.values if not lock.names or field.name in lock.names]
    differs = {field.name: _differs(entity, rows, field) for field in fields}
    changes = (
        sa.case(
            (
                differs[f.name],
                sa.func.concat(
                    f"{f.name} is ", _or_empty(rows.c[f.name]), ", stored as ", _or_empty(_stored(entity, f))
                ),
            )
        )
        for f in fields
    )
    says = sa.func.concat(sa.func.concat_ws("; ", *changes), f"; expected no change, because {lock.because}.")
    return sa.or_(*differs.values()) & lock.holds(), says


def _or_empty(value: Column) -> Column:
    return sa.func.coalesce(sa.cast(value, sa.Text), "empty")


def _stored(entity: Entity, field: Field) -> Column:
    """The stored value as a file would say it."""
    value = entity.table.c[field.target]
    return major(value, entity.digits(entity.table)) if field.money and entity.digits else value


def _update(connection: sa.Connection, entity: Entity, rows: Staged, compared: Staged) -> int:
    allowed = (compared.c.changed, compared.c.message.is_(None))
    if not size(connection, compared, *allowed):
        return 0
    statement = (
        sa.update(entity.table)
        .where(_same_key(entity, rows), compared.c.line == rows.c.line, *allowed)
        .values({field.target: field.kept(rows) for field in entity.values})
    )
    return connection.execute(statement).rowcount


def _insert(connection: sa.Connection, entity: Entity, rows: Staged, compared: Staged) -> int:
    new = (
        sa.select(*(field.kept(rows) for field in entity.fields))
        .join_from(rows, compared, compared.c.line == rows.c.line)
        .where(compared.c.new)
        .order_by(rows.c.line)
    )
    return connection.execute(sa.insert(entity.table).from_select([f.target for f in entity.fields], new)).rowcount
