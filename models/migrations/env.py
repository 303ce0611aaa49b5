"""Alembic's entry: runs the migrations on the connection that `tajdid db upgrade` hands over."""

from __future__ import annotations

from alembic import context

from models.metadata import SCHEMA
from models.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
    include_name=lambda name, type_, parents: type_ != "schema" or name == SCHEMA,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
