"""What the tests of whole processes share: the state of a store to compare, copies of a store, children to kill."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

from flows.business_day import Call, run_days
from models.metadata import SCHEMA
from models.schema import metadata
from models.views import VIEWS
from tasks import audit, database, runs
from tasks.settings import settings
from tests.conftest import use_database
from tests.oracle.random_files import random_files, write_folder
from tests.support import load_folder, multiset, run_daily, view

State = dict[str, Counter[tuple[str, ...]]]

FIRST = date(2027, 12, 20)
"""The first business day of `small_club`."""
EVE = FIRST + timedelta(2)
"""The day after which the store of `evening` stands; on the two days that follow much happens."""
LAST = EVE + timedelta(3)
"""A day on which those after the eve are done that a test looks at."""
LEDGER = ("runs", "steps")
UNSAID = {"messages": {"message"}, "postings": {"transaction"}, "rejects": {"file", "line"}}
"""What a store makes up, or where in which file a row stood: free to differ between two stores."""
PATIENCE_S = 60
FORK = multiprocessing.get_context("fork")


def write_club(folder: Path, *, full: bool = False) -> None:
    """The files of a small club, where in the first week from `FIRST` everything happens that can."""
    write_folder(random_files(11, full=full, customers=12, days=30, first=FIRST), folder)


def small_club(folder: Path, *, full: bool = False) -> None:
    """The club of `write_club`, loaded."""
    write_club(folder, full=full)
    load_folder(folder)


def state() -> State:
    """Every view of the contract but `runs`, as multisets of rows, without what a store makes up."""
    found = {}
    for name in VIEWS:
        rows = view(name) if name != "runs" else []
        columns = rows[0].keys() - UNSAID.get(name, set()) if rows else set()
        found[name] = multiset(rows, sorted(columns))
    return found


def contents(*leave_out: str, instants: bool = True) -> dict[str, Counter[str]]:
    """Every table as a multiset of its whole rows, with or without instants; `leave_out` by name."""
    found = {}
    with database.transaction() as connection:
        for table in metadata.sorted_tables:
            if table.name not in leave_out:
                columns = [column for column in table.columns if instants or not isinstance(column.type, sa.DateTime)]
                rows = sa.select(sa.cast(sa.func.row(*columns), sa.Text))
                found[table.name] = Counter(connection.execute(rows).scalars())
    return found


def counts() -> dict[str, int]:
    """How many rows every table has, but for the ledger and the list of files."""
    return {name: rows.total() for name, rows in contents(*LEDGER, "intake_files").items()}


def assert_same(found: dict[str, Counter[Any]], expected: dict[str, Counter[Any]]) -> None:
    """Equal, or a failure that shows the rows that differ and nothing else."""
    assert found.keys() == expected.keys()
    unlike = {name: (found[name] - expected[name], expected[name] - found[name]) for name in expected}
    shown = [f"{name}: {list(more)} instead of {list(less)}" for name, (more, less) in unlike.items() if more or less]
    assert not shown, "\n".join(shown)


def assert_sound(as_of: date) -> None:
    """Nothing is left running or failed, and the audit of the day finds nothing."""
    unfinished = sa.text(f"SELECT flow, as_of, state FROM {SCHEMA}.runs WHERE state <> 'completed'")
    with database.transaction() as connection:
        assert connection.execute(unfinished).all() == []
        assert audit.breaks(connection, as_of) == []


def recorded_steps() -> Counter[tuple[Any, ...]]:
    """How often the ledger holds each part of each step of each day, over all passes."""
    query = f"SELECT r.as_of, s.step, s.shard FROM {SCHEMA}.steps AS s JOIN {SCHEMA}.runs AS r USING (run_id)"
    with database.transaction() as connection:
        return Counter(tuple(row) for row in connection.execute(sa.text(query)))


@contextmanager
def rewound(store: sa.Connection) -> Iterator[None]:
    """Whatever happens inside is taken back at the end, so that another story can start from the same store."""
    savepoint = store.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


@contextmanager
def split_in(shards: int) -> Iterator[None]:
    """Each step of the passes that are opened inside is split in so many parts."""
    os.environ["TAJDID_SHARDS"] = str(shards)
    settings.cache_clear()
    try:
        yield
    finally:
        del os.environ["TAJDID_SHARDS"]
        settings.cache_clear()


@contextmanager
def copied(server_url: str, of: str, name: str) -> Iterator[str]:
    """A committed copy of the database `of`; this process points at it until the copy is dropped at the end.

    Copies of the same name share one engine, so that their statements are compiled once.
    """
    name = f"{name}_{os.getpid()}"
    url = sa.make_url(server_url).set(database=name).render_as_string(hide_password=False)
    server = sa.create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}" TEMPLATE "{of}"'))
        # Only clients are killed here, never the server: what it has committed need not reach the disk.
        connection.execute(sa.text(f'ALTER DATABASE "{name}" SET synchronous_commit TO off'))
        settings.cache_clear()
        if os.environ.get("TAJDID_DATABASE_URL") != url:
            use_database(url)
        try:
            yield name
        finally:
            database.engine().dispose()
            connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@contextmanager
def evening(server_url: str, template: str, folder: Path) -> Iterator[str]:
    """The name of a store to copy, in which the small club has had its days from `FIRST` to `EVE`."""
    with copied(server_url, template, "tajdid_eve") as name:
        small_club(folder)
        run_daily(FIRST, EVE)
        database.engine().dispose()
        yield name


def start(work: Callable[..., object], *arguments: Any) -> ForkProcess:
    """A process of its own that does `work`: forked, so that it is warm, with connections of its own."""
    database.engine().dispose()
    child = FORK.Process(target=_begin, args=(database.engine(), work, *arguments), daemon=True)
    child.start()
    return child


def _begin(warm: sa.Engine, work: Callable[..., object], *arguments: Any) -> None:
    # The parent's engine without the parent's connections: what it has compiled need not be compiled again.
    warm.dispose(close=False)
    database._engine = lambda pid: warm
    work(*arguments)
    # Not by the ordinary way out: libraries have registered there to wait for threads that were not forked with us.
    os._exit(0)


def ended(*children: ForkProcess, within_s: float = PATIENCE_S) -> list[int | None]:
    """The exit codes of processes, -9 of one that was killed; None of one that did not end in time, and is killed."""
    codes = []
    for child in children:
        child.join(within_s)
        codes.append(child.exitcode)
        child.kill()
        child.join()
    return codes


def wait_until(connection: sa.Connection, condition: str) -> None:
    """Wait, not too long, until a condition on the server's own tables holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not connection.execute(sa.text(f"SELECT {condition}")).scalar():
        assert time.monotonic() < deadline, condition
        time.sleep(0.01)


def nightly(as_of: date, call: Call = runs.perform) -> None:
    """A nightly run, in whichever process."""
    list(run_days("nightly", as_of, call))


def die() -> NoReturn:
    """End this process at once, as the kernel or an impatient person would: no handler, no rollback, no farewell."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("not reached")


def dying_after(count: int) -> Call:
    """Does parts of steps, and dies when the part numbered `count` is done and recorded."""
    done = itertools.count(1)

    def call(*part: Any) -> Any:
        result = runs.perform(*part)
        if next(done) == count:
            die()
        return result

    return call


@contextmanager
def watched(strike: Callable[[int], object]) -> Iterator[None]:
    """Calls `strike` with 1, 2, … before each statement and each commit of this process."""
    sent = itertools.count(1)
    events = ("before_cursor_execute", "commit")
    watch = {event: lambda *_: strike(next(sent)) for event in events}
    for event in events:
        sa.event.listen(database.engine(), event, watch[event])
    try:
        yield
    finally:
        for event in events:
            sa.event.remove(database.engine(), event, watch[event])


def dying_at_statement(number: int, work: Callable[..., object], *arguments: Any) -> None:
    """Does `work`, and dies instead of sending its statement, or commit, of that number."""
    with watched(lambda sent: die() if sent == number else None):
        work(*arguments)


def statements_of(work: Callable[..., object], *arguments: Any) -> int:
    """Does `work` in this process; returns how many statements and commits it took."""
    sent: list[int] = []
    with watched(sent.append):
        work(*arguments)
    return len(sent)
