"""Money meets debts, oldest first (L6.2): two queues laid end to end, matched where they overlap.

credit   |-- p1: 100 --|-- p2: 50 --|
debts    |-- i1: 70 --|---- i2: 60 ----|-- i3 …
result    p1->i1 70 | p1->i2 30 | p2->i2 30 | p2->i3 20
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]


def queue(amount: Column, of: Sequence[Column], order: Sequence[Column]) -> tuple[Column, Column]:
    """Where an amount begins and ends in the queue of its group: the running sums before and after it."""
    until = sa.func.sum(amount).over(partition_by=of, order_by=order, rows=(None, 0))
    return until - amount, until


def overlap(start: Column, end: Column, other_start: Column, other_end: Column) -> Column:
    """How much of two queued amounts meets; 0 or less where they do not."""
    return sa.func.least(end, other_end) - sa.func.greatest(start, other_start)
