"""Bring the stored standing of memberships in line with their periods, after something about these changed."""

from __future__ import annotations

import sqlalchemy as sa

from models.memberships import memberships
from models.rules.standing import standings
from tasks.staging import Staged


def restand(connection: sa.Connection, touched: Staged) -> None:
    """Derive the standing anew for each membership of `touched` (L3.3, L3.4)."""
    if not touched.rows:
        return
    stands = standings(touched).subquery("stands")
    connection.execute(
        sa.update(memberships)
        .where(memberships.c.membership == stands.c.membership)
        .values(
            paid_until=stands.c.paid_until,
            owes_since=stands.c.owes_since,
            billed_until=stands.c.billed_until,
            # Where every period is void nothing goes on from here but a renewal on request, with an anchor of its own.
            anchor_on=sa.func.coalesce(stands.c.anchor_on, memberships.c.anchor_on),
            ordinal=sa.func.coalesce(stands.c.ordinal, memberships.c.ordinal),
        )
    )
