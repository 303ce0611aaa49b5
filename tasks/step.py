"""What a business step is: set-based statements in one transaction, for one business date (house rules 2 and 6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from models.companies import currencies
from models.money import Money
from models.rules.amounts import major
from tasks.staging import Staged

if TYPE_CHECKING:
    from tasks.relay import Relay


@dataclass(frozen=True)
class Shard:
    """A part of the members: ids in [since, before), either end open where None; index of count, counted from 1."""

    index: int = 1
    count: int = 1
    since: str | None = None
    before: str | None = None

    @property
    def name(self) -> str:
        """As the ledger and the task names show it."""
        return f"{self.index}/{self.count}"

    def has(self, id_: str) -> bool:
        """Whether an id belongs to this part."""
        return (self.since is None or id_ >= self.since) and (self.before is None or id_ < self.before)

    def holds(self, column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """The condition that the id in `column` belongs to this part."""
        conditions = [column >= self.since] if self.since is not None else []
        conditions += [column < self.before] if self.before is not None else []
        return sa.and_(sa.true(), *conditions)


@dataclass(frozen=True)
class Band:
    """What the guard lets pass: so many times the largest day, and whatever is fewer than `least`."""

    times: float
    least: int


@dataclass(frozen=True)
class Scope:
    """For which day, by which run and for which part of the members a step works."""

    as_of: date
    run_id: int
    shard: Shard = Shard()
    relay: Relay | None = None
    """Its place among the parts of its step where these work at once, each in a transaction of its own."""
    guard: Band | None = None
    """None: nothing is held."""


@dataclass(frozen=True)
class Outcome:
    """What a step did: counts by what, money by currency and what; zero included."""

    counts: dict[str, int]
    money: Money = field(default_factory=dict)
    would_hold: str = ""
    """In a rehearsal: why the guard would hold this."""
    note: str = ""
    """What people should know of it that no count tells."""


@dataclass(frozen=True)
class StepResult:
    """An outcome with the step and the day that it belongs to."""

    step: str
    as_of: date
    counts: dict[str, int]
    money: Money
    repeated: bool = False
    """The pass had done this step before; nothing was done now."""
    would_hold: str = ""
    """In a rehearsal: why the guard would hold it."""
    note: str = ""
    """What people should know of it that no count tells."""


@dataclass(frozen=True)
class Step:
    """A named stage of the business day (L1.6) and the flow that it belongs to."""

    name: str
    flow: str
    work: Callable[[sa.Connection, Scope], Outcome]
    shard_by: str | None = "membership"
    """Whose ids split it in shards: "membership", "customer", "invariant", or None where it is never split."""
    at_once: bool = True
    """Whether its shards may be worked on at once; not where those of one customer would change the same rows."""
    outside: bool = False
    """Whether it works outside of the store's change lock, because it talks to others: it is handed a connection in no
    transaction, commits as it goes along, and its ledger row comes at the end. It decides nothing that the business day
    depends on: where it fails, the day is done all the same, and said to have had trouble."""


def money_of(
    connection: sa.Connection, of: sa.FromClause, what: str, amount: sa.ColumnElement[Any] | None = None
) -> Money:
    """Sum of `amount` (default: column `amount_minor`) of a staged table by its `currency`, in major units."""
    if isinstance(of, Staged) and not of.rows:
        return {}
    value = of.c.amount_minor if amount is None else amount
    total = major(sa.func.sum(value), currencies.c.minor_digits)
    query = (
        sa.select(of.c.currency, total)
        .join_from(of, currencies, currencies.c.currency == of.c.currency)
        .group_by(of.c.currency, currencies.c.minor_digits)
        .order_by(of.c.currency)
    )
    return {currency: {what: amount} for currency, amount in connection.execute(query)}
