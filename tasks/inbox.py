"""The inbox: a folder, or an fsspec URL, from which each file is loaded once, by its content (TAJDID_INBOX).

What lies there twice, or for years, is not loaded again: the store remembers the hash of every file, and the version
that the file system gives it, so that a poll opens only what is new.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.errors import UnreadableFile, WrongUsage
from models.operations import inbox_files, intake_files
from tasks.database import take_lock, transaction
from tasks.intake import Loaded, load
from tasks.intake_files import SUFFIXES, entity_of, opened, place_of


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
        # The URL may hold a password, and so may the words of its library; a folder holds none.
        where = "" if "://" in inbox else f" is {inbox} and"
        raise WrongUsage(
            f"TAJDID_INBOX{where} cannot be read ({type(wrong).__name__}); expected a folder, or an URL of fsspec."
        ) from None
    whole = [name for name in listed if files.modified(name).timestamp() <= before.timestamp()]
    versions = {name: str(files.ukey(name)) for name in whole}
    seen = _seen(versions.values())
    for name in sorted((name for name in whole if versions[name] not in seen), key=_order):
        with tempfile.TemporaryDirectory(prefix="tajdid-inbox-") as folder:
            path = Path(folder) / PurePosixPath(name).name
            files.get_file(name, str(path))
            result = _take(path, on_date)
        _remember(path.name, versions[name], result)
        if result is not None:
            yield result


def _is_intake(entry: dict[str, Any]) -> bool:
    path = PurePosixPath(entry["name"])
    return entry["type"] == "file" and path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _order(name: str) -> tuple[float, str]:
    """What a row refers to comes before it; a name that is no entity's comes last."""
    try:
        return place_of(Path(name)), name
    except UnreadableFile:
        return math.inf, name


def _take(path: Path, on_date: date) -> Loaded | Refused | None:
    """Load a file; None where the same content was loaded before, under whatever name."""
    try:
        entity = entity_of(path)
        with opened(path) as (_, sha256):
            known = sa.exists().where(intake_files.c.sha256 == sha256, intake_files.c.entity == entity.name)
        with transaction() as connection:
            if connection.execute(sa.select(known)).scalar_one():
                return None
        return load(path, on_date)
    except UnreadableFile as wrong:
        return Refused(path.name, str(wrong))


def _seen(versions: Iterable[str]) -> set[str]:
    """Those of the versions that were looked at before."""
    known = sa.select(inbox_files.c.version).where(inbox_files.c.version.in_(list(versions)))
    with transaction() as connection:
        return set(connection.execute(known).scalars())


def _remember(name: str, version: str, result: Loaded | Refused | None) -> None:
    values = {"version": version, "name": name, "refused": result.why if isinstance(result, Refused) else None}
    with transaction() as connection:
        take_lock(connection)
        connection.execute(insert(inbox_files).values(values).on_conflict_do_nothing())
