"""What do the days to come bring, week by week? Read from the copy of the store that has run them.

Grain: one row a week, counted from the first day. Amounts are in major units; different currencies are never added.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.dunning import notices
from models.invoices import invoices
from models.lots import lots, movements
from models.memberships import status_changes
from models.payments import payments
from models.rules.amounts import major

Column = sa.ColumnElement[Any]
Figures = dict[int, str]
"""Number of the week, from 0 -> what to show."""


def weeks(connection: sa.Connection, first: date, last: date) -> list[dict[str, str]]:
    """week, invoices, invoiced, expected cash (payments taken in), expiring credits, notices, expired memberships."""
    i, p, e, n, s = invoices.c, payments.c, movements.c, notices.c, status_changes.c
    asked_for, count = i.kind != "credit_note", sa.func.count()
    expiring = sa.select(lots.c.credit_type, -sa.func.sum(e.quantity)).join_from(movements, lots)
    expiring = expiring.where(e.kind == "expiry").group_by(lots.c.credit_type)
    expired = sa.select(sa.literal(""), count).where(s.to_status == "expired")
    issued = sa.select(sa.literal(""), count).where(asked_for)
    levels = sa.select(sa.func.concat("level ", n.level), count).group_by(n.level)
    columns = {
        "invoices": _by_week(connection, issued, i.issued_on, first, last),
        "invoiced": _by_week(connection, _money(i.currency, i.total_minor).where(asked_for), i.issued_on, first, last),
        "expected cash": _by_week(connection, _money(p.currency, p.amount_minor), p.applied_on, first, last),
        "expiring": _by_week(connection, expiring, e.on_date, first, last),
        "notices": _by_week(connection, levels, n.noticed_on, first, last),
        "expired": _by_week(connection, expired, s.on_date, first, last),
    }
    return [
        {"week": f"{since} to {min(since + timedelta(days=6), last)}"}
        | {name: shown.get(number, "–") for name, shown in columns.items()}
        for number, since in enumerate(first + timedelta(days=d) for d in range(0, (last - first).days + 1, 7))
    ]


def _money(currency: Column, amount: Column) -> sa.Select[Any]:
    """Currency and sum of an amount, in major units."""
    k = currencies.c
    return (
        sa.select(currency, major(sa.func.sum(amount), k.minor_digits))
        .where(k.currency == currency)
        .group_by(currency, k.minor_digits)
    )


def _by_week(connection: sa.Connection, query: sa.Select[Any], on: Column, first: date, last: date) -> Figures:
    """The figures (what, how much) of a query for each week of its day `on`, one statement for all weeks."""
    week = sa.type_coerce(on - sa.literal(first, sa.Date), sa.Integer) // 7
    parts: defaultdict[int, list[str]] = defaultdict(list)
    rows = query.add_columns(week).where(on.between(first, last)).group_by(week).order_by(week, sa.literal_column("1"))
    for what, figure, number in connection.execute(rows):
        parts[number].append(f"{what}: {figure:,}" if what else f"{figure:,}")
    return {number: "; ".join(texts) for number, texts in parts.items()}
