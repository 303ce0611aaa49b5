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


def standings(of: sa.FromClause) -> sa.Select[Any]:
    """One row for each membership of `of` that has periods, derived from these alone (L3.3).

    Columns: membership, paid_until, owes_since, and of its last period that stands anchor_on, ordinal, billed_until.

        [paid)[paid)[open)[paid)   paid_until is the start of the open one, owes_since its issue date
        [void)[paid)               a void period is as if it had not been
        [void)[void)               paid_until is the start of the first
    """
    rows = _periods_of(of).subquery("rows")
    r = rows.c
    paid = r.stands & (r.first_open.is_(None) | (r.starts_on < r.first_open))
    last = r.stands & (r.starts_on == r.last_start)
    first_start, largest = sa.func.min(r.starts_on), sa.func.max
    return sa.select(
        r.membership,
        sa.func.coalesce(largest(r.ends_on).filter(paid), sa.func.min(r.first_open), first_start).label("paid_until"),
        largest(r.issued_on).filter(r.stands & (r.starts_on == r.first_open)).label("owes_since"),
        largest(r.anchor_on).filter(last).label("anchor_on"),
        largest(r.ordinal).filter(last).label("ordinal"),
        sa.func.coalesce(largest(r.ends_on).filter(last), first_start).label("billed_until"),
    ).group_by(r.membership)


def _periods_of(of: sa.FromClause) -> sa.Select[Any]:
    """The periods of each membership of `of`, each with the starts of its first open and its last standing period."""
    p, i = periods.c, invoices.c
    columns = (p.membership, p.starts_on, p.ends_on, p.anchor_on, p.ordinal, p.invoice, p.void)
    # Two halves, because each has an index of its own: a handful of memberships must not read the whole table.
    each = sa.union_all(sa.select(*columns).where(~p.void), sa.select(*columns).where(p.void)).subquery("each")
    e = each.c
    is_open = e.invoice.isnot(None) & ~e.void & i.settled_on.is_(None)
    own = (
        sa.select(e.membership, e.starts_on, e.ends_on, e.anchor_on, e.ordinal, (~e.void).label("stands"))
        .add_columns(i.issued_on, is_open.label("open"))
        .select_from(of.join(each, e.membership == of.c.membership).outerjoin(invoices, i.invoice == e.invoice))
        .subquery("own")
    )
    same = own.c.membership
    return sa.select(
        own,
        sa.func.min(own.c.starts_on).filter(own.c.open).over(partition_by=same).label("first_open"),
        sa.func.max(own.c.starts_on).filter(own.c.stands).over(partition_by=same).label("last_start"),
    )
