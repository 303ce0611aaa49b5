"""What tests of flows share: an API of Prefect that is started once a module."""

from __future__ import annotations

from collections.abc import Iterator

import prefect.settings
import pytest
from prefect.server.api.server import SubprocessASGIServer


@pytest.fixture(scope="module")
def prefect_api() -> Iterator[str]:
    """The URL of a real API; no heartbeat, which costs a second a flow."""
    server = SubprocessASGIServer()
    server.start(timeout=120)
    changed = {
        prefect.settings.PREFECT_API_URL: server.api_url,
        prefect.settings.PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    }
    try:
        with prefect.settings.temporary_settings(changed):
            yield server.api_url
    finally:
        server.stop()
