"""Where reports go (TAJDID_OUT): a folder or an fsspec URL. A file is there whole or not at all.

It is written under a name of its own and then moved, so that nobody opens half a file, and a disk that is full leaves
the old one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO

import fsspec
from fsspec.registry import known_implementations

from models.errors import NotWritten, WrongUsage


class Outlet:
    """A place for files, by their paths below it."""

    def __init__(self, url: str) -> None:
        """Raises WrongUsage where the URL is none that fsspec knows."""
        self._is_local = "://" not in url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except ImportError:
            protocol = url.partition("://")[0]
            lacks = known_implementations.get(protocol, {}).get("err", "its library is not installed")
            raise WrongUsage(f"TAJDID_OUT begins with {protocol}://: {lacks} (pip install), and run again.") from None
        except (OSError, ValueError) as wrong:
            # The URL may hold a password, and so may the words of its library; a folder holds none.
            where = f" is {url} and" if self._is_local else f" begins with {url.partition('://')[0]}:// and"
            raise WrongUsage(
                f"TAJDID_OUT{where} cannot be used ({type(wrong).__name__}); expected a folder, or an URL of fsspec."
            ) from None

    @contextmanager
    def writing(self, path: str) -> Iterator[IO[bytes]]:
        """A file to write; it takes its place when all went well. Raises NotWritten where it cannot be written."""
        place = PurePosixPath(self._root) / path
        part = str(place.with_name(f".{place.name}.{os.getpid()}.part"))
        try:
            self._files.makedirs(str(place.parent), exist_ok=True)
            with self._files.open(part, "wb") as file:
                yield file
            self._files.mv(part, str(place))
        except OSError as refused:
            self._drop(part)
            raise NotWritten(path, refused.strerror or type(refused).__name__) from None
        except BaseException:
            self._drop(part)
            raise

    def write(self, path: str, content: bytes) -> None:
        """Write a file whole."""
        with self.writing(path) as file:
            file.write(content)

    def read(self, path: str) -> bytes | None:
        """What stands in a file; None where there is none."""
        try:
            content: bytes = self._files.cat_file(self._full(path))
        except FileNotFoundError:
            return None
        except OSError as refused:
            raise NotWritten(path, refused.strerror or type(refused).__name__) from None
        return content

    def holds(self, path: str) -> bool:
        """Whether there is a file or a folder of this name."""
        return bool(self._files.exists(self._full(path)))

    def remove(self, path: str) -> None:
        """Let a file be gone."""
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(self._full(path))

    def named(self, name: str) -> list[tuple[str, ...]]:
        """The folders, two below this place, that hold a file of this name, in order."""
        self._files.invalidate_cache()
        found = self._files.glob(f"{self._escaped_root()}/*/*/{name}")
        return sorted(PurePosixPath(path).parts[-3:-1] for path in found)

    def shown(self, path: str) -> str:
        """Where a file lies, as a person opens it; of an URL only what is below it, since it may hold a password."""
        return self._full(path) if self._is_local else path

    def _full(self, path: str) -> str:
        return str(PurePosixPath(self._root) / path)

    def _escaped_root(self) -> str:
        return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(self._root))

    def _drop(self, part: str) -> None:
        with contextlib.suppress(Exception):
            self._files.rm_file(part)
