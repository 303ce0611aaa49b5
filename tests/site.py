"""A running `tajdid up` for tests: its API, the mails that it sends, and a folder that it lives in."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx
from aiosmtpd.controller import Controller

COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")


def until(true: Callable[[], Any], within_s: float, why: Callable[[], str]) -> Any:
    """What `true` returns as soon as it is something."""
    deadline = time.monotonic() + within_s
    while not (found := true()):
        assert time.monotonic() < deadline, why()
        time.sleep(0.3)
    return found


@contextmanager
def short_folder() -> Iterator[Path]:
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


@contextmanager
def postbox() -> Iterator[tuple[Postbox, int]]:
    """A mail server and its port."""
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
        return self.end_of(self.start(name, **parameters))

    def start(self, name: str, **parameters: Any) -> str:
        """Start a deployment; returns the id of its run."""
        of = self.deployment(name)
        made = self.api.post(f"/deployments/{of}/create_flow_run", json={"parameters": parameters})
        made.raise_for_status()
        return str(made.json()["id"])

    def end_of(self, run_id: str, within_s: float = 90) -> str:
        """The state in which a run ends."""

        def ended() -> Any:
            with contextlib.suppress(httpx.TransportError, KeyError):
                state = self.api.get(f"/flow_runs/{run_id}").json()["state"]
                return state["type"] if state["type"] in ("COMPLETED", "FAILED", "CRASHED") else None
            return None

        return str(until(ended, within_s, self.words))

    def run_by_schedule(self, name: str) -> None:
        """Give a deployment a schedule of every five seconds until one of its runs has completed."""
        of = self.deployment(name)
        schedule = [{"active": True, "schedule": {"interval": 5}}]
        self.api.post(f"/deployments/{of}/schedules", json=schedule).raise_for_status()

        def completed() -> Any:
            runs = self.api.post("/flow_runs/filter", json={"deployments": {"id": {"any_": [of]}}}).json()
            return [run for run in runs if run["auto_scheduled"] and run["state_type"] == "COMPLETED"]

        until(completed, 120, self.words)
        for made in self.api.get(f"/deployments/{of}").json()["schedules"]:
            if made["schedule"].get("interval"):
                self.api.delete(f"/deployments/{of}/schedules/{made['id']}").raise_for_status()

    def close(self) -> None:
        """End it, with the server and the worker that it has started."""
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.api.close()

    def words(self) -> str:
        return (self.home / "prefect" / "worker.log").read_text()[-3000:]
