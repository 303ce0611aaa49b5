"""The flow runs that a Prefect server knows to be running: waiting for them, and letting new ones begin."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import httpx

from tasks.prefect_server import POOL

UNDER_WAY = ["RUNNING", "PENDING"]


def drain(env: Mapping[str, str], poll_s: float = 2) -> Iterator[list[str]]:
    """Pause the pool, then yield the names of the runs still under way until there is none."""
    with client_of(env) as client:
        client.patch(f"/work_pools/{POOL}", json={"is_paused": True}).raise_for_status()
        while names := _names(client):
            yield names
            time.sleep(poll_s)


def resume(env: Mapping[str, str]) -> None:
    """Let the pool give out runs again."""
    with client_of(env) as client:
        client.patch(f"/work_pools/{POOL}", json={"is_paused": False}).raise_for_status()


def client_of(env: Mapping[str, str]) -> httpx.Client:
    """The API of the server of `environment`."""
    user, _, password = env.get("PREFECT_API_AUTH_STRING", "").partition(":")
    return httpx.Client(base_url=env["PREFECT_API_URL"], auth=(user, password) if user else None, timeout=30)


def _names(client: httpx.Client) -> list[str]:
    wanted = {"flow_runs": {"state": {"type": {"any_": UNDER_WAY}}}, "work_pools": {"name": {"any_": [POOL]}}}
    found = client.post("/flow_runs/filter", json=wanted)
    found.raise_for_status()
    return sorted(run["name"] for run in found.json())
