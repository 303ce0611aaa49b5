"""What is wrong with the records of a file: their format, their meaning, repetition within the file.

Each bad record lands in the rejects with its file, line, id, reason, what was expected and what to do, and with its
content, so that nothing is lost. The same bad record of the same file is one reject however often it is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.intake.entities import Entity, Field, Rows, shown
from models.operations import rejects
from tasks.intake_copy import raw_table
from tasks.staging import Staged, stage

Column = sa.ColumnElement[Any]
Fault = tuple[str | Column, Column, Column]
"""A reason code, when a row has it, and the value and expectation to say."""


@dataclass(frozen=True)
class Source:
    """A file on its way in: its entity, its staged records, and what its rejects say of it."""

    entity: Entity
    raw: sa.TableClause
    file: str
    sha256: str
    on_date: date


def reject(connection: sa.Connection, source: Source, name: str, faults: sa.Select[Any], remedy: str = "") -> Staged:
    """Put the records of `faults` (line, reason, message) into the rejects; returns their lines, staged as `name`."""
    found = stage(connection, f"intake_{name}", faults)
    if found.rows:
        raw = source.raw
        again = sa.func.concat(f" Correct {source.file} line ", found.c.line, " and load it again.")
        # The id, of all key columns where it takes several.
        record = sa.func.nullif(sa.func.concat_ws("/", *(raw.c[key] for key in source.entity.key)), "")
        values: dict[str, Column] = {
            "stage": sa.literal("intake"),
            "entity": sa.literal(source.entity.name),
            "record": sa.func.left(record, 300),
            "reason": found.c.reason,
            "message": sa.func.concat(found.c.message, f" {remedy}" if remedy else again),
            "file": sa.literal(source.file),
            "sha256": sa.literal(source.sha256),
            "line": found.c.line,
            "content": _content(source),
            "on_date": sa.literal(source.on_date),
        }
        rows = sa.select(*values.values()).join_from(found, raw, raw.c.line == found.c.line).order_by(found.c.line)
        connection.execute(postgresql.insert(rejects).from_select(list(values), rows).on_conflict_do_nothing())
    return found


def _content(source: Source) -> Column:
    """The record as it came: the texts that it has by column, or its line where it could not be taken apart."""
    raw = source.raw
    pairs = [part for field in source.entity.fields for part in (sa.literal(field.name), raw.c[field.name])]
    by_column = sa.func.jsonb_strip_nulls(sa.func.jsonb_build_object(*pairs))
    as_line = sa.func.jsonb_build_object(sa.literal("line"), raw.c.as_came)
    return sa.case((raw.c.as_came.isnot(None), as_line), else_=by_column)


def _first_faults(rows: Rows, faults: Sequence[Fault]) -> sa.Select[Any]:
    """line, reason, message: the first fault of each row that has any."""
    found = sa.select(
        rows.c.line,
        sa.case(*((broken, reason) for reason, broken, _ in faults)).label("reason"),
        sa.case(*((broken, says) for _, broken, says in faults)).label("message"),
    ).subquery("found")
    return sa.select(found).where(found.c.reason.isnot(None))


def reject_malformed(connection: sa.Connection, source: Source) -> Staged:
    """Reject what cannot be read: taken apart wrongly, a required value missing, a value not of its kind."""
    return reject(connection, source, "malformed", _malformed(source.entity))


@cache
def _malformed(entity: Entity) -> sa.Select[Any]:
    raw, fields = raw_table(entity), entity.fields
    unusable: Fault = (raw.c.problem, raw.c.problem.isnot(None), raw.c.says)
    faults = (
        unusable,
        *(_missing(field, raw.c[field.name]) for field in fields if field.required),
        *(_unlike(field, raw.c[field.name]) for field in fields),
    )
    return _first_faults(raw, faults)


def _missing(field: Field, value: Column) -> Fault:
    return "missing_value", value.is_(None), sa.literal(f"{field.name} is empty; expected {field.kind.expected}.")


def _unlike(field: Field, value: Column) -> Fault:
    says = sa.func.concat(f"{field.name} is ", shown(value), f"; expected {field.kind.expected}.")
    return field.kind.reason, value.isnot(None) & ~field.kind.valid(value), says


def typed_rows(connection: sa.Connection, source: Source, malformed: Staged) -> Staged:
    """The well-formed records: a typed column for each field, defaults filled in, and `minor_digits` where needed."""
    raw, entity = source.raw, source.entity
    read = sa.select(raw.c.line, *(_value(raw, field) for field in entity.fields))
    typed = read.where(~sa.exists().where(malformed.c.line == raw.c.line)).subquery("typed")
    digits = entity.digits(typed) if entity.digits else sa.literal(None, sa.SmallInteger)
    return stage(connection, f"intake_{entity.name}", sa.select(typed, digits.label("minor_digits")))


def _value(raw: sa.TableClause, field: Field) -> Column:
    value = field.kind.read(raw.c[field.name])
    return (value if field.default is None else sa.func.coalesce(value, field.default)).label(field.name)


def reject_meaningless(connection: sa.Connection, source: Source, rows: Staged) -> int:
    """Reject, and take out of `rows`, those that a check of the entity refuses; returns how many."""
    faults = [(check.reason, check.broken(rows), check.says(rows)) for check in source.entity.checks]
    return take_out(connection, rows, reject(connection, source, "meaningless", _first_faults(rows, faults)))


def reject_repeated(connection: sa.Connection, source: Source, rows: Staged) -> tuple[int, int]:
    """Keep the first record of each id; a later one with other content is rejected, with the same it changes nothing.

    Returns how many were the same, how many were rejected.
    """
    key = [rows.c[name] for name in source.entity.key]
    first_line = sa.func.first_value(rows.c.line).over(partition_by=key, order_by=rows.c.line).label("first_line")
    placed = sa.select(rows.c.line, first_line).subquery("placed")
    later = stage(connection, "intake_later", sa.select(placed).where(placed.c.line != placed.c.first_line))
    if not later.rows:
        return 0, 0
    mine, first = rows.alias("mine"), rows.alias("first")
    unlike = [(field.name, mine.c[field.name].is_distinct_from(first.c[field.name])) for field in source.entity.values]
    names = sa.func.concat_ws(", ", *(sa.case((differs, name)) for name, differs in unlike))
    says = sa.func.concat(
        "the id stands in line ", later.c.first_line, " too, with another ", names, "; expected it once."
    )
    faults = (
        sa.select(later.c.line, sa.literal("duplicate_in_file").label("reason"), says.label("message"))
        .join_from(later, mine, mine.c.line == later.c.line)
        .join(first, first.c.line == later.c.first_line)
        .where(sa.or_(*(differs for _, differs in unlike)))
    )
    rejected = reject(connection, source, "repeated", faults)
    return take_out(connection, rows, later) - rejected.rows, rejected.rows


def take_out(connection: sa.Connection, rows: Staged, lines: Staged) -> int:
    """Delete the rows of some lines; returns how many lines."""
    if lines.rows:
        connection.execute(sa.delete(rows).where(rows.c.line == lines.c.line))
    return lines.rows
