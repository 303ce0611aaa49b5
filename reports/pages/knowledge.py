"""What a report knew when it was produced: the business days that were done, and what the audit of its day proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from models.operations import STATELESS_FLOWS, runs, steps

NIGHTLY, AUDIT = "nightly", "audit"


@dataclass(frozen=True)
class Knowledge:
    """When a report was produced, and what of."""

    as_of: date
    produced_at: datetime
    known_up_to: date | None
    """The last business day that was done; None: none was."""
    audit: str | None
    """How the last audit of the report's day ended: completed, failed …; None: it was not audited."""
    invariants: int
    """How many that audit has proved."""
    first_day: date | None = None
    """The first business day of the store; None: it has none yet."""

    @property
    def is_before_all(self) -> bool:
        """Whether the report's day lies before the first one of the store, which knows nothing of it."""
        return self.first_day is not None and self.as_of < self.first_day

    @property
    def is_early(self) -> bool:
        """Whether the report's day has not been run yet."""
        return self.known_up_to is None or self.as_of > self.known_up_to

    @property
    def is_proved(self) -> bool:
        """Whether the audit of the day found nothing broken."""
        return self.audit == "completed"


def knowledge(connection: sa.Connection, as_of: date, produced_at: datetime) -> Knowledge:
    """From the ledger of runs; an audit of the day before its last steps counts for what it has seen."""
    r = runs.c
    done = sa.select(sa.func.max(r.as_of)).where(r.flow == NIGHTLY, r.state == "completed")
    checked = sa.func.coalesce(sa.func.sum(sa.cast(steps.c.counts["invariants"].astext, sa.Integer)), 0)
    of_run = sa.select(checked).where(steps.c.run_id == r.run_id, steps.c.step == AUDIT).scalar_subquery()
    audits = sa.select(r.state, of_run.label("invariants")).where(r.flow == AUDIT, r.as_of == as_of)
    last = connection.execute(audits.order_by(r.run_id.desc()).limit(1)).first()
    known_up_to = connection.execute(done).scalar()
    first_day = connection.execute(sa.select(sa.func.min(r.as_of)).where(r.flow.notin_(STATELESS_FLOWS))).scalar()
    state, proved = (last.state, last.invariants) if last else (None, 0)
    return Knowledge(as_of, produced_at, known_up_to, state, proved, first_day)
