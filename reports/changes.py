"""What did some business days change, or would they? Of a dress rehearsal, a backfill, a forecast.

Grain: one row a step, summed over the days, and one for the messages. Amounts of different currencies are never added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from models.messages import messages
from models.money import add_money, money_from_json
from models.operations import runs, steps
from reports.days import counts_text, money_text

Change = dict[str, str]
"""step, counts, money."""


def changes(connection: sa.Connection, passes: Collection[int]) -> list[Change]:
    """What the passes (run ids) did, steps that did nothing left out; in a rehearsal before it is rolled back."""
    parts = sa.select(runs.c.run_id).where(sa.func.coalesce(runs.c.parent_id, runs.c.run_id).in_(passes))
    done = sa.select(steps.c.step, steps.c.counts, steps.c.money).where(steps.c.run_id.in_(parts))
    by_step: dict[str, list[sa.Row[Any]]] = {}
    for row in connection.execute(done.where(steps.c.step != "audit").order_by(steps.c.finished_at)):
        by_step.setdefault(row.step, []).append(row)
    rows = [_change(step, results) for step, results in by_step.items() if any(any(r.counts.values()) for r in results)]
    return rows + _messages(connection, parts)


def _change(step: str, results: list[sa.Row[Any]]) -> Change:
    counts = Counter[str]()
    for result in results:
        counts.update(result.counts)
    money = add_money(money_from_json(result.money) for result in results)
    return {"step": step.replace("_", " "), "counts": counts_text(counts), "money": money_text(money)}


def _messages(connection: sa.Connection, parts: sa.Select[Any]) -> list[Change]:
    """How many messages of each kind were queued."""
    query = sa.select(messages.c.kind, sa.func.count()).where(messages.c.run_id.in_(parts)).group_by(messages.c.kind)
    queued = {kind: count for kind, count in connection.execute(query.order_by(messages.c.kind))}
    return [{"step": "messages", "counts": counts_text(queued), "money": "–"}] if queued else []
