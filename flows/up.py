"""`tajdid up`: Prefect's server, a worker and the deployments on one machine, until somebody stops it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import httpx

from models.errors import DatabaseUnavailable
from tasks.alarms import install
from tasks.prefect_server import (
    Child,
    deploy,
    ensure_database,
    environment,
    only_one,
    require_free_port,
    server,
    worker,
)
from tasks.prefect_server import wait_until_ready as wait_for
from tasks.runs_under_way import client_of, drain, resume
from tasks.schema import upgrade

Say = Callable[[str], None]
RESTARTS = 5
"""How often a child that dies is started again before we give up; a minute of calm forgets one."""


def up(host: str, port: int, say: Say) -> None:
    """Start everything, watch over it, and stop it in order on Ctrl-C or SIGTERM: first the runs, then their server."""
    require_free_port(host, port)
    upgrade()
    with only_one():
        _run(host, port, say)


def _run(host: str, port: int, say: Say) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupted)
    ensure_database()
    env = environment(host, port)
    children = [server(host, port, env), worker(env)]
    try:
        say("Starting the Prefect server …")
        children[0].start()
        wait_for(children[0], host, port)
        deploy(env)
        with client_of(env) as client:
            mails = install(client)
        resume(env)
        children[1].start()
        say(f"Tajdid is up: http://{host}:{port}. Logs: {children[0].log.parent}. Stop it with Ctrl-C.")
        if not mails:
            say("Nobody is told when a run fails: that takes both TAJDID_SMTP_URL and TAJDID_ALARM_TO.")
        _watch(children, host, port, say)
    except KeyboardInterrupt:
        say("Stopping: no new run is taken, and those under way are finished. Ctrl-C again stops them, too.")
        _finish_runs(children[0], env, say)
    finally:
        for child in reversed(children):
            child.stop()
        say("Stopped.")


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _watch(children: list[Child], host: str, port: int, say: Say) -> NoReturn:
    """Start again what dies; raises DatabaseUnavailable where that does not help."""
    restarts, calm_since = 0, time.monotonic()
    while True:
        time.sleep(1)
        if time.monotonic() - calm_since > 60:
            restarts, calm_since = max(0, restarts - 1), time.monotonic()
        for child in children:
            if child.ended:
                restarts, calm_since = restarts + 1, time.monotonic()
                if restarts > RESTARTS:
                    raise DatabaseUnavailable(f"The {child.name} ends again and again; why stands in {child.log}.")
                say(f"The {child.name} has ended (see {child.log}); it is started again.")
                say("What it has cut off is taken up by the next run.")
                child.start()
                if child.name == "server":
                    wait_for(child, host, port)


def _finish_runs(of: Child, env: dict[str, str], say: Say) -> None:
    if of.ended or of.process is None:
        return
    try:
        told: list[str] = []
        for names in drain(env):
            if names != told:
                say(f"Waiting for {', '.join(names)} …")
            told = names
    except KeyboardInterrupt:
        say("Not waiting. What is cut off is taken up by the next run.")
    except httpx.HTTPError:
        say("The server does not answer; runs under way are cut off, and taken up by the next one.")
