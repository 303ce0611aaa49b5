"""What tests of flows share, made once a module: an API of Prefect, and the store on an eve."""

from __future__ import annotations

from collections.abc import Iterator

import prefect.settings
import pytest
from prefect.server.api.server import SubprocessASGIServer

from tests import processes as p


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


@pytest.fixture(scope="module")
def eve(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of the store on the eve, to be copied."""
    with p.evening(server_url, template, tmp_path_factory.mktemp("club")) as name:
        yield name
