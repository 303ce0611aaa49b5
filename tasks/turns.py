"""Requests that draw on one supply are decided one after the other: a refused one takes nothing from the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa


def granted_in_turn(
    asked: sa.Select[Any],
    of: Sequence[str],
    amount: str,
    available: Callable[[sa.CTE], sa.ColumnElement[Any]],
) -> sa.Select[Any]:
    """The rows of `asked` with `granted`: whether what is left of the supply allows the whole `amount`.

    `asked` has a column `place`, 1 … n within each supply, whose key columns are `of`; `available` says what a supply
    holds before the first. Whether one is granted depends on the one before: recursion over the places, all supplies
    at once.
    """
    a = asked.cte("asked")
    first = sa.select(a, available(a).label("available")).where(a.c.place == 1)
    decided = first.cte("decided_so_far", recursive=True)
    d = decided.c
    left = d.available - sa.case((d[amount] <= d.available, d[amount]), else_=0)
    same = sa.and_(*(a.c[name] == d[name] for name in of), a.c.place == d.place + 1)
    decided = decided.union_all(sa.select(a, left).join_from(decided, a, same))
    return sa.select(decided, (decided.c[amount] <= decided.c.available).label("granted"))
