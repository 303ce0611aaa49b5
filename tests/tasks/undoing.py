"""Help for the tests of undo: runs by flow and day, and an audit that must stay clean."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.errors import NotUndoable
from models.operations import runs
from tasks.audit import breaks
from tasks.undo import Undone, undo
from tasks.undo.refusing import REASONS
from tests.factories import day


def run_of(store: sa.Connection, flow: str, on: str) -> int:
    """The last completed run of a flow for a day."""
    r = runs.c
    query = sa.select(r.run_id).where(r.flow == flow, r.as_of == day(on), r.state == "completed")
    return store.execute(query.order_by(r.run_id.desc()).limit(1)).scalar_one()


def undone(store: sa.Connection, flow: str, on: str) -> Undone:
    """Undo a flow's run of a day; the audit holds afterwards."""
    done = undo(run_of(store, flow, on), "a test wants it so")
    assert breaks(store, done.as_of) == []
    return done


def stays(store: sa.Connection, flow: str, on: str, *records: tuple[str, str]) -> None:
    """Nothing of a flow's run of a day can be undone; each record says why, and the attempt leaves no trace."""
    run = run_of(store, flow, on)
    with pytest.raises(NotUndoable) as refused:
        undo(run, "a test wants it so")
    for record, reason in records:
        assert f" {record} was not undone: {REASONS[reason]}." in str(refused.value)
    assert run_of(store, flow, on) == run
    assert kept(store) == []


def kept(store: sa.Connection) -> list[tuple[str, str]]:
    """What undoing left as it is: record and reason."""
    return [
        tuple(row) for row in store.exec_driver_sql("SELECT record, reason FROM tajdid.undo_refusals ORDER BY 1, 2")
    ]
