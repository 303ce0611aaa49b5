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
from pathlib import Path
from typing import Any

import httpx
import pytest

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


def test_scheduled_run_completes_and_all_stops_cleanly(home: Path):
    port, said = free_port(), home / "said"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "TAJDID_"))}
    env |= {"TAJDID_HOME": str(home), "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1"}
    with said.open("w") as out:
        up = subprocess.Popen((*COMMAND, "up", "--port", str(port)), env=env, stdout=out, stderr=out)
    try:
        until(lambda: "is up" in said.read_text(), 180, said.read_text)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=30) as api:
            deployment = api.get("/deployments/name/intake/intake").json()
            schedule = [{"active": True, "schedule": {"interval": 5}}]
            api.post(f"/deployments/{deployment['id']}/schedules", json=schedule).raise_for_status()

            def completed() -> Any:
                runs = api.post("/flow_runs/filter", json={"deployments": {"id": {"any_": [deployment["id"]]}}}).json()
                return [run for run in runs if run["auto_scheduled"] and run["state_type"] == "COMPLETED"]

            until(completed, 120, lambda: (home / "prefect" / "worker.log").read_text()[-3000:])
        up.send_signal(signal.SIGTERM)
        assert up.wait(60) == 0
        assert said.read_text().splitlines()[-1] == "Stopped."
        require_free_port("127.0.0.1", port)
    finally:
        up.kill()


def test_taken_port_is_refused_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            WrongUsage, match=rf"Port {port} of 127\.0\.0\.1 cannot be used: .* tajdid up --port {port + 1}"
        ):
            require_free_port("127.0.0.1", port)
