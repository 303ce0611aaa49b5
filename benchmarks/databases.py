"""The databases of a benchmark: made, copied by template, worked on by this process, dropped at the end."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from tasks import database, schema
from tasks.embedded import embedded_url
from tasks.settings import settings

EMPTY, PREPARED, STEP, FLOOR = "bench_empty", "bench_prepared", "bench_step", "bench_floor"
T = TypeVar("T")


@contextmanager
def server() -> Iterator[str]:
    """The URL of the server to measure, with an empty store to copy; what was made on it is dropped at the end.

    It is that of TAJDID_DATABASE_URL, else an embedded one of this process's own.
    """
    url = os.environ.get("TAJDID_DATABASE_URL") or _embedded()
    try:
        use(url, EMPTY)
        schema.upgrade()
        yield url
    finally:
        leave()
        admin(url, *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (EMPTY, PREPARED, STEP, FLOOR)))


def _embedded() -> str:
    home = tempfile.mkdtemp(prefix="tj-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # runs after the server's own, which stops it
    return embedded_url(Path(home))


def admin(server_url: str, *statements: str) -> None:
    """Run statements on the server's own database."""
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def use(server_url: str, name: str, template: str | None = None) -> None:
    """Create a database, or copy one, and let this process work on it."""
    leave()
    copied = f" TEMPLATE {template}" if template else ""
    admin(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}{copied}")
    url = sa.make_url(server_url).set(database=name)
    os.environ["TAJDID_DATABASE_URL"] = url.render_as_string(hide_password=False)
    settings.cache_clear()


def leave() -> None:
    """Close this process's connections: a database can be copied only while nobody uses it."""
    if database._engine.cache_info().currsize:
        database.engine().dispose()
    database._engine.cache_clear()


def vacuum() -> None:
    """What the server's own maintenance would have done by the next night."""
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def checkpoint(server_url: str) -> None:
    """Begin each measurement with nothing left to write from the one before."""
    admin(server_url, "CHECKPOINT")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that `work` takes, and what it returns."""
    began = time.perf_counter()
    done = work()
    return time.perf_counter() - began, done
