"""Prefect in this process, where no server of its own is configured."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def quiet_prefect(home: Path) -> Iterator[None]:
    """Prefect in this process: a throw-away server where none is configured, no heartbeat (1 s a flow), no chatter.

    `home`: the folder of the store, in which it keeps its files.
    """
    if "PREFECT_HOME" not in os.environ:
        folder = home.resolve() / "prefect"
        folder.mkdir(parents=True, exist_ok=True)  # Prefect makes the last folder only, and its server none
        os.environ["PREFECT_HOME"] = str(folder)
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "WARNING")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    import prefect.settings

    logging.getLogger("prefect").setLevel(logging.WARNING)
    with prefect.settings.temporary_settings({prefect.settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        yield
