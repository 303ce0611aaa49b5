"""Where a membership stands: paid_until, grace_until, status (L3.3, L3.4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, periods, standing_since

Column = sa.ColumnElement[Any]


def grace_until(grace_days: Column) -> Column:
    """The first day on which grace is over; NULL where grace lasts (empty `grace_days`)."""
    return standing_since + grace_days


def status(as_of: date, grace_days: Column) -> Column:
    """active, grace or expired on the business date `as_of`, for a started membership not closed or frozen (L3.4).

    Who is expired comes back by being paid past `as_of` (L3.5), not by a longer grace.
    """
    return sa.case(
        (memberships.c.paid_until > as_of, "active"),
        (memberships.c.status == "expired", "expired"),
        (sa.func.coalesce(grace_until(grace_days) > as_of, sa.true()), "grace"),
        else_="expired",
    )


def period_state() -> Column:
    """carried, void, paid or open; over `periods` outer-joined to `invoices`. A period is paid when its invoice is."""
    return sa.case(
        (periods.c.invoice.is_(None), "carried"),
        (periods.c.void, "void"),
        (invoices.c.settled_on.isnot(None), "paid"),
        else_="open",
    )


def is_unpaid() -> Column:
    """Whether a period that is not void is still to be paid: its invoice is open (L3.3)."""
    return sa.exists().where(invoices.c.invoice == periods.c.invoice, invoices.c.open_minor > 0)


def current_period(membership: Column, on: Column | date) -> sa.FromClause:
    """period_id, starts_on, ends_on of a membership's current period: of those not void the last begun, else the first.

    To be joined with ON TRUE; no row where every period is void, or where there is none (L3.3).
    """
    p = periods.c
    begun = p.starts_on <= on
    return (
        sa.select(p.period_id, p.starts_on, p.ends_on)
        .where(p.membership == membership, ~p.void)
        .order_by(begun.desc(), sa.case((begun, p.starts_on)).desc(), p.starts_on)
        .limit(1)
        .lateral("current")
    )


def standings(of: sa.FromClause) -> sa.CompoundSelect[Any]:
    """One row for each membership of `of` that has periods, derived from these alone (L3.3).

    Columns: membership, paid_until, owes_since, and of its last period that stands anchor_on, ordinal, billed_until.

        [paid)[paid)[open)[paid)   paid_until is the start of the open one, owes_since its issue date
        [void)[paid)               a void period is as if it had not been
        [void)[void)               paid_until is the start of the first
    """
    return sa.union_all(_by_periods_that_stand(of), _by_void_periods(of))


def _by_periods_that_stand(of: sa.FromClause) -> sa.Select[Any]:
    p, i = periods.c, invoices.c
    is_open = p.invoice.isnot(None) & i.settled_on.is_(None)
    rows = (
        sa.select(of.c.membership, p.starts_on, p.ends_on, p.anchor_on, p.ordinal, i.issued_on)
        .add_columns(
            sa.func.min(p.starts_on).filter(is_open).over(partition_by=of.c.membership).label("first_open"),
            sa.func.max(p.starts_on).over(partition_by=of.c.membership).label("last_start"),
        )
        .select_from(
            of.join(periods, (p.membership == of.c.membership) & ~p.void).outerjoin(invoices, i.invoice == p.invoice)
        )
        .subquery("rows")
    )
    r = rows.c
    paid = r.first_open.is_(None) | (r.starts_on < r.first_open)
    last = r.starts_on == r.last_start
    largest = sa.func.max
    return sa.select(
        r.membership,
        sa.func.coalesce(largest(r.ends_on).filter(paid), sa.func.min(r.first_open)).label("paid_until"),
        largest(r.issued_on).filter(r.starts_on == r.first_open).label("owes_since"),
        largest(r.anchor_on).filter(last).label("anchor_on"),
        largest(r.ordinal).filter(last).label("ordinal"),
        largest(r.ends_on).filter(last).label("billed_until"),
    ).group_by(r.membership)


def _by_void_periods(of: sa.FromClause) -> sa.Select[Any]:
    """Of memberships whose periods are all void; apart, because void ones are few and have an index of their own."""
    void, standing = periods.alias("void"), periods.alias("standing").c
    first = sa.func.min(void.c.starts_on)
    return (
        sa.select(of.c.membership, first, sa.cast(None, sa.Date), sa.cast(None, sa.Date), sa.cast(None, sa.Integer))
        .add_columns(first)
        .join_from(of, void, (void.c.membership == of.c.membership) & void.c.void)
        .where(~sa.exists().where(standing.membership == of.c.membership, ~standing.void))
        .group_by(of.c.membership)
    )
