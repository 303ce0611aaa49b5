"""Merging the good rows of a file into the store: new ones in, changed master data updated, applied facts kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.intake.entities import Entity, Field
from tasks.intake_checks import Source, reject
from tasks.staging import size, stage

Column = sa.ColumnElement[Any]


def merge(connection: sa.Connection, source: Source, rows: sa.TableClause) -> tuple[int, int, int]:
    """Insert, update or refuse each row, by its external id; returns how many were loaded, unchanged and refused.

    A stored record that a business day has applied is never rewritten: `changed_after_applied`.
    """
    entity = source.entity
    compared = stage(connection, "compared", _compared(entity, rows))
    c = compared.c
    says = sa.func.concat(
        "the record was applied with other values; a fact is never rewritten. Load a new record that corrects it."
    )
    refused = sa.select(c.line, sa.literal("changed_after_applied").label("reason"), says.label("message"))
    faults = stage(connection, "refused", refused.where(c.refused))
    rejected = reject(connection, source, faults)
    updated = _update(connection, entity, rows, compared)
    inserted = _insert(connection, entity, rows, compared)
    unchanged = size(connection, compared, ~c.changed, ~c.new)
    return inserted + updated, unchanged, rejected


def _compared(entity: Entity, rows: sa.TableClause) -> sa.Select[Any]:
    """line, new, changed, refused: how each row relates to the stored record of its id."""
    stored = entity.table.c
    unlike = {
        field.target: stored[field.target].is_distinct_from(_stored_value(rows, field)) for field in _values(entity)
    }
    new = stored[entity.key[0]].is_(None)
    changed = ~new & sa.or_(sa.false(), *unlike.values())
    refused: Column = sa.false()
    if entity.lock is not None:
        locked = [unlike[name] for name in (entity.lock.columns or unlike)]
        refused = ~new & sa.or_(*locked) & entity.lock.applied()
    return sa.select(rows.c.line, new.label("new"), changed.label("changed"), refused.label("refused")).select_from(
        rows.outerjoin(entity.table, _same_key(entity, rows))
    )


def _same_key(entity: Entity, rows: sa.TableClause) -> Column:
    return sa.and_(*(entity.table.c[name] == rows.c[name] for name in entity.key))


def _values(entity: Entity) -> list[Field]:
    return [field for field in entity.fields if field.name not in entity.key]


def _stored_value(rows: sa.TableClause, field: Field) -> Column:
    """The row's value as the table keeps it: money in minor units (L2.4)."""
    value = rows.c[field.name]
    if field.money:
        return sa.cast(value * sa.func.power(sa.cast(10, sa.Numeric), rows.c.minor_digits), sa.BigInteger)
    return value


def _update(connection: sa.Connection, entity: Entity, rows: sa.TableClause, compared: sa.TableClause) -> int:
    values = {field.target: _stored_value(rows, field) for field in _values(entity)}
    if not values or not size(connection, compared, compared.c.changed, ~compared.c.refused):
        return 0
    statement = (
        sa.update(entity.table)
        .where(_same_key(entity, rows), compared.c.line == rows.c.line, compared.c.changed, ~compared.c.refused)
        .values(values)
    )
    return connection.execute(statement).rowcount


def _insert(connection: sa.Connection, entity: Entity, rows: sa.TableClause, compared: sa.TableClause) -> int:
    columns = {field.target: _stored_value(rows, field) for field in entity.fields}
    new = (
        sa.select(*columns.values())
        .join_from(rows, compared, compared.c.line == rows.c.line)
        .where(compared.c.new)
        .order_by(rows.c.line)
    )
    return connection.execute(sa.insert(entity.table).from_select(list(columns), new)).rowcount
