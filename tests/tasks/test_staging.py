"""Staged tables: a name holds what was staged last, whatever was rolled back, and however large it was."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks import staging
from tasks.database import transaction
from tasks.staging import empty_large, stage

Query = sa.Select[Any]


def numbers(count: int) -> Query:
    return sa.select(sa.func.generate_series(1, count).label("n"))


def staged(connection: sa.Connection, count: int) -> list[int]:
    """What the table holds after so many numbers were staged."""
    return list(connection.execute(sa.select(stage(connection, "some_numbers", numbers(count)))).scalars())


@pytest.mark.parametrize("count", [0, 1, staging._WORTH_ANALYSING + 1])
def test_a_name_holds_what_was_staged_last(own_database, count: int):
    for many in (count, 3, 0, count):
        with transaction() as connection:
            assert len(staged(connection, many)) == many
            assert len(staged(connection, 2)) == 2


def test_what_a_savepoint_took_back_is_there_again_and_is_emptied(own_database):
    with transaction() as connection:
        staged(connection, 3)
        savepoint = connection.begin_nested()
        staged(connection, 0)
        savepoint.rollback()
        assert staged(connection, 0) == []


def test_a_table_that_was_made_and_rolled_back_is_made_again(own_database):
    for _ in range(2):
        with pytest.raises(RuntimeError), transaction() as connection:
            assert staged(connection, 2) == [1, 2]
            raise RuntimeError
    with transaction() as connection:
        assert staged(connection, 2) == [1, 2]


def test_a_commit_that_fails_is_a_rollback(own_database):
    with transaction() as connection:
        staged(connection, 1)
        connection.exec_driver_sql("CREATE TABLE twice (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(sa.exc.IntegrityError), transaction() as connection:
        staged(connection, 0)
        connection.exec_driver_sql("INSERT INTO twice VALUES (1), (1)")
    with transaction() as connection:
        assert staged(connection, 0) == []


def test_a_large_table_gives_its_room_back(own_database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(staging, "_WORTH_EMPTYING", 1000)
    with transaction() as connection:
        staged(connection, 1000)
        empty_large(connection)
        assert connection.exec_driver_sql("SELECT pg_relation_size('pg_temp.some_numbers')").scalar() == 0
        assert staged(connection, 1) == [1]
