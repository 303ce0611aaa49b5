"""Quarantine: memberships that a rule cannot handle wait for a person, and stop nobody else (L1.4, L2.1, L3.6)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.errors import WrongUsage
from models.memberships import quarantine
from models.rules.boundaries import reach
from tasks.database import take_lock, transaction
from tasks.reasons import require_reason
from tasks.staging import Staged, size
from tasks.step import Scope

PERIODS_PER_RUN = 400
"""The ceiling of L3.6: a membership that is further behind is billed so far and then waits for a person."""


def waits_for_a_person(membership: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether a membership waits in quarantine for a person."""
    return sa.exists().where(quarantine.c.membership == membership, quarantine.c.released_at.is_(None))


def set_aside(connection: sa.Connection, scope: Scope, billed: Staged) -> int:
    """Set aside what the rules cannot finish; returns how many memberships (L1.4, L2.1, L3.6).

    What has a period without an end or a price is taken out of `billed`; what is too far behind is billed up to the
    ceiling.
    """
    b = billed.c
    if not size(connection, billed, b.unbillable | b.behind):
        return 0
    cases = _why_set_aside(billed)
    rows = (
        sa.select(b.membership, sa.literal(scope.as_of))
        .add_columns(sa.case(*((when, reason) for when, reason, _ in cases)))
        .add_columns(sa.case(*((when, message) for when, _, message in cases)), sa.literal(scope.run_id))
        .where(sa.or_(*(when for when, _, _ in cases)))
        .distinct(b.membership)
        .order_by(b.membership, b.starts_on)
    )
    into = ("membership", "on_date", "reason", "message", "run_id")
    set_aside = connection.execute(insert(quarantine).from_select(into, rows).on_conflict_do_nothing()).rowcount
    connection.execute(sa.delete(billed).where(b.unbillable))
    return set_aside


def _why_set_aside(billed: Staged) -> list[tuple[sa.ColumnElement[bool], str, sa.ColumnElement[str]]]:
    """When a due period cannot be finished, the reason's code, and what to say of the first such period."""
    b, said = billed.c, sa.func.concat
    outside = said("No end for the period from ", b.starts_on, ", counted from ", b.anchor_on, " in the ", b.calendar)
    outside = said(outside, " calendar, which is known for ", reach(b.calendar), ". Close the membership and begin one")
    outside = said(outside, " of a gregorian plan, or update to a version that knows more years and release it.")
    unpriced = said(
        "No price for the period from ", b.starts_on, "; expected a plan_prices row from that day or before"
    )
    behind = said(f"More than {PERIODS_PER_RUN} periods are due, the next from ", b.ends_on)
    return [
        (b.ends_on.is_(None), "outside_calendar", outside),
        (b.unit_price_minor.is_(None), "no_price", said(unpriced, ". Load it.")),
        (b.behind, "too_many_periods", said(behind, "; check started_on and paid_until.")),
    ]


def release(membership: str, reason: str, decided_by: str) -> None:
    """Let the rules try a membership again with the next run; raises WrongUsage where it does not wait."""
    _decide(membership, reason, decided_by, released_at=sa.func.now())


def dismiss(membership: str, reason: str, decided_by: str) -> None:
    """Keep a membership out of billing for good, and out of the list of those that wait; it may still be released."""
    _decide(membership, reason, decided_by, dismissed_at=sa.func.now())


def _decide(membership: str, reason: str, decided_by: str, **when: sa.ColumnElement[Any]) -> None:
    require_reason(reason, membership)
    q = quarantine.c
    with transaction() as connection:
        take_lock(connection)
        decided = connection.execute(
            sa.update(quarantine)
            .where(q.membership == membership, q.released_at.is_(None))
            .values(decision=reason, decided_by=decided_by, **when)
        )
        if not decided.rowcount:
            raise WrongUsage(f"{membership} is not in quarantine; expected one that `tajdid quarantine list` shows.")
