"""What an invariant is: a rule of the book and a query for what breaks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from models.operations import UNDO, intake_files, runs, steps

Query = sa.Select[Any] | sa.CompoundSelect[Any]
AS_OF = sa.bindparam("as_of", type_=sa.Date)
"""The business date that is audited: a parameter, so that each query is built once and not every night."""
SHOWN = 1000


@dataclass(frozen=True)
class Invariant:
    """A rule of the book and the query for what breaks it on the business date `AS_OF`, its parameter."""

    name: str
    rule: str
    build: Callable[[], Query]

    @cached_property
    def broken(self) -> Query:
        """At most a thousand rows. Built when it is first asked for, and once: most commands never ask, and for the
        library to look at a query anew takes longer than for a quiet store to answer it."""
        return self.build().limit(SHOWN)


def done_at(step: str) -> sa.ScalarSelect[Any]:
    """When the last pass over a day was done with a step; NULL, so that nothing is asked of it, where none was.

    Since a run was undone nothing is asked until the step has been done again: what it did may be missing.
    """
    undone = sa.select(sa.func.max(runs.c.finished_at)).where(runs.c.flow == UNDO)
    return (
        sa.select(sa.func.max(steps.c.finished_at))
        .join_from(steps, runs, runs.c.run_id == steps.c.run_id)
        .where(steps.c.step == step, runs.c.as_of == AS_OF, steps.c.finished_at > _or_never(undone))
        .scalar_subquery()
    )


def settled_since(step: str, *entities: str) -> sa.ColumnElement[bool]:
    """True where a step was done for the day and no file of these entities has brought a record since."""
    f = intake_files.c
    came = sa.select(sa.func.max(f.loaded_at)).where(f.entity.in_(entities), f.loaded > 0)
    return done_at(step) > _or_never(came)


def _or_never(instant: sa.Select[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(instant.scalar_subquery(), sa.literal_column("'-infinity'::timestamptz"))


def found(record: Any, *detail: Any) -> sa.Select[Any]:
    """The rows that a broken invariant shows: (record, detail)."""
    return sa.select(record.label("record"), sa.func.concat(*detail).label("detail"))
