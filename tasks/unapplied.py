"""Unapplied credit meets open invoices, after the renewals and again after dunning (L1.6, L6.2).

Repeating it is safe because nothing can meet twice: what met is no longer unapplied, or no longer open.
"""

from __future__ import annotations

import sqlalchemy as sa

from tasks.settlement import meet
from tasks.step import Outcome, Scope, Step, money_of


def apply_credit(connection: sa.Connection, scope: Scope) -> Outcome:
    """Let all unapplied credit meet all open invoices."""
    met = meet(connection, scope)
    return Outcome({"credit_allocations": met.rows}, money_of(connection, met, "allocated"))


AFTER_RENEWALS = Step("credit_after_renewals", "renewals", apply_credit, shard_by="customer")
AFTER_DUNNING = Step("credit_after_dunning", "dunning", apply_credit, shard_by="customer")
