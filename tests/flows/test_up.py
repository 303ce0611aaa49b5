"""`tajdid up` as its users meet it: a real server, a real worker, a scheduled run, a clean end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller

from models.errors import WrongUsage
from tasks.prefect_server import require_free_port

COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")
CORE = Path(__file__).parents[1] / "scenarios" / "core" / "in"


def until(true: Callable[[], Any], within_s: float, why: Callable[[], str]) -> Any:
    """What `true` returns as soon as it is something."""
    deadline = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < deadline, why()
        time.sleep(0.3)
    return found


@pytest.fixture
def home() -> Iterator[Path]:
    """A short path: the names of Unix sockets end at about 100 characters."""
    folder = Path(tempfile.mkdtemp(prefix="tj-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postbox:
    """What an SMTP server was given."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:
        self.subjects.append(str(message_from_bytes(envelope.content)["Subject"]))
        return "250 taken"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


class Site:
    """A running `tajdid up`, and its API."""

    def __init__(self, home: Path, **env: str) -> None:
        self.port, self.said, self.home = free_port(), home / "said", home
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "TAJDID_"))}
        plain |= {"TAJDID_HOME": str(home), "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1"} | env
        self.env = plain
        with self.said.open("w") as out:
            self.process = subprocess.Popen(
                (*COMMAND, "up", "--port", str(self.port)), env=plain, stdout=out, stderr=out
            )
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.port}/api", timeout=30)
        until(lambda: "is up" in self.said.read_text() or self.process.poll() is not None, 180, self.said.read_text)
        assert self.process.poll() is None, self.said.read_text()

    def deployment(self, name: str) -> str:
        return str(self.api.get(f"/deployments/name/{name}/{name}").json()["id"])

    def run(self, name: str, **parameters: Any) -> str:
        """Start a deployment; returns the state in which its run ends."""
        body = {"parameters": parameters}
        made = self.api.post(f"/deployments/{self.deployment(name)}/create_flow_run", json=body).json()

        def ended() -> Any:
            state = self.api.get(f"/flow_runs/{made['id']}").json()["state"]
            return state["type"] if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else None

        return str(until(ended, 90, self.words))

    def words(self) -> str:
        return (self.home / "prefect" / "worker.log").read_text()[-3000:]


def test_scheduled_run_completes_alarms_come_and_all_stops_cleanly(home: Path, postbox: tuple[Postbox, int]):
    box, smtp_port = postbox
    inbox = home / "inbox"
    inbox.mkdir()
    site = Site(
        home,
        TAJDID_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
        TAJDID_ALARM_TO="ops@club.test",
        TAJDID_ALARM_REJECTS="1",
        TAJDID_INBOX=str(inbox),
    )
    try:
        second = subprocess.run(
            (*COMMAND, "up", "--port", str(free_port())), env=site.env, capture_output=True, text=True, check=False
        )
        assert second.returncode == 2 and "up for this store already" in second.stderr
        _scheduled_run_completes(site)
        shutil.copy(CORE / "companies.csv", inbox)
        (inbox / "customers.csv").write_text("customer,company,kind,name\na,moon,person,A\nb,moon,person,B\n")
        for path in inbox.iterdir():
            os.utime(path, (1, 1))
        assert site.run("intake") == "COMPLETED"
        until(lambda: "[Tajdid] Many rejects" in box.subjects, 60, lambda: str(box.subjects))
        assert site.run("watchdog", as_of="2028-01-01") == "FAILED"
        until(lambda: any("failed" in subject for subject in box.subjects), 60, lambda: str(box.subjects))
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(60) == 0
        assert site.said.read_text().splitlines()[-1] == "Stopped."
        require_free_port("127.0.0.1", site.port)
    finally:
        site.process.kill()
        site.api.close()


def _scheduled_run_completes(site: Site) -> None:
    of = site.deployment("intake")
    schedule = [{"active": True, "schedule": {"interval": 5}}]
    site.api.post(f"/deployments/{of}/schedules", json=schedule).raise_for_status()

    def completed() -> Any:
        runs = site.api.post("/flow_runs/filter", json={"deployments": {"id": {"any_": [of]}}}).json()
        return [run for run in runs if run["auto_scheduled"] and run["state_type"] == "COMPLETED"]

    until(completed, 120, site.words)
    for made in site.api.get(f"/deployments/{of}").json()["schedules"]:
        if made["schedule"].get("interval"):
            site.api.delete(f"/deployments/{of}/schedules/{made['id']}").raise_for_status()


def test_taken_port_is_refused_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            WrongUsage, match=rf"Port {port} of 127\.0\.0\.1 cannot be used: .* tajdid up --port {port + 1}"
        ):
            require_free_port("127.0.0.1", port)
