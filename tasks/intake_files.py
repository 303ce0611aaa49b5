"""Which files are intake files, of which entity, in which order, and how each is opened and read (intake.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.errors import UnreadableFile
from models.intake.catalogue import ENTITIES
from models.intake.entities import Entity
from tasks.intake_lines import csv_records, json_records
from tasks.intake_records import Record

SUFFIXES = (".csv", ".jsonl", ".parquet")


def files_in(paths: Iterable[Path]) -> list[Path]:
    """The intake files of the given files and folders, all of them in the order of intake.md.

    Raises UnreadableFile for a path that does not exist, or a table in a folder whose name is no entity's.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [file for file in sorted(path.iterdir()) if file.suffix.lower() in SUFFIXES]
        elif path.exists():
            found.append(path)
        else:
            raise UnreadableFile(f"{path} does not exist; expected an intake file or a folder of them.")
    # What a row refers to comes before it, also where a shell has listed the files by name; files of an entity stay.
    return sorted(found, key=place_of)


def place_of(path: Path) -> int:
    """The place of a file in the order of intake.md. Raises UnreadableFile for one that is none of it."""
    return list(ENTITIES).index(entity_of(path).name)


def entity_of(path: Path) -> Entity:
    """The entity that a file's name says: `<entity>.csv` or `<entity>-anything.csv`. Raises UnreadableFile."""
    name = path.stem.split("-")[0]
    if path.suffix.lower() not in SUFFIXES or name not in ENTITIES:
        raise UnreadableFile(
            f"{path.name} is no intake file; expected <entity>.csv or <entity>-anything.csv (or .jsonl, .parquet) with "
            f"an entity of: {', '.join(ENTITIES)}."
        )
    return ENTITIES[name]


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A file and the SHA-256 of its content, both of one opening: what replaces it meanwhile is another file."""
    try:
        file = path.open("rb")
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as wrong:
        raise UnreadableFile(f"{path.name} cannot be read: {wrong.strerror}. Nothing of it was loaded.") from None
    with file:
        file.seek(0)
        yield file, sha256


def records_of(file: BinaryIO, path: Path, entity: Entity) -> Iterator[Record]:
    """The records of an opened file, one by one. Raises UnreadableFile where it cannot be read at all."""
    if path.suffix.lower() == ".parquet":
        from tasks.intake_parquet import parquet_records

        return parquet_records(file, path.name, entity)
    reader = csv_records if path.suffix.lower() == ".csv" else json_records
    return reader(file, path.name, entity)
