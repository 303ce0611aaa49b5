"""The inbox: a folder, or an fsspec URL, from which each file is loaded once, by its content (TAJDID_INBOX).

What lies there twice, or for years, is not loaded again: the store remembers the hash of every file, and the version
that the file system gives it, so that a poll opens only what is new.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import sqlalchemy as sa

from models.errors import UnreadableFile, WrongUsage
from models.intake.catalogue import ENTITIES
from models.operations import inbox_files, intake_files
from tasks.database import take_lock, transaction
from tasks.intake import Loaded, load
from tasks.intake_files import SUFFIXES, entity_of


@dataclass(frozen=True)
class Refused:
    """A file that could not be loaded at all; it is tried again when it has changed."""

    name: str
    why: str


def load_inbox(inbox: str, on_date: date, before: datetime) -> Iterator[Loaded | Refused]:
    """Load what is new in `inbox`, in the order of intake.md; what has changed since `before` may not be whole yet.

    Raises WrongUsage where the inbox cannot be read.
    """
    try:
        files, root = fsspec.core.url_to_fs(inbox)
        listed = [entry["name"] for entry in files.ls(root, detail=True) if _is_intake(entry)]
    except (OSError, ValueError, ImportError) as wrong:
        # The URL may hold a password, and so may the words of its library.
        said = f"TAJDID_INBOX cannot be read ({type(wrong).__name__}); expected a folder, or an URL that fsspec knows."
        raise WrongUsage(said) from None
    for name in sorted(listed, key=_place):
        version = str(files.ukey(name))
        if files.modified(name).timestamp() > before.timestamp() or _is_seen(version):
            continue
        with tempfile.TemporaryDirectory(prefix="tajdid-inbox-") as folder:
            path = Path(folder) / PurePosixPath(name).name
            files.get_file(name, str(path))
            result = _take(path, on_date)
        _remember(path.name, version, result)
        if result is not None:
            yield result


def _is_intake(entry: dict[str, Any]) -> bool:
    path = PurePosixPath(entry["name"])
    return entry["type"] == "file" and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _place(name: str) -> tuple[int, str]:
    """What a row refers to comes before it; a name that is no entity's comes last."""
    order = list(ENTITIES)
    entity = PurePosixPath(name).stem.split("-")[0]
    return (order.index(entity) if entity in order else len(order), name)


def _take(path: Path, on_date: date) -> Loaded | Refused | None:
    """Load a file; None where the same content was loaded before, under whatever name."""
    try:
        entity = entity_of(path)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        known = sa.exists().where(intake_files.c.sha256 == sha256, intake_files.c.entity == entity.name)
        with transaction() as connection:
            if connection.execute(sa.select(known)).scalar_one():
                return None
        return load(path, on_date)
    except UnreadableFile as wrong:
        return Refused(path.name, str(wrong))


def _is_seen(version: str) -> bool:
    with transaction() as connection:
        return connection.execute(sa.select(sa.exists().where(inbox_files.c.version == version))).scalar_one() is True


def _remember(name: str, version: str, result: Loaded | Refused | None) -> None:
    values = {"version": version, "name": name, "refused": result.why if isinstance(result, Refused) else None}
    with transaction() as connection:
        take_lock(connection)
        if not connection.execute(sa.select(sa.exists().where(inbox_files.c.version == version))).scalar_one():
            connection.execute(sa.insert(inbox_files).values(values))
