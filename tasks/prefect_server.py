"""Prefect's server and a worker as child processes of this one: where they keep things, how they start and stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import sqlalchemy as sa
from pydantic import SecretStr

from models.errors import DatabaseUnavailable, WrongUsage
from tasks.database import administering, create_database, database_url, engine
from tasks.settings import settings

POOL = "tajdid"
PREFECT_DATABASE = "tajdid_prefect"
GUARD_BAND = "3"
"""Nobody watches a scheduled night: it is guarded unless the operator has said otherwise."""
_UP_LOCK = 7_041_440  # any number of our own, not one of tasks/database
ROOT = Path(__file__).resolve().parent.parent
"""Where prefect.yaml lies; the code is installed from here."""


def require_free_port(host: str, port: int) -> None:
    """Raises WrongUsage where something listens already: it may be another Prefect server, with other deployments."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise WrongUsage(
                f"Port {port} of {host} cannot be used: {taken.strerror}. Stop what listens there, or choose another: "
                f"tajdid up --port {port + 1}"
            ) from None


@contextmanager
def only_one() -> Iterator[None]:
    """One `tajdid up` for a store: two would share a pool, and the first to stop would close it to the other.

    Raises WrongUsage where another is up. The lock is the session's: it is gone with its process.
    """
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_UP_LOCK))).scalar_one():
            raise WrongUsage("Tajdid is up for this store already, on whatever port and machine. Stop that one first.")
        yield


def ensure_database() -> None:
    """Prefect's own database on the server of the store, where it is not there yet."""
    known = sa.text("SELECT count(*) FROM pg_database WHERE datname = :name")
    with administering() as connection:
        if not connection.execute(known, {"name": PREFECT_DATABASE}).scalar_one():
            create_database(connection, PREFECT_DATABASE, "in which Prefect keeps its runs")


def environment(host: str, port: int) -> dict[str, str]:
    """The environment of server, worker and flow runs: this process's, what `.env` says, and where Prefect lives.

    Folders become absolute, because a flow run has a working folder of its own.
    """
    given = settings()
    url = sa.make_url(database_url()).set(drivername="postgresql+asyncpg", database=PREFECT_DATABASE)
    ours = {
        "PREFECT_API_URL": f"http://{host}:{port}/api",
        "PREFECT_HOME": str(given.home.resolve() / "prefect"),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": url.render_as_string(hide_password=False),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        # A run that has died is known by its silence.
        "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
        "DO_NOT_TRACK": "1",
        # The worker keeps its runs' folders in one of a fixed name below this, which another user may own.
        "TMPDIR": str(given.home.resolve() / "prefect" / "tmp"),
        # A flow run has a working folder of its own, and finds the flows wherever this program was found.
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        # Limits outlive the server: held in its memory they would be forgotten with it.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    }
    ours["TAJDID_GUARD_BAND"] = GUARD_BAND
    ours |= {f"TAJDID_{name.upper()}": _told(value) for name, value in given if value is not None}
    if given.ui_auth is not None:
        both = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")
        ours |= dict.fromkeys(both, given.ui_auth.get_secret_value())
    return os.environ | ours


def _told(value: object) -> str:
    """A setting as a process started elsewhere reads it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(value.resolve()) if isinstance(value, Path) else str(value)


@dataclass
class Child:
    """A process that runs as long as this one, in a group of its own: Ctrl-C reaches only us, who know the order."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """Where its words go."""
        return Path(self.environment["PREFECT_HOME"]) / f"{self.name}.log"

    def start(self) -> None:
        """Start it."""
        for folder in (self.log.parent, Path(self.environment["TMPDIR"])):
            folder.mkdir(parents=True, exist_ok=True)
        command = (sys.executable, "-m", "prefect", *self.command)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environment, cwd=ROOT, start_new_session=True, stdout=log, stderr=log
            )

    @property
    def ended(self) -> bool:
        """Whether it was started and runs no more."""
        return self.process is not None and self.process.poll() is not None

    def stop(self, patience_s: float = 15) -> None:
        """Ask it to stop, and after a while make it."""
        if self.process is None or self.ended:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def server(host: str, port: int, env: dict[str, str]) -> Child:
    """The server with its UI."""
    return Child("server", ("server", "start", "--host", host, "--port", str(port)), env)


def worker(env: dict[str, str]) -> Child:
    """A worker that takes the runs of the pool and runs each as a process."""
    return Child("worker", ("worker", "start", "--pool", POOL, "--type", "process", "--name", "tajdid-up"), env)


def wait_until_ready(of: Child, host: str, port: int, within_s: float = 180) -> None:
    """Wait until the server answers; raises DatabaseUnavailable where it ends or takes too long."""
    deadline = time.monotonic() + within_s
    while not of.ended and time.monotonic() < deadline:
        try:
            if httpx.get(f"http://{host}:{port}/api/health", timeout=2).status_code in (200, 401):
                return
        except httpx.TransportError:
            pass
        time.sleep(0.3)
    raise DatabaseUnavailable(f"The Prefect server does not answer; what it says stands in {of.log}.")


def deploy(env: dict[str, str]) -> None:
    """Make the pool and the deployments of prefect.yaml, or bring them up to date."""
    for command in (
        ("block", "register", "--module", "tasks.alarm_block"),
        ("work-pool", "create", POOL, "--type", "process", "--overwrite"),
        ("--no-prompt", "deploy", "--all", "--prefect-file", str(ROOT / "prefect.yaml")),
    ):
        done = subprocess.run(
            (sys.executable, "-m", "prefect", *command), env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise DatabaseUnavailable(f"prefect {command[0]} failed: {(done.stderr or done.stdout).strip()[-800:]}")
