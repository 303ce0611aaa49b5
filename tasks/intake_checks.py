"""What is wrong with the lines of a file: their format, their meaning, repetition within the file.

Each bad line lands in the rejects with its file, line, id, reason and what was expected, and with its content, so that
nothing is lost. The same bad line of the same file is one reject however often it is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.intake.entities import Entity, Field
from models.operations import rejects
from tasks.staging import size, stage

Column = sa.ColumnElement[Any]
_SHOWN = 100
"""How many characters of a wrong value a message repeats."""


@dataclass(frozen=True)
class Source:
    """A file on its way in: its entity, its staged lines, and what its rejects say of it."""

    entity: Entity
    raw: sa.TableClause
    file: str
    sha256: str
    on_date: date


def reject(connection: sa.Connection, source: Source, faults: sa.TableClause) -> int:
    """Put the lines of `faults` (line, reason, message) into the rejects; returns how many lines."""
    raw = source.raw
    names = [field.name for field in source.entity.fields]
    pairs = [part for name in names for part in (sa.literal(name), raw.c[name])]
    as_read = sa.func.jsonb_strip_nulls(sa.func.jsonb_build_object(*pairs))
    values: dict[str, Column] = {
        "stage": sa.literal("intake"),
        "entity": sa.literal(source.entity.name),
        "record": sa.func.left(_record(source), 300),
        "reason": faults.c.reason,
        "message": faults.c.message,
        "file": sa.literal(source.file),
        "sha256": sa.literal(source.sha256),
        "line": faults.c.line,
        "content": sa.func.coalesce(sa.cast(raw.c.content, postgresql.JSONB), as_read),
        "on_date": sa.literal(source.on_date),
    }
    rows = sa.select(*values.values()).join_from(faults, raw, raw.c.line == faults.c.line).order_by(faults.c.line)
    connection.execute(postgresql.insert(rejects).from_select(list(values), rows).on_conflict_do_nothing())
    return size(connection, faults)


def _record(source: Source) -> Column:
    """The id of a line: its first key column, or all of them where it takes several."""
    return sa.func.concat_ws("/", *(source.raw.c[name] for name in source.entity.key))


def reject_malformed(connection: sa.Connection, source: Source) -> int:
    """Reject lines that cannot be read: taken apart wrongly, a required value missing, a value not of its kind."""
    raw = source.raw
    missing = [(f, raw.c[f.name].is_(None)) for f in source.entity.fields if f.required]
    wrong = [(f, raw.c[f.name].isnot(None) & ~f.kind.valid(raw.c[f.name])) for f in source.entity.fields]
    reason = sa.case(
        (raw.c.problem.isnot(None), raw.c.problem),
        *((broken, "missing_value") for _, broken in missing),
        *((broken, field.kind.reason) for field, broken in wrong),
    )
    message = sa.case(
        (raw.c.problem.isnot(None), raw.c.said),
        *((broken, f"{field.name} is empty; expected {field.kind.expected}.") for field, broken in missing),
        *((broken, _unlike(field, raw.c[field.name])) for field, broken in wrong),
    )
    found = sa.select(raw.c.line, reason.label("reason"), message.label("message")).subquery("found")
    faults = stage(connection, "malformed", sa.select(found).where(found.c.reason.isnot(None)))
    return reject(connection, source, faults)


def _unlike(field: Field, value: Column) -> Column:
    return sa.func.concat(field.name, " is ", sa.func.left(value, _SHOWN), f"; expected {field.kind.expected}.")


def reject_meaningless(connection: sa.Connection, source: Source) -> tuple[sa.TableClause, int]:
    """Read the well-formed lines and reject those that a check refuses; returns the good rows and how many were not.

    The rows have a typed column a field, defaults filled in, and `minor_digits` where the entity has money.
    """
    raw, entity = source.raw, source.entity
    malformed = sa.table("malformed", sa.column("line"), schema="pg_temp")
    well_formed = ~sa.exists().where(malformed.c.line == raw.c.line)
    read = sa.select(raw.c.line, *(_value(raw, field) for field in entity.fields)).where(well_formed)
    typed = read.subquery("typed")
    digits = entity.digits(typed) if entity.digits else sa.literal(None, sa.SmallInteger)  # type: ignore[arg-type]
    rows = stage(connection, f"typed_{entity.name}", sa.select(typed, digits.label("minor_digits")))
    if not entity.checks:
        return rows, 0
    broken = [(check, check.broken(rows)) for check in entity.checks]
    reason = sa.case(*((when, check.reason) for check, when in broken))
    message = sa.case(*((when, check.says(rows)) for check, when in broken))
    found = sa.select(rows.c.line, reason.label("reason"), message.label("message")).subquery("found")
    faults = stage(connection, "meaningless", sa.select(found).where(found.c.reason.isnot(None)))
    rejected = reject(connection, source, faults)
    if rejected:
        connection.execute(sa.delete(rows).where(rows.c.line == faults.c.line))
    return rows, rejected


def _value(raw: sa.TableClause, field: Field) -> Column:
    value = field.kind.read(raw.c[field.name])
    return (value if field.default is None else sa.func.coalesce(value, field.default)).label(field.name)


def reject_repeated(connection: sa.Connection, source: Source, rows: sa.TableClause) -> tuple[sa.TableClause, int, int]:
    """Keep the first line of each id; a later line with other content is rejected, with the same it changes nothing.

    Returns the rows that are left, how many were the same, how many were rejected.
    """
    key = [rows.c[name] for name in source.entity.key]
    place = sa.func.first_value(rows.c.line).over(partition_by=key, order_by=rows.c.line).label("first_line")
    placed = sa.select(rows.c.line, place).subquery("placed")
    later = stage(connection, "later_lines", sa.select(placed).where(placed.c.line != placed.c.first_line))
    repeated = size(connection, later)
    if not repeated:
        return rows, 0, 0
    mine, first = rows.alias("mine"), rows.alias("first")
    other = sa.or_(*(mine.c[field.name].is_distinct_from(first.c[field.name]) for field in source.entity.fields))
    says = sa.func.concat(
        "the id stands in line ", later.c.first_line, " already, with other values; expected one line for each id."
    )
    faults = stage(
        connection,
        "repeated",
        sa.select(later.c.line, sa.literal("duplicate_in_file").label("reason"), says.label("message"))
        .join_from(later, mine, mine.c.line == later.c.line)
        .join(first, first.c.line == later.c.first_line)
        .where(other),
    )
    rejected = reject(connection, source, faults)
    connection.execute(sa.delete(rows).where(rows.c.line == later.c.line))
    return rows, repeated - rejected, rejected
