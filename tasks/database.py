"""The only opener of connections. One engine a process; one transaction a step; a rehearsal is one that rolls back."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import psycopg2
import psycopg2.errors
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError, SQLAlchemyError

from models.errors import DatabaseUnavailable
from models.metadata import SCHEMA
from tasks.embedded import embedded_url
from tasks.settings import settings

_LOCK = 7_041_447  # any number of our own: the advisory lock under which the store changes
_PARTS = _LOCK + 1  # shared by the parts of a step that work at once, while their leader holds the first
_rehearsal: ContextVar[sa.Connection | None] = ContextVar("rehearsal", default=None)

_elsewhere: ContextVar[sa.Engine | None] = ContextVar("elsewhere", default=None)


def database_url() -> str:
    """The URL of the store; starts the embedded server where none is configured."""
    configured = settings().database_url
    return configured.get_secret_value() if configured else embedded_url(settings().home)


def engine() -> sa.Engine:
    """The engine of this process (keyed by pid, so that a forked worker opens its own connections)."""
    return _elsewhere.get() or _engine(os.getpid())


@contextmanager
def elsewhere(other: sa.Engine) -> Iterator[None]:
    """Everything inside works on another database: a scratch copy of the store."""
    token = _elsewhere.set(other)
    try:
        yield
    finally:
        _elsewhere.reset(token)


@lru_cache
def _engine(pid: int) -> sa.Engine:
    return engine_of(database_url(), pid)


def engine_of(url: str, pid: int) -> sa.Engine:
    """An engine with the settings of a night."""
    options = {
        "statement_timeout": f"{settings().statement_timeout_s}s",
        "lock_timeout": f"{settings().lock_timeout_s}s",
        # A killed client must not keep its lock until its statement ends.
        "client_connection_check_interval": "2s",
        "work_mem": "256MB",
        "maintenance_work_mem": "256MB",
        "jit": "off",
        # Disks that seek are gone; by the default of 4 the planner reads a whole table for a few thousand rows.
        "random_page_cost": "1.1",
        # A leader is idle for as long as its parts work.
        "idle_in_transaction_session_timeout": "0",
        # A client whose network is gone must not keep its lock for the two hours of the system's own keepalives.
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "timezone": "UTC",
    }
    return sa.create_engine(
        url,
        pool_size=2,
        max_overflow=-1,  # as many as the parts of a step that work at once, two each
        pool_pre_ping=True,
        hide_parameters=True,  # personal data stays out of errors and logs
        connect_args={
            "application_name": f"tajdid:{pid}",
            "connect_timeout": 10,
            # The same for a server that is gone: an error within a minute, not a statement that never ends.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
        },
    )


@contextmanager
def transaction() -> Iterator[sa.Connection]:
    """A transaction of its own, committed at the end; inside a rehearsal, the rehearsal's."""
    rehearsing = _rehearsal.get()
    if rehearsing is not None:
        yield rehearsing
        return
    with engine().connect() as connection, connection.begin():
        yield connection


@contextmanager
def session() -> Iterator[sa.Connection]:
    """A connection outside of any transaction, each statement committed by itself; in a rehearsal, the rehearsal's.

    For what must not keep a transaction open while it talks to others; the locks of its session tell that it lives.
    """
    rehearsing = _rehearsal.get()
    if rehearsing is not None:
        yield rehearsing
        return
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection
        # Nothing is open; without a word the library would call the end a rollback, and staged tables be forgotten.
        connection.commit()


@contextmanager
def snapshot() -> Iterator[sa.Connection]:
    """The store as it is at this moment, read only, whatever others write meanwhile; inside a rehearsal, its state."""
    rehearsing = _rehearsal.get()
    if rehearsing is not None:
        yield rehearsing
        return
    reading = engine().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with reading.connect() as connection, connection.begin():
        yield connection


@contextmanager
def reading_everything(connection: sa.Connection) -> Iterator[None]:
    """For queries over the whole store: a nested loop that looks cheap by stale statistics would read it row by row."""
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_nestloop = on")


@contextmanager
def rehearsal() -> Iterator[sa.Connection]:
    """One transaction for everything inside, rolled back at the end: the dress rehearsal of --dry-run.

    Inside another rehearsal it is a part of that one's transaction.
    """
    rehearsing = _rehearsal.get()
    if rehearsing is not None:
        part = rehearsing.begin_nested()
        try:
            yield rehearsing
        finally:
            part.rollback()
        return
    with engine().connect() as connection:
        everything = connection.begin()
        token = _rehearsal.set(connection)
        try:
            yield connection
        finally:
            _rehearsal.reset(token)
            everything.rollback()


def is_rehearsal() -> bool:
    """Whether what happens now will be rolled back, or thrown away with a scratch copy."""
    return _rehearsal.get() is not None or _elsewhere.get() is not None


_TAKE_PARTS = sa.select(sa.func.pg_advisory_xact_lock(_PARTS))
_TAKE_ALL = sa.select(sa.func.pg_advisory_xact_lock(_LOCK), sa.func.pg_advisory_xact_lock(_PARTS))


def take_lock(connection: sa.Connection, *, led: bool = False) -> None:
    """Hold the store's one change lock until this transaction ends; gone at once when its process is killed.

    `led`: another connection of ours leads already; only parts that a killed leader has left are waited for.
    """
    connection.execute(_TAKE_PARTS if led else _TAKE_ALL)


def take_lead(connection: sa.Connection) -> int:
    """Keep all others from changing the store but the parts that work for this backend; returns its process id."""
    locked = sa.select(sa.func.pg_advisory_xact_lock(_LOCK), sa.func.pg_backend_pid().label("pid"))
    return int(connection.execute(locked).one().pid)


def share_lock(connection: sa.Connection, part: int) -> None:
    """Be the one at work on `part` of a step that another connection leads, beside its other parts."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_PARTS)))
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PARTS, part)))


_HELD_HERE = (
    "FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""The advisory locks that are held in this very database."""


def parts_at_work(connection: sa.Connection) -> set[int]:
    """The parts that somebody works on, here or on another machine."""
    held = sa.text(f"SELECT objid::int {_HELD_HERE} AND classid = :parts AND objsubid = 2")
    return set(connection.execute(held, {"parts": _PARTS}).scalars())


def is_leading(connection: sa.Connection, backend: int) -> bool:
    """Whether the backend with this process id holds the change lock of this very database."""
    this = "pid = :backend AND classid = 0 AND objid = :lock AND mode = 'ExclusiveLock'"
    held = sa.text(f"SELECT EXISTS (SELECT {_HELD_HERE} AND {this})")
    return connection.execute(held, {"backend": backend, "lock": _LOCK}).scalar_one() is True


@contextmanager
def administering() -> Iterator[sa.Connection]:
    """A connection for what no transaction may hold, such as making a database."""
    own = sa.create_engine(database_url(), isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with own.connect() as connection:
            yield connection
    finally:
        own.dispose()


def create_database(connection: sa.Connection, name: str, what_for: str) -> None:
    """Make a database; raises DatabaseUnavailable where the role may not."""
    try:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    except ProgrammingError as refused:
        raise DatabaseUnavailable(
            f"The database {name}, {what_for}, cannot be made: {str(refused.orig).strip().splitlines()[0]}. Let an "
            "administrator make it, or give this role CREATEDB."
        ) from None


def refresh_statistics() -> None:
    """ANALYZE the tables of which a good part has changed: the server's own turn may come after the night.

    Statistics are advice: where one cannot be had now, the night goes on without it.
    """
    changed = sa.text(
        "SELECT relname FROM pg_stat_user_tables WHERE schemaname = :schema"
        " AND n_mod_since_analyze > 1000 + n_live_tup / 10 ORDER BY relname"
    )
    with contextlib.suppress(SQLAlchemyError):
        with transaction() as connection:
            connection.exec_driver_sql("SELECT pg_stat_force_next_flush()")
        with transaction() as connection:
            names = connection.execute(changed, {"schema": SCHEMA}).scalars().all()
        for name in names:
            with transaction() as connection:
                connection.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {SCHEMA}.{name}")


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turn what a wrong URL, a wrong password or a server that is down raise into one clear sentence."""
    try:
        yield
    except OperationalError as failure:
        if failure.connection_invalidated or getattr(failure.orig, "pgcode", None):
            raise
        url = sa.make_url(database_url())
        # Host, port and name only: a password may stand in the query part too. The driver's text never holds it.
        where = f"{url.database} on {url.host or url.query.get('host') or 'this machine'}:{url.port or 5432}"
        said = str(failure.orig).strip().splitlines()[0]
        raise DatabaseUnavailable(
            f"The database {where} cannot be reached: {said}. Check TAJDID_DATABASE_URL and that the server runs."
        ) from None


_TRANSIENT = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
"""Serialization failure, deadlock, lock not available, server shut down or starting."""


def is_transient(error: BaseException) -> bool:
    """Whether trying again may help: a lost connection, a deadlock, a lock that was busy; not a broken rule."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "pgcode", None)
    lost = code is None and isinstance(error, (OperationalError, InterfaceError))
    return error.connection_invalidated or lost or code in _TRANSIENT or (code or "").startswith("08")


def database_words(error: Exception) -> str | None:
    """What a refusal of the database says to a person, None for any other error.

    Only the server's first line: the statement, its parameters and its details hold personal data.
    """
    if not isinstance(error, (SQLAlchemyError, psycopg2.Error)):
        return None
    cause = getattr(error, "orig", None) or error
    first = str(cause).strip().splitlines()[0]
    if isinstance(cause, psycopg2.errors.InsufficientPrivilege):
        return f"The database refused a statement: {first}. Ask the owner of the store for the rights."
    return f"The database refused a statement: {first}. Nothing of it was kept; run with --debug for more."
