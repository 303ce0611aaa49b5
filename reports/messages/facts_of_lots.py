"""What messages say of credits and points: what the type is called, and what its owner may spend of it in all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.lots import credit_types, lots
from models.messages import messages
from models.rules.lots import POINTS, usable
from reports.messages.facts_of_memberships import Facts, ids
from reports.messages.message import Message


def of_lots(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """credit_name, unit and decimals of the type (points need not be listed as one), balance on the message's day."""
    about = ids(of, "points_earned", "points_expiring", "credits_expiring")
    if not about:
        return {}
    m, t = messages.c, credit_types.c
    code = sa.func.coalesce(m.facts["credit_type"].astext, POINTS)
    query = (
        sa.select(m.message_id, t.name, t.unit, sa.func.coalesce(t.decimals, 0).label("decimals"))
        .add_columns(code.label("credit_type"), _balance(code).label("balance"))
        .join_from(messages, customers, customers.c.customer == m.customer)
        .join(credit_types, (t.company == customers.c.company) & (t.credit_type == code), isouter=True)
        .where(m.message_id.in_(about))
    )
    return {
        row.message_id: {
            "credit_name": row.name or row.credit_type,
            "unit": row.unit,
            "decimals": row.decimals,
            "balance": row.balance,
        }
        for row in connection.execute(query)
    }


def _balance(code: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    m = messages.c
    total = sa.func.coalesce(sa.func.sum(lots.c.remaining), sa.cast(0, sa.Numeric))
    own = (lots.c.customer == m.customer) & (lots.c.credit_type == code)
    return sa.select(total).where(own, usable(m.on_date)).correlate(messages).scalar_subquery()
