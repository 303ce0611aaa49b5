"""Requests, freezes and closings that must never be (L1.5, L4, L5)."""

from __future__ import annotations

import sqlalchemy as sa

from models.invariants.invariant import AS_OF, Query, done_at, found, settled_since
from models.invoices import invoices
from models.lots import credit_charges, credit_usages, redemptions
from models.memberships import memberships, periods
from models.payments import payments, refunds
from models.requests import closures, freezes, resumption, running_freeze


def frozen_unlike_freezes() -> Query:
    """L4.1: a membership is frozen exactly while a freeze of it runs."""
    m = memberships.c
    runs = sa.exists().where(freezes.c.membership == m.membership, running_freeze)
    return found(m.membership, m.status, " while its freezes say otherwise").where((m.status == "frozen") != runs)


def frozen_days_adrift() -> Query:
    """L4.3: a period is longer than it was bought for by exactly the days for which it was frozen, no day more."""
    p, i, f, m = periods.c, invoices.c, freezes.c, memberships.c
    frozen = (
        sa.select(p.period_id, sa.func.sum(f.moved_days).label("days"))
        .join_from(freezes, periods, p.membership == f.membership)
        .where(f.started_on >= p.starts_on, f.started_on < p.ends_on)
        .group_by(p.period_id)
        .subquery("frozen")
    )
    bought = sa.func.coalesce(i.period_ends_on - i.period_starts_on, m.carried_until - m.started_on)
    longer = (p.ends_on - p.starts_on) - bought
    return (
        found(p.membership, "the period from ", p.starts_on, " is ", longer, " days longer than it was bought for")
        .join_from(periods, memberships, m.membership == p.membership)
        .outerjoin(invoices, i.invoice == p.invoice)
        .outerjoin(frozen, frozen.c.period_id == p.period_id)
        .where(~p.void, longer != sa.func.coalesce(frozen.c.days, 0))
    )


def unresumed_freezes() -> Query:
    """L4.3: a freeze that is over has ended."""
    f = freezes.c
    over = (resumption <= AS_OF) & done_at("resumptions").isnot(None)
    return found(f.freeze, "missing: ", f.membership, " was to resume on ", resumption).where(running_freeze, over)


def unclosed_memberships() -> Query:
    """L5.3: who is to close with a period is closed on the business day on which that ends, unless frozen."""
    m, p = memberships.c, periods.c
    over = sa.case((done_at("closures").isnot(None), p.ends_on <= AS_OF), else_=sa.false())
    return (
        found(m.membership, "missing: it was to close on ", p.ends_on)
        .join_from(memberships, periods, p.period_id == m.closes_with)
        .where(m.status != "frozen", over)
    )


def debts_after_closing() -> Query:
    """L5.3: of a closed membership no invoice of a period that had not begun stays open."""
    m, p, i = memberships.c, periods.c, invoices.c
    return (
        found(
            m.membership, "closed on ", m.closed_on, ", but ", i.invoice, " for the time from ", p.starts_on, " is open"
        )
        .join_from(memberships, periods, p.membership == m.membership)
        .join(invoices, i.invoice == p.invoice)
        .where(m.status == "closed", ~p.void, i.open_minor > 0, p.starts_on > m.closed_on)
    )


DECIDED_BY = (
    (payments, "payment", payments.c.paid_on, "payments"),
    (refunds, "refund", refunds.c.refunded_on, "refunds"),
    (redemptions, "redemption", redemptions.c.requested_on, "redemptions"),
    (closures, "closure", closures.c.requested_on, "closures"),
    (freezes, "freeze", sa.func.greatest(freezes.c.requested_on, freezes.c.starts_on), "freezes"),
    (credit_charges, "charge", credit_charges.c.charged_on, "charges"),
    (credit_usages, "usage", credit_usages.c.used_on, "usages"),
)
"""Facts that wait for their day: table, id, day, and the step that decides them. Renewals may wait in quarantine."""


def undecided_facts() -> Query:
    """L1.5: what was there when its step was done for the day, and whose day had come, has been decided."""
    return sa.union_all(
        *(
            found(table.c[name], "missing: its day came on ", on, ", and nothing has decided it").where(
                table.c.applied_on.is_(None), on <= AS_OF, settled_since(step, table.name)
            )
            for table, name, on, step in DECIDED_BY
        )
    )
