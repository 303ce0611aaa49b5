"""The audit: is there anything that must never happen? Reads everything, writes nothing but the run's own row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from models.errors import AuditBroken
from models.invariants import INVARIANTS, Invariant
from tasks.database import reading_everything
from tasks.shards import INVARIANT
from tasks.step import Outcome, Scope, Step


@dataclass(frozen=True)
class Break:
    """One row that an invariant returned."""

    invariant: str
    rule: str
    record: str
    detail: str

    def __str__(self) -> str:
        return f"{self.invariant} ({self.rule}) {self.record}: {self.detail}"


def breaks(connection: sa.Connection, as_of: date, of: Sequence[Invariant] = INVARIANTS) -> list[Break]:
    """The rows of every invariant, at most a thousand of each."""
    found = []
    with reading_everything(connection):
        for invariant in of:
            rows = connection.execute(invariant.broken, {"as_of": as_of})
            found += [Break(invariant.name, invariant.rule, row.record, row.detail) for row in rows]
    return found


def audit(connection: sa.Connection, scope: Scope) -> Outcome:
    """Count what breaks; raises AuditBroken with the rows where anything does."""
    of = [invariant for invariant in INVARIANTS if scope.shard.has(invariant.name)]
    found = breaks(connection, scope.as_of, of)
    if found:
        raise AuditBroken(scope.as_of, [str(row) for row in found])
    # Nothing was found, so nothing is missing (missing_periods, skipped_periods) and nothing extra (extra_periods).
    return Outcome({"invariants": len(of), "broken": 0, "missing": 0, "extra": 0})


STEP = Step("audit", "audit", audit, shard_by=INVARIANT)
