"""A real PostgreSQL for every test: one server a session, migrated once; a test's changes are rolled back.

`TAJDID_TEST_DATABASE_URL` runs the same tests on another server (a role that may create databases).
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


def _folder(prefix: str) -> str:
    """A folder of this process, deleted when it ends (after all that was registered later, such as a server's stop)."""
    name, owner = tempfile.mkdtemp(prefix=prefix), os.getpid()

    def delete() -> None:
        if os.getpid() == owner:  # a forked child ends, too
            shutil.rmtree(name, ignore_errors=True)

    atexit.register(delete)
    return name


# Before anything of Prefect is imported: a test that forgets the API fixture fails at once and touches nobody's server.
_PREFECT_HOME = _folder("prefect-test-")
os.environ.update(
    PREFECT_HOME=_PREFECT_HOME,
    PREFECT_API_URL="http://127.0.0.1:9/api",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    DO_NOT_TRACK="1",
    PREFECT_LOGGING_TO_API_ENABLED="false",
    PREFECT_LOGGING_LEVEL="WARNING",
    PREFECT_SERVER_LOGGING_LEVEL="CRITICAL",
)
for name in [name for name in os.environ if name.startswith("TAJDID_") and name != "TAJDID_TEST_DATABASE_URL"]:
    del os.environ[name]

import pytest  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from tasks import database, schema  # noqa: E402
from tasks.embedded import embedded_url  # noqa: E402
from tasks.settings import settings  # noqa: E402


def use_database(url: str) -> None:
    """Point the process at a database, as the environment of a new process would."""
    os.environ["TAJDID_DATABASE_URL"] = url
    if database._engine.cache_info().currsize:
        database.engine().dispose()
    settings.cache_clear()
    database._engine.cache_clear()


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a server on which databases may be created."""
    given = os.environ.get("TAJDID_TEST_DATABASE_URL")
    if given:
        return given
    # A short path: the names of Unix sockets end at about 100 characters.
    url = embedded_url(Path(_folder("tj-")))
    # Tests kill clients, never this server: it need not wait for the disk at each of their thousands of commits.
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("ALTER SYSTEM SET max_parallel_workers_per_gather = 0")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    engine.dispose()
    return url


def _create(server_url: str, name: str, template: str | None = None) -> str:
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(sa.text(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else "")))
    engine.dispose()
    return sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(server_url: str) -> str:
    """The name of a migrated, empty database to copy."""
    name = f"tajdid_template_{os.getpid()}"
    use_database(_create(server_url, name))
    schema.upgrade()
    database.engine().dispose()
    return name


@pytest.fixture(scope="session")
def shared_database(server_url: str, template: str) -> str:
    """The database of all tests that roll back."""
    return _create(server_url, f"tajdid_shared_{os.getpid()}", template)


@pytest.fixture
def store(shared_database: str) -> Iterator[sa.Connection]:
    """An empty store for one test, rolled back at its end; everything in the process uses this one transaction."""
    if os.environ.get("TAJDID_DATABASE_URL") != shared_database:
        use_database(shared_database)
    with database.rehearsal() as connection:
        yield connection
        staged = _staged(connection)
    _keep(staged)


_STAGED = sa.text("""
    SELECT relname, string_agg(
        format('%I %s', attname, format_type(atttypid, atttypmod)) ||
        CASE WHEN collname = 'C' THEN ' COLLATE "C"' ELSE '' END, ', ' ORDER BY attnum)
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0
    LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' AND relname <> 'intake_raw' GROUP BY relname
""")


def _staged(connection: sa.Connection) -> list[tuple[str, str]]:
    """The staged tables of a test and their columns; none after an error that has broken its transaction."""
    try:
        return [(name, columns) for name, columns in connection.execute(_STAGED)]
    except sa.exc.DBAPIError:
        return []


def _keep(staged: list[tuple[str, str]]) -> None:
    """Make the staged tables anew, empty, for the tests to come: to create forty of them takes longer than to test."""
    with database.engine().begin() as connection:
        kept = connection.info.setdefault("kept", set())
        for name, columns in staged:
            if name not in kept:
                connection.exec_driver_sql(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns})")
        kept.update(name for name, _ in staged)


@pytest.fixture
def own_database(server_url: str, template: str) -> Iterator[str]:
    """A database of the test's own, for what must be committed: processes, crashes, concurrency."""
    name = f"tajdid_own_{os.getpid()}"
    url = _create(server_url, name, template)
    use_database(url)
    yield url
    database.engine().dispose()
    engine = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    engine.dispose()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What collecting has made stays to the end: the garbage collector need not look at it in every test."""
    gc.collect()
    gc.freeze()
