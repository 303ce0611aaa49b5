"""What did a run do? The table that finance ops read, in the terminal and as the artifact of a flow run.

Grain: one row a step of a business day, with its counts and its money, zero included. Amounts of different currencies
stand side by side and are never added.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from models.money import Money, add_money

AUDIT = "audit"
WAITING = "waiting"
"""Counts what is there, not what was done."""


class Result(Protocol):
    """What a step says of itself."""

    @property
    def step(self) -> str: ...
    @property
    def as_of(self) -> date: ...
    @property
    def counts(self) -> dict[str, int]: ...
    @property
    def money(self) -> Money: ...
    @property
    def would_hold(self) -> str: ...
    @property
    def note(self) -> str: ...


def table(results: Iterable[Result]) -> list[dict[str, str]]:
    """One row a step, all its shards together: business date, step, counts, money."""
    shards: dict[tuple[date, str], list[Result]] = {}
    for result in results:
        shards.setdefault((result.as_of, result.step), []).append(result)
    rows = []
    for (as_of, step), of in shards.items():
        counts, money = total(of)
        said = {"counts": counts_text(counts), "money": money_text(money)}
        rows.append({"business date": as_of.isoformat(), "step": step.replace("_", " "), **said})
    return rows


def total(results: Iterable[Result]) -> tuple[dict[str, int], Money]:
    """Counts and money of several results, each by its own name; a step in shards or over many days becomes one."""
    counts: Counter[str] = Counter()
    given = list(results)
    for result in given:
        counts.update(result.counts)
    return dict(counts), add_money(result.money for result in given)


def would_hold(results: Iterable[Result]) -> list[str]:
    """A line for each step that the guard would have held, had it not been a rehearsal."""
    return [f"The guard would hold {r.step} of {r.as_of}: {r.would_hold}." for r in results if r.would_hold]


def did_anything(results: Iterable[Result]) -> bool:
    """Whether any step but the audit has counted something."""
    done = (result.counts.items() for result in results if result.step != AUDIT)
    return any(count for counts in done for name, count in counts if name != WAITING)


def notes(results: Iterable[Result]) -> list[str]:
    """A line for each step that has something to say besides its counts; of several days that say the same, once."""
    return list(dict.fromkeys(f"{r.step.capitalize()}: {r.note}" for r in results if r.note))


def proof(results: Iterable[Result]) -> str:
    """What the audits of the days have proved; they raise where they cannot."""
    counts, _ = total(result for result in results if result.step == AUDIT)
    if not counts:
        return "Not audited: that is done by nightly, or by the flow audit."
    days = f"{counts['invariants']:,} invariants checked"
    return f"Audit: {days}, {counts['broken']} broken; missing {counts['missing']}, extra {counts['extra']}."


def counts_text(counts: Mapping[str, int]) -> str:
    """`3 started, 12 invoices`; a dash where nothing was done."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count) or "–"


def money_text(money: Money) -> str:
    """`invoiced 1,150.00 SAR; received 20.000 KWD`, each currency by itself."""
    parts = [f"{name} {amount:,} {currency}" for currency, row in sorted(money.items()) for name, amount in row.items()]
    return "; ".join(parts) or "–"
