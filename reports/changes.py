"""What did some business days change, or would they? Of a dress rehearsal, a backfill, a forecast.

Grain: one row a step, summed over the days, and one for the messages. Amounts of different currencies are never added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from models.messages import messages
from models.money import Money, add_money, money_from_json, money_to_json
from models.operations import runs, steps
from reports.days import counts_text, money_text


@dataclass(frozen=True)
class Change:
    """What a step did over all of the days: counts by what, money by currency and what."""

    step: str
    counts: dict[str, int]
    money: Money = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """As the ledger keeps it; amounts as texts."""
        return {"step": self.step, "counts": self.counts, "money": money_to_json(self.money)}


def changes(connection: sa.Connection, passes: Collection[int]) -> list[Change]:
    """What the passes (run ids) did, steps that did nothing left out; in a rehearsal before it is rolled back."""
    parts = sa.select(runs.c.run_id).where(sa.func.coalesce(runs.c.parent_id, runs.c.run_id).in_(passes))
    done = sa.select(steps.c.step, steps.c.counts, steps.c.money).where(steps.c.run_id.in_(parts))
    by_step: dict[str, list[sa.Row[Any]]] = {}
    for row in connection.execute(done.where(steps.c.step != "audit").order_by(steps.c.finished_at)):
        by_step.setdefault(row.step, []).append(row)
    found = [_change(step, results) for step, results in by_step.items()]
    return [change for change in [*found, _messages(connection, parts)] if any(change.counts.values())]


def changes_table(rows: Iterable[Change]) -> list[dict[str, str]]:
    """One row a step: step, counts, money."""
    return [
        {
            "step": row.step.replace("_", " "),
            "counts": counts_text(row.counts),
            "money": money_text(row.money),
        }
        for row in rows
    ]


def _change(step: str, results: list[sa.Row[Any]]) -> Change:
    counts = Counter[str]()
    for result in results:
        counts.update(result.counts)
    return Change(step, dict(counts), add_money(money_from_json(result.money) for result in results))


def _messages(connection: sa.Connection, parts: sa.Select[Any]) -> Change:
    """How many messages of each kind were queued."""
    query = sa.select(messages.c.kind, sa.func.count()).where(messages.c.run_id.in_(parts)).group_by(messages.c.kind)
    return Change("messages", {kind: count for kind, count in connection.execute(query.order_by(messages.c.kind))})
