"""The intake: files become rows of the store (intake.md). What is new, what is the same, what is wrong with the rest?

A file is one transaction: COPY into a staging table, set-wise checks, one merge. Loading it again changes nothing,
because a record is compared with the stored one by its external id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from models.errors import UnreadableFile
from models.intake.catalogue import ENTITIES
from models.intake.entities import Entity
from models.operations import intake_files
from tasks.database import readable_errors, take_lock, transaction
from tasks.intake_checks import Source, reject_malformed, reject_meaningless, reject_repeated
from tasks.intake_copy import copy_lines
from tasks.intake_files import SUFFIXES, entity_of
from tasks.intake_merge import merge


@dataclass(frozen=True)
class Loaded:
    """What became of a file: records new or updated, records that were there already, records rejected."""

    path: Path
    entity: str
    loaded: int
    unchanged: int
    rejected: int


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The intake files of the given files and folders, a folder's in the order of intake.md.

    Raises UnreadableFile for a path that does not exist, or a table in a folder whose name is no entity's.
    """
    found: list[Path] = []
    order = list(ENTITIES)
    for path in paths:
        if path.is_dir():
            tables = [file for file in sorted(path.iterdir()) if file.suffix in SUFFIXES]
            found += sorted(tables, key=lambda file: order.index(entity_of(file).name))
        elif path.exists():
            entity_of(path)
            found.append(path)
        else:
            raise UnreadableFile(f"{path} does not exist; expected an intake file or a folder of them.")
    return found


def load(path: Path, on_date: date) -> Loaded:
    """Load one file; `on_date` is the day that its rejects carry. Raises UnreadableFile; then nothing was loaded."""
    entity = entity_of(path)
    with readable_errors(), transaction() as connection:
        raw = copy_lines(connection, path, entity)
        source = Source(entity, raw, path.name, _sha256(path), on_date)
        # From here on the store changes: business days wait, and so does another intake.
        take_lock(connection)
        malformed = reject_malformed(connection, source)
        rows, meaningless = reject_meaningless(connection, source)
        first, same, repeated = reject_repeated(connection, source, rows)
        loaded, unchanged, changed = merge(connection, source, first)
        result = Loaded(path, entity.name, loaded, unchanged + same, malformed + meaningless + repeated + changed)
        _remember(connection, result, source)
    _analyze(entity, result)
    return result


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remember(connection: sa.Connection, result: Loaded, source: Source) -> None:
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
    if result.loaded >= 1000:
        with transaction() as connection:
            connection.execute(sa.text(f"ANALYZE {entity.table.fullname}"))
