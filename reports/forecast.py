"""What do the days to come bring, week by week? Read from the copy of the store that has run them.

Grain: one row a week, counted from the first day. Amounts are in major units; different currencies are never added.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.dunning import notices
from models.invoices import invoices
from models.lots import lots, movements
from models.memberships import status_changes
from models.rules.amounts import major

Column = sa.ColumnElement[Any]


def weeks(connection: sa.Connection, first: date, last: date) -> list[dict[str, str]]:
    """week, invoices, invoiced, expected cash (what falls due), expiring credits, notices, expired memberships."""
    rows = []
    since = first
    while since <= last:
        until = min(since + timedelta(days=6), last)
        rows.append(_week(connection, since, until))
        since = until + timedelta(days=1)
    return rows


def _week(connection: sa.Connection, since: date, until: date) -> dict[str, str]:
    i, e, n, s = invoices.c, movements.c, notices.c, status_changes.c
    asked_for = i.kind != "credit_note"
    expiring = (
        sa.select(lots.c.credit_type, -sa.func.sum(e.quantity))
        .join_from(movements, lots, lots.c.lot_id == e.lot_id)
        .where(e.kind == "expiry", e.on_date.between(since, until))
        .group_by(lots.c.credit_type)
        .order_by(lots.c.credit_type)
    )
    levels = sa.select(n.level, sa.func.count()).where(n.noticed_on.between(since, until)).group_by(n.level)
    return {
        "week": f"{since} to {until}",
        "invoices": f"{_count(connection, invoices, asked_for, i.issued_on.between(since, until)):,}",
        "invoiced": _money(connection, i.total_minor, asked_for, i.issued_on.between(since, until)),
        "expected cash": _money(connection, i.total_minor, asked_for, i.due_on.between(since, until)),
        "expiring": _listed(connection, expiring),
        "notices": _listed(connection, levels.order_by(n.level), "level "),
        "expired": f"{_count(connection, status_changes, s.to_status == 'expired', s.on_date.between(since, until)):,}",
    }


def _count(connection: sa.Connection, of: sa.FromClause, *where: sa.ColumnElement[bool]) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(of).where(*where)).scalar_one())


def _money(connection: sa.Connection, amount: Column, *where: sa.ColumnElement[bool]) -> str:
    i, k = invoices.c, currencies.c
    total = major(sa.func.sum(amount), k.minor_digits)
    query = sa.select(total, i.currency).join_from(invoices, currencies, k.currency == i.currency).where(*where)
    query = query.group_by(i.currency, k.minor_digits).order_by(i.currency)
    return "; ".join(f"{value:,} {currency}" for value, currency in connection.execute(query)) or "–"


def _listed(connection: sa.Connection, query: sa.Select[Any], before: str = "") -> str:
    return "; ".join(f"{before}{what}: {count:,}" for what, count in connection.execute(query)) or "–"
