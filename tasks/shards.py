"""Splitting the members of a pass in ranges of ids, so that each step is several smaller transactions.

The ids at which to split are drawn once and kept with the pass: a pass taken up after a crash, or after more members
were loaded, goes on with the very same parts. Ranges keep numbers in the order of ids (L6.1).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.invariants import INVARIANTS
from models.memberships import memberships
from tasks.step import Shard

_IDS = {"membership": memberships.c.membership, "customer": customers.c.customer}
INVARIANT = "invariant"
"""The audit is split by the names of its invariants."""

Splits = dict[str, list[str]]


def splits(connection: sa.Connection, count: int) -> Splits:
    """For each kind of id the count - 1 ids that split all of them in parts of about the same size."""
    if count == 1:
        return {}
    names = sorted(invariant.name for invariant in INVARIANTS)
    at = {names[index * len(names) // count] for index in range(1, count)}
    return {INVARIANT: sorted(at)} | {kind: _quantiles(connection, column, count) for kind, column in _IDS.items()}


def _quantiles(connection: sa.Connection, column: sa.ColumnElement[Any], count: int) -> list[str]:
    fractions = [index / count for index in range(1, count)]
    at = sa.func.percentile_disc(sa.literal(fractions, sa.ARRAY(sa.Float))).within_group(column)
    found: list[str] | None = connection.execute(sa.select(at)).scalar_one()
    return sorted({id_ for id_ in found or [] if id_ is not None})


def shards(of: Splits, kind: str | None) -> tuple[Shard, ...]:
    """The parts of a step that is split by `kind`; one part for all where it is not."""
    ids: list[str | None] = [None, *(of.get(kind, []) if kind else []), None]
    count = len(ids) - 1
    return tuple(Shard(i + 1, count, ids[i], ids[i + 1]) for i in range(count))
