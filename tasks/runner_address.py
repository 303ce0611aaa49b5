"""Whether somebody answers where the parts of a day are to be worked on, before the day begins."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from models.errors import WrongUsage
from tasks.settings import settings

_PATIENCE_S = 5


def require_runner() -> None:
    """Raises WrongUsage where TAJDID_RUNNER_ADDRESS is no address, or nobody answers there."""
    address = settings().runner_address
    if settings().runner not in {"dask", "ray"} or not address:
        return
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or not port:
        raise WrongUsage(
            f"TAJDID_RUNNER_ADDRESS is {address}; expected one such as tcp://host:8786 or ray://host:10001"
        )
    try:
        socket.create_connection((host, port), _PATIENCE_S).close()
    except OSError as nobody:
        raise WrongUsage(
            f"TAJDID_RUNNER_ADDRESS is {address}, and nobody answers there ({nobody}). Start what listens there, or "
            "unset the variable to use workers of this machine."
        ) from None
