"""What messages say of memberships: plan, what is open, freezes, closures. Each function is one query or none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from models.companies import close_reasons
from models.customers import customers
from models.invoices import invoices
from models.memberships import memberships, periods
from models.messages import messages
from models.money import major_amount
from models.plans import plans
from models.requests import closures, freezes
from models.rules.standing import is_unpaid
from reports.messages.message import Message

Facts = dict[int, dict[str, Any]]
Column = sa.ColumnElement[Any]
OF_A_MEMBERSHIP = ("grace_started", "membership_expired", "reminder")
"""Kinds whose subject is a membership."""
NAMING_ONE = ("invoice_issued", "freeze_started", "freeze_ended", "closure_accepted")
"""Kinds whose facts name a membership."""


def ids(of: Iterable[Message], *kinds: str) -> list[int]:
    """The ids of the messages of these kinds."""
    return [message.message_id for message in of if message.kind in kinds]


def of_memberships(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """membership, plan_name, currency, open (of its invoices), the oldest of these, paid_until_now, had_paid_time."""
    about = ids(of, *OF_A_MEMBERSHIP, *NAMING_ONE)
    if not about:
        return {}
    m, mb = messages.c, memberships.c
    named = sa.func.coalesce(m.facts["membership"].astext, m.subject)
    owed = _owed().lateral("owed")
    query = (
        sa.select(m.message_id, mb.membership, mb.paid_until, plans.c.name, plans.c.currency, _had_paid_time())
        .add_columns(owed.c.open_minor, owed.c.invoice, owed.c.due_on)
        .join_from(messages, memberships, mb.membership == named)
        .join(plans, plans.c.plan == mb.plan)
        .join(owed, sa.true(), isouter=True)
        .where(m.message_id.in_(about))
    )
    return {
        row.message_id: {
            "membership": row.membership,
            "plan_name": row.name,
            "currency": row.currency,
            "open": major_amount(row.open_minor or 0, row.currency),
            "oldest_invoice": row.invoice,
            "oldest_due_on": row.due_on,
            "paid_until_now": row.paid_until,
            "had_paid_time": row.had_paid_time,
        }
        for row in connection.execute(query)
    }


def _owed() -> sa.Select[Any]:
    """What is open of a membership's own invoices, and the oldest of these."""
    i, mb = invoices.c, memberships.c
    of_it = (i.customer == mb.customer) & (i.membership == mb.membership) & (i.kind == "membership")
    oldest = (i.due_on, i.issued_on, i.series_no)
    return (
        sa.select(i.invoice, i.due_on, sa.func.sum(i.open_minor).over().label("open_minor"))
        .where(of_it, i.open_minor > 0)
        .order_by(*oldest)
        .limit(1)
    )


def _had_paid_time() -> Column:
    """Whether a period that is paid or carried ends where the paid time does: else nothing was ever paid (L3.3)."""
    p = periods.c
    ended = (p.membership == memberships.c.membership) & ~p.void & (p.ends_on == memberships.c.paid_until)
    return sa.exists().where(ended, ~is_unpaid()).label("had_paid_time")


def of_freezes(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """moved_days: by how much the paid time was moved; None while the freeze runs."""
    about = ids(of, "freeze_started", "freeze_ended")
    if not about:
        return {}
    query = (
        sa.select(messages.c.message_id, freezes.c.moved_days)
        .join_from(messages, freezes, freezes.c.freeze == messages.c.subject)
        .where(messages.c.message_id.in_(about))
    )
    return {row.message_id: {"moved_days": row.moved_days} for row in connection.execute(query)}


def of_closures(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """reason: the label of the company's list, or its code; what staff wrote by hand is for their eyes: None."""
    about = ids(of, "closure_accepted")
    if not about:
        return {}
    m, c, r = messages.c, closures.c, close_reasons.c
    listed = (r.company == customers.c.company) & (r.reason == c.reason_code)
    query = (
        sa.select(m.message_id, sa.func.coalesce(r.label, c.reason_code).label("reason"))
        .join_from(messages, closures, c.closure == m.subject)
        .join(customers, customers.c.customer == m.customer)
        .join(close_reasons, listed, isouter=True)
        .where(m.message_id.in_(about))
    )
    return {row.message_id: {"reason": row.reason} for row in connection.execute(query)}
