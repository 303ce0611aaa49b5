"""Creating and migrating the store, and telling whether it fits the code."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import models.migrations
from models.errors import DatabaseUnavailable
from models.metadata import SCHEMA
from models.roles import grant_statement
from models.views import create_statements
from tasks.database import engine, readable_errors, take_lock

OLDEST_SERVER = 150000


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(models.migrations.__path__[0])))
    config.set_main_option("path_separator", "os")
    return config


def head() -> str:
    """The revision that this code needs."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def current(connection: sa.Connection) -> str | None:
    """The revision that the store has; None where there is no store yet."""
    return MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA}).get_current_revision()


def upgrade() -> tuple[str | None, str]:
    """Bring the store to the newest schema, with its views and grants; returns (revision before, revision after)."""
    with readable_errors(), engine().connect() as connection, connection.begin():
        _check_server(connection)
        take_lock(connection)
        connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        before = current(connection)
        if before is not None and before not in _revisions():
            raise DatabaseUnavailable(f"The database has schema revision {before}, which is newer than this program.")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        for statement in create_statements():
            connection.exec_driver_sql(statement.replace("%", "%%"))
        connection.exec_driver_sql(grant_statement())
        return before, head()


def _check_server(connection: sa.Connection) -> None:
    number = int(connection.execute(sa.text("SHOW server_version_num")).scalar_one())
    if number < OLDEST_SERVER:
        raise DatabaseUnavailable(f"The server is PostgreSQL {number // 10000}; expected 15 or newer.")


def require_current() -> None:
    """Raise DatabaseUnavailable where the store's schema is not the one that this code needs."""
    with readable_errors(), engine().connect() as connection:
        found = current(connection)
    if found == head():
        return
    if found is not None and found not in _revisions():
        raise DatabaseUnavailable(
            f"The database has schema revision {found}, which is newer than this program. Update it."
        )
    has = "has no Tajdid schema yet" if found is None else f"has schema revision {found}"
    raise DatabaseUnavailable(f"The database {has}; this version needs {head()}. Run: tajdid db upgrade")


def _revisions() -> set[str]:
    """All revisions that this code knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
