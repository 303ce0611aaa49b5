"""Merging the good rows of a file into the store: new ones in, changed ones updated, what others rely on kept."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.intake.entities import Entity, Field, Lock, shown
from models.rules.amounts import major
from tasks.intake_checks import Source, reject, take_out
from tasks.staging import Staged, size, stage

Column = sa.ColumnElement[Any]
_REMEDY = "Load it as it is stored, or load a new record that corrects it."


def merge(connection: sa.Connection, source: Source, rows: Staged) -> tuple[int, int, int]:
    """Insert, update or refuse each row, by its external id; returns how many were loaded, unchanged and refused.

    What a business day has applied, and what others rely on, is never rewritten: `changed_after_applied`.
    """
    entity = source.entity
    compared = stage(connection, "intake_compared", _compared(entity, rows))
    new, changed = (size(connection, compared, column) for column in (compared.c.new, compared.c.changed))
    refused = _refuse(connection, source, rows, compared) if changed and entity.locks else 0
    if changed > refused:
        _update(connection, entity, rows, compared)
    if new:
        _insert(connection, entity, rows, compared)
    return new + changed - refused, compared.rows - new - changed, refused


def _compared(entity: Entity, rows: Staged) -> sa.Select[Any]:
    """line, new, changed: how each row relates to the stored record of its id."""
    new = entity.table.c[entity.key[0]].is_(None)
    changed = ~new & sa.or_(sa.false(), *(_differs(entity, rows, field) for field in entity.values))
    joined = rows.outerjoin(entity.table, _same_key(entity, rows))
    return sa.select(rows.c.line, new.label("new"), changed.label("changed")).select_from(joined)


def _refuse(connection: sa.Connection, source: Source, rows: Staged, compared: Staged) -> int:
    """Reject, and take out of `compared`, the rows that a lock keeps out; returns how many."""
    entity = source.entity
    says = sa.case(*(_refusal(entity, rows, lock) for lock in entity.locks)).label("message")
    found = (
        sa.select(compared.c.line, says)
        .join_from(compared, rows, rows.c.line == compared.c.line)
        .join(entity.table, _same_key(entity, rows))
        .where(compared.c.changed)
        .subquery("found")
    )
    reason = sa.literal("changed_after_applied").label("reason")
    faults = sa.select(found.c.line, reason, found.c.message).where(found.c.message.isnot(None))
    return take_out(connection, compared, reject(connection, source, "refused", faults, _REMEDY))


def _same_key(entity: Entity, rows: Staged) -> Column:
    return sa.and_(*(entity.table.c[name] == rows.c[name] for name in entity.key))


def _differs(entity: Entity, rows: Staged, field: Field) -> Column:
    return entity.table.c[field.target].is_distinct_from(field.kept(rows))


def _refusal(entity: Entity, rows: Staged, lock: Lock) -> tuple[Column, Column]:
    """Whether a lock keeps the row out, and what to say of it."""
    fields = [field for field in entity.values if not lock.names or field.name in lock.names]
    kept_out = sa.or_(*(_differs(entity, rows, field) for field in fields)) & lock.holds()
    changes = sa.func.concat_ws("; ", *(_change(entity, rows, field) for field in fields))
    return kept_out, sa.func.concat(changes, f"; expected no change, because {lock.because}.")


def _change(entity: Entity, rows: Staged, field: Field) -> Column:
    """`currency is KWD, stored as SAR`, or NULL where the two are the same."""
    new, old = (
        sa.func.coalesce(shown(sa.cast(value, sa.Text)), "empty")
        for value in (rows.c[field.name], _stored(entity, field))
    )
    return sa.case((_differs(entity, rows, field), sa.func.concat(f"{field.name} is ", new, ", stored as ", old)))


def _stored(entity: Entity, field: Field) -> Column:
    """The stored value as a file would say it."""
    value = entity.table.c[field.target]
    return major(value, entity.digits(entity.table)) if field.money and entity.digits else value


def _update(connection: sa.Connection, entity: Entity, rows: Staged, compared: Staged) -> None:
    statement = (
        sa.update(entity.table)
        .where(_same_key(entity, rows), compared.c.line == rows.c.line, compared.c.changed)
        .values({field.target: field.kept(rows) for field in entity.values})
    )
    connection.execute(statement)


def _insert(connection: sa.Connection, entity: Entity, rows: Staged, compared: Staged) -> None:
    new = (
        sa.select(*(field.kept(rows) for field in entity.fields))
        .join_from(rows, compared, compared.c.line == rows.c.line)
        .where(compared.c.new)
        .order_by(rows.c.line)
    )
    connection.execute(sa.insert(entity.table).from_select([field.target for field in entity.fields], new))
