"""What an invariant is: a rule of the book and a query for what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.operations import UNDO, intake_files, runs, steps

Query = sa.Select[Any] | sa.CompoundSelect[Any]


@dataclass(frozen=True)
class Invariant:
    """A rule of the book and the query for what breaks it on a business date."""

    name: str
    rule: str
    broken: Callable[[date], Query]


def done_at(step: str, as_of: date) -> sa.ScalarSelect[Any]:
    """When the last pass over a day was done with a step; NULL, so that nothing is asked of it, where none was.

    Since a run was undone nothing is asked until the step has been done again: what it did may be missing.
    """
    last = sa.func.max(steps.c.finished_at)
    undone = sa.select(sa.func.max(runs.c.finished_at)).where(runs.c.flow == UNDO).scalar_subquery()
    done = sa.select(last).join_from(steps, runs, runs.c.run_id == steps.c.run_id)
    since = (undone.is_(None)) | (last > undone)
    return done.where(steps.c.step == step, runs.c.as_of == as_of).having(since).scalar_subquery()


def settled_since(step: str, as_of: date, *entities: str) -> sa.ColumnElement[bool]:
    """Whether a step was done for the day and no file of these entities has brought a record since."""
    done = done_at(step, as_of)
    f = intake_files.c
    came = sa.exists().where(f.entity.in_(entities), f.loaded > 0, f.loaded_at > done)
    return done.isnot(None) & ~came


def found(record: Any, *detail: Any) -> sa.Select[Any]:
    """The rows that a broken invariant shows: (record, detail)."""
    return sa.select(record.label("record"), sa.func.concat(*detail).label("detail"))
