"""The intake: files become rows of the store (intake.md). What is new, what is the same, what is wrong with the rest?

A file is one transaction: COPY into a staging table, set-wise checks, one merge. Loading it again changes nothing,
because a record is compared with the stored one by its external id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from models.intake.entities import Entity
from models.operations import intake_files
from tasks.database import readable_errors, take_lock, transaction
from tasks.intake_changes import keep_changes, set_apart_changes
from tasks.intake_checks import Source, reject_malformed, reject_meaningless, reject_repeated, typed_rows
from tasks.intake_copy import copy_records
from tasks.intake_files import entity_of, files_in, opened, records_of
from tasks.intake_merge import merge

__all__ = ["Loaded", "files_in", "load"]

_WORTH_ANALYSING = 1_000


@dataclass(frozen=True)
class Loaded:
    """What became of a file: records new or updated, records that were there already, records rejected."""

    path: Path
    entity: str
    loaded: int
    unchanged: int
    rejected: int


def load(path: Path, on_date: date) -> Loaded:
    """Load one file; `on_date` is the day that its rejects carry. Raises UnreadableFile; then nothing was loaded."""
    entity = entity_of(path)
    # Nested: in a rehearsal, too, a refused file leaves the rest of the transaction as it was.
    with readable_errors(), opened(path) as (file, sha256), transaction() as connection, connection.begin_nested():
        raw = copy_records(connection, records_of(file, path, entity), entity)
        result = _merge(connection, path, Source(entity, raw, path.name, sha256, on_date))
    _analyze(entity, result)
    return result


def _merge(connection: sa.Connection, path: Path, source: Source) -> Loaded:
    # From here on the store changes: business days wait, and so does another intake.
    take_lock(connection)
    malformed = reject_malformed(connection, source)
    rows = typed_rows(connection, source, malformed)
    meaningless = reject_meaningless(connection, source, rows)
    changes = set_apart_changes(connection, source.entity, rows)
    same, repeated = reject_repeated(connection, source, rows)
    loaded, unchanged, refused = merge(connection, source, rows)
    changed, known = keep_changes(connection, source.entity, changes)
    rejected = malformed.rows + meaningless + repeated + refused
    result = Loaded(path, source.entity.name, loaded + changed, unchanged + same + known, rejected)
    _remember(connection, source, result)
    return result


def _remember(connection: sa.Connection, source: Source, result: Loaded) -> None:
    values = {
        "sha256": source.sha256,
        "name": source.file,
        "entity": result.entity,
        "loaded": result.loaded,
        "unchanged": result.unchanged,
        "rejected": result.rejected,
    }
    connection.execute(sa.insert(intake_files).values(values))


def _analyze(entity: Entity, result: Loaded) -> None:
    """Fresh statistics after a big load: the night's plans should not wait for the server's own turn."""
    if result.loaded >= _WORTH_ANALYSING:
        with transaction() as connection:
            connection.execute(sa.text(f"ANALYZE {entity.table.fullname}"))
