"""Is the store that the migrations make the one that the tables of `models` say?

compare_metadata sees tables, columns, indexes and foreign keys, but no CHECK, no generated column, no collation and no
condition of an index; so the tables are made once more beside the migrated ones, and the server describes both.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from models.metadata import SCHEMA
from models.schema import metadata
from tasks import schema

FRESH = "fresh"

DESCRIPTIONS = {
    "constraints": """
        SELECT relname, conname, replace(pg_get_constraintdef(k.oid), :schema || '.', '')
        FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = conrelid
        WHERE connamespace = to_regnamespace(:schema) AND contype <> 'n' AND relname <> 'alembic_version'""",
    "indexes": """
        SELECT tablename, indexname, replace(indexdef, :schema || '.', '')
        FROM pg_indexes WHERE schemaname = :schema AND tablename <> 'alembic_version'""",
    "columns": """
        SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, collname,
            pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r' AND attnum > 0 AND relname <> 'alembic_version'
        """,
    "comments": """
        SELECT relname, obj_description(oid) FROM pg_class
        WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r' AND relname <> 'alembic_version'""",
}


def described(store: sa.Connection, what: str, of: str) -> set[tuple]:
    return {tuple(row) for row in store.execute(sa.text(DESCRIPTIONS[what]), {"schema": of})}


def test_migrated_schema_is_what_alembic_would_make_of_the_tables(store):
    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
        "version_table_schema": SCHEMA,
        "compare_type": True,
    }
    assert compare_metadata(MigrationContext.configure(store, opts=options), metadata) == []


def test_migrated_schema_is_to_the_server_the_same_as_the_tables(store):
    """Constraints with their conditions, indexes with theirs, columns with type, default, collation and comment."""
    store.exec_driver_sql(f"CREATE SCHEMA {FRESH}")
    metadata.create_all(store.execution_options(schema_translate_map={SCHEMA: FRESH}), checkfirst=False)
    for what in DESCRIPTIONS:
        migrated, fresh = described(store, what, SCHEMA), described(store, what, FRESH)
        assert fresh
        assert sorted(migrated ^ fresh, key=str) == [], what


def test_every_constraint_and_index_has_the_name_that_the_code_gives_it(store):
    """What a violation reports is a name that someone chose: kind, table, meaning."""
    kinds = {"p": "pk_", "f": "fk_", "u": "uq_", "c": "ck_"}
    query = """
        SELECT contype::text, relname, conname FROM pg_constraint AS k JOIN pg_class AS t ON t.oid = conrelid
        WHERE connamespace = 'tajdid'::regnamespace AND contype <> 'n' AND relname <> 'alembic_version'"""
    found = store.exec_driver_sql(query).all()
    assert len(found) > 100
    assert [name for kind, table, name in found if not name.startswith(kinds[kind] + table)] == []
    indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = 'tajdid' AND tablename <> 'alembic_version'"
    names = [name for (name,) in store.exec_driver_sql(indexes)]
    assert [name for name in names if name[:3] not in ("pk_", "uq_", "ix_")] == []


def test_ids_are_compared_byte_by_byte(store):
    """L6.1: an order by id is the same on every server, so each id has collation C; words of ours need none."""
    keys = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in (*table.primary_key, *(key.parent for key in table.foreign_keys))
        if isinstance(column.type, sa.Text)
    }
    collated = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'tajdid'"
    in_c = {tuple(row) for row in store.exec_driver_sql(f"{collated} AND collation_name = 'C'")}
    ours = {
        ("allocations", "kind"),
        ("point_allocations", "kind"),
        ("calendar_months", "calendar"),
        ("status_changes", "to_status"),
        ("steps", "step"),
        ("steps", "shard"),
        ("number_claims", "step"),
        ("holds", "step"),
        ("holds", "shard"),
        ("undo_refusals", "entity"),
    }
    assert keys - in_c == ours


def test_amounts_are_whole_minor_units(store):
    """L2.4: never a float, and no NUMERIC in which a fraction could hide."""
    query = "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'tajdid'"
    columns = store.exec_driver_sql(query).all()
    assert [row for row in columns if row.data_type in ("real", "double precision", "money")] == []
    amounts = [row for row in columns if row.column_name.endswith("_minor")]
    assert len(amounts) > 10
    assert {row.data_type for row in amounts} == {"bigint"}


def test_migrating_again_changes_nothing(own_database):
    before, after = schema.upgrade()
    assert before == after == schema.head()
    schema.require_current()
