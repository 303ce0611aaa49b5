"""Changing the status of memberships by an event, with the figures that stood at the time (L3.1, L4, L5.3)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships, status_changes
from models.plans import plans
from models.rules.standing import grace_until
from tasks.rows import insert_rows
from tasks.step import Scope


def change_status(
    connection: sa.Connection, scope: Scope, of: sa.FromClause, to: str, rule: str, **also: sa.ColumnElement[Any]
) -> None:
    """Record, then give, the status `to` to each membership of `of`; `also` sets further columns of the membership."""
    m = memberships.c
    values = {
        "membership": m.membership,
        "run_id": sa.literal(scope.run_id),
        "from_status": m.status,
        "to_status": sa.literal(to),
        "on_date": sa.literal(scope.as_of),
        "paid_until": m.paid_until,
        "grace_until": grace_until(plans.c.grace_days),
        "rule": sa.literal(rule),
    }
    changing = of.join(memberships, m.membership == of.c.membership).join(plans, plans.c.plan == m.plan)
    insert_rows(connection, status_changes, changing, values)
    connection.execute(
        sa.update(memberships)
        .where(m.membership == of.c.membership)
        .values({"status": to, "run_id": scope.run_id, **also})
    )
