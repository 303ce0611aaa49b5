"""Where does a membership stand on a day, why, and what would change it? One sentence, told from the facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import periods, quarantine, status_changes
from models.requests import closures, freezes, resumption
from models.rules.history_members import IN_ORDER, moved_since


def standing(connection: sa.Connection, row: Any, on_date: date) -> str:
    """The sentence for a membership (its columns, `grace_days` of its plan) at the end of `on_date`."""
    change = _last_change(connection, row.membership, on_date)
    if change is None or change.to_status == "pending":
        return _pending(connection, row, on_date)
    if change.to_status == "closed":
        return f"closed since {_said(change.on_date)}, reason: {row.close_reason or 'none'} (L5.3)"
    if change.to_status == "frozen":
        return _frozen(connection, row.membership, on_date) + _closing(connection, row, on_date)
    debt = _debt_on(connection, row.membership, on_date)
    if change.to_status == "active":
        return f"active: paid until {_said(debt.paid_until)} (L3.4)" + _closing(connection, row, on_date)
    if change.to_status == "expired":
        unpaid = f"; {debt.invoice} is still open" if debt.invoice else ""
        return f"expired since {_said(change.on_date)}: paid until {_said(debt.paid_until)}{unpaid} (L3.4, L3.5)"
    return _grace(row, on_date, debt) + _closing(connection, row, on_date)


def _said(day: date) -> str:
    """`18 March 2026`."""
    return f"{day.day} {day:%B %Y}"


def _last_change(connection: sa.Connection, membership: str, on_date: date) -> Any:
    s = status_changes.c
    last = (of.desc() for of in IN_ORDER)
    return connection.execute(
        sa.select(s.to_status, s.on_date)
        .where(s.membership == membership, s.on_date <= on_date)
        .order_by(*last)
        .limit(1)
    ).first()


def _pending(connection: sa.Connection, row: Any, on_date: date) -> str:
    q = quarantine.c
    waits = sa.select(q.reason).where(q.membership == row.membership, q.on_date <= on_date, q.released_at.is_(None))
    reason = connection.execute(waits).scalar()
    if reason:
        return f"pending: set aside for a person to look at ({reason}) (L3.6)"
    return f"pending: it starts with the first business day on or after {_said(row.started_on)} (L3.1)"


def _frozen(connection: sa.Connection, membership: str, on_date: date) -> str:
    f = freezes.c
    runs = (f.membership == membership) & (f.started_on <= on_date) & (f.ended_on.is_(None) | (f.ended_on > on_date))
    freeze = connection.execute(sa.select(f.started_on, resumption.label("until")).where(runs)).first()
    if freeze is None:
        return "frozen (L4.1)"
    days = (freeze.until - freeze.started_on).days
    return (
        f"frozen since {_said(freeze.started_on)}: it resumes on {_said(freeze.until)}, and what is paid moves by "
        f"{days} days (L4.3)"
    )


def _closing(connection: sa.Connection, row: Any, on_date: date) -> str:
    """What an accepted closing adds: it renews no more, and closes with its period."""
    c, p = closures.c, periods.c
    said = connection.execute(sa.select(c.applied_on).where(c.closure == row.closing, c.applied_on <= on_date)).first()
    if row.closing is None or said is None:
        return ""
    ends_on = connection.execute(sa.select(p.ends_on).where(p.period_id == row.closes_with)).scalar()
    return f"; it is to close on {_said(ends_on)} (L5.3)" if ends_on else "; it is to close (L5.3)"


class _Debt(NamedTuple):
    """paid_until, the oldest open invoice and its issue date."""

    paid_until: date
    invoice: str | None
    issued_on: date | None


def _grace(row: Any, on_date: date, debt: _Debt) -> str:
    if debt.paid_until > on_date:
        until = _said(debt.paid_until)
        return f"grace: paid until {until} since, so it is active from the next business day (L1.6, L3.4)"
    since = max(filter(None, (debt.paid_until, debt.issued_on)))
    paid = f"{debt.invoice} is paid" if debt.invoice else "a new period is paid"
    if row.grace_days is None:
        return f"grace since {_said(since)}; it lasts until {paid}: the plan sets no end to grace (L3.4)"
    day = (on_date - since).days + 1
    ends = since + timedelta(days=row.grace_days)
    return f"grace day {day} of {row.grace_days}; expires on {_said(ends)} unless {paid} (L3.4)"


def _debt_on(connection: sa.Connection, membership: str, on_date: date) -> _Debt:
    """What was paid and what was owed at the end of `on_date` (L3.3), periods where they lay then."""
    p, i, moved = periods.c, invoices.c, moved_since(on_date)
    starts_on, ends_on = (
        (day - sa.func.coalesce(by, 0)).label(day.name)
        for day, by in ((p.starts_on, moved.c.starts_by), (p.ends_on, moved.c.ends_by))
    )
    rows = connection.execute(
        sa.select(starts_on, ends_on, i.invoice, i.issued_on, i.settled_on, i.voided_on)
        .select_from(
            periods.outerjoin(invoices, i.invoice == p.invoice).outerjoin(moved, moved.c.period_id == p.period_id)
        )
        .where(p.membership == membership, p.opened_on <= on_date)
        .order_by(p.starts_on, p.period_id)
    ).all()
    paid_until, first = rows[0].starts_on, True
    for row in rows:
        if row.voided_on is not None and row.voided_on <= on_date:
            continue
        if row.invoice is not None and (row.settled_on is None or row.settled_on > on_date):
            return _Debt(row.starts_on if first else paid_until, row.invoice, row.issued_on)
        paid_until, first = row.ends_on, False
    return _Debt(paid_until, None, None)
