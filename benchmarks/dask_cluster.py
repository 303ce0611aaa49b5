"""A Dask scheduler and two worker processes, started by themselves as on machines of their own."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from distributed import Client

WORKERS = 2


@contextmanager
def cluster(env: Mapping[str, str]) -> Iterator[str]:
    """Start them; all that the workers know is this environment. Yields the scheduler's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    worker = ("worker", address, "--nworkers", "1", "--nthreads", "1", "--no-dashboard")
    known = {**env, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    running = [_start(command, known) for command in (scheduler, *[worker] * WORKERS)]
    try:
        with Client(address, timeout=60) as client:
            client.wait_for_workers(WORKERS, timeout=60)
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def _start(command: tuple[str, ...], env: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = subprocess.DEVNULL
    return subprocess.Popen((sys.executable, "-m", "dask", *command), env=env, stdout=quiet, stderr=quiet)
