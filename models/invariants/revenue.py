"""Revenue that must never be: what is deferred and what is earned of it (L10)."""

from __future__ import annotations

import sqlalchemy as sa

from models.books import entries
from models.invariants.invariant import AS_OF, Query, found
from models.rules.recognition import billed_periods, used_days


def deferred_unlike_books() -> Query:
    """L10: what is deferred of the periods and what is earned of them is together the account of deferred revenue."""
    e, p = entries.c, billed_periods().subquery("billed").c
    stands = p.void_on.is_(None) | (p.void_on > AS_OF)
    parts = sa.union_all(
        sa.select(e.company, e.currency, e.deferred_revenue.label("minor")).where(e.on_date <= AS_OF),
        # Deferred and earned add up to the net amount, to the minor unit.
        sa.select(p.company, p.currency, p.net_minor).where(p.issued_on <= AS_OF, stands),
    ).subquery("parts")
    off = sa.func.sum(parts.c.minor)
    return (
        found(parts.c.company, parts.c.currency, "; deferred revenue is off by ", off)
        .group_by(parts.c.company, parts.c.currency)
        .having(off != 0)
    )


def periods_earned_in_part() -> Query:
    """L4.3, L10: of a period that is over each day that was bought is used, so that all of it is earned."""
    p = billed_periods().subquery("billed").c
    over = (p.ends_on <= AS_OF) & (p.waits_until.is_(None) | (p.waits_until <= AS_OF))
    used = used_days(p, sa.type_coerce(AS_OF + 1, sa.Date)).label("used")
    rows = (
        sa.select(p.membership, p.starts_on, p.bought_days, used)
        .where(over, p.void_on.is_(None), p.issued_on <= AS_OF)
        .offset(0)
        .subquery("rows")
        .c
    )
    return found(
        rows.membership, "period from ", rows.starts_on, ": ", rows.used, " of ", rows.bought_days, " days"
    ).where(rows.used != rows.bought_days)
