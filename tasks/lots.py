"""The engine of credits and points (L7): filling lots, spending them, expiring them; each a handful of statements.

A movement is written for whatever changes a lot, so a balance is the sum of its movements (L7.1); a CHECK of the store
keeps every lot from going below zero.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.lots import lots, movements
from models.rules.lots import SOONEST_EXPIRY, is_over, usable
from models.rules.settlement import overlap, queue
from tasks.rows import insert_rows
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope

Column = sa.ColumnElement[Any]


def fill(connection: sa.Connection, scope: Scope, made: Staged, source: str) -> None:
    """One lot, and the movement that fills it, for each row of `made`, in the order of its `place`.

    `made`: customer, credit_type, source_id, quantity, starts_on, expires_on, valid_days, place.
    """
    if not made.rows:
        return
    names = ("customer", "credit_type", "source_id", "quantity", "starts_on", "expires_on", "valid_days")
    values = {
        **{name: made.c[name] for name in names},
        "remaining": made.c.quantity,
        "source": sa.literal(source),
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, lots, made, values, order_by=made.c.place)
    same = sa.and_(*(lots.c[name] == made.c[name] for name in ("source_id", "credit_type")))
    stands = (lots.c.source == source) & lots.c.withdrawn_on.is_(None)
    filled = sa.select(lots.c.lot_id, lots.c.quantity, lots.c.source_id).join_from(made, lots, same & stands)
    _move(connection, scope, source, filled.subquery("filled"))


def _move(connection: sa.Connection, scope: Scope, kind: str, moved: sa.FromClause) -> None:
    """One movement for each row of `moved`: lot_id, quantity (signed), source_id."""
    values = {
        "lot_id": moved.c.lot_id,
        "kind": sa.literal(kind),
        "quantity": moved.c.quantity,
        "on_date": sa.literal(scope.as_of),
        "source_id": moved.c.source_id,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, movements, moved, values, order_by=moved.c.lot_id)


def balance(of: sa.FromClause, scope: Scope) -> Column:
    """What the customer of a row of `of` may spend of its credit type on the business date, as a scalar subquery."""
    total = sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), sa.cast(0, sa.Numeric)))
    own = (lots.c.customer == of.c.customer) & (lots.c.credit_type == of.c.credit_type)
    return total.where(own, usable(scope.as_of)).correlate(of).scalar_subquery()


def spend(connection: sa.Connection, scope: Scope, wanted: Staged, kind: str) -> Staged:
    """Take what each row of `wanted` asks for from the usable lots, soonest expiry first (L7.3).

    `wanted`: customer, credit_type, source_id, quantity, place (the order within a customer and credit type); there is
    enough for all of it. Returns lot_id, source_id, quantity (below zero): what was taken from which lot.
    """
    taken = stage(connection, "taken_lots", _matches(scope, wanted))
    _move(connection, scope, kind, taken)
    _bring_up_to_date(connection, taken)
    return taken


def _bring_up_to_date(connection: sa.Connection, moved: Staged) -> None:
    """What remains of the lots of `moved` (lot_id, quantity) changes by the sum of their movements."""
    m = moved.c
    total = sa.select(m.lot_id, sa.func.sum(m.quantity).label("quantity")).group_by(m.lot_id).subquery("total")
    connection.execute(
        sa.update(lots).where(lots.c.lot_id == total.c.lot_id).values(remaining=lots.c.remaining + total.c.quantity)
    )


def _matches(scope: Scope, wanted: Staged) -> sa.Select[Any]:
    """Two queues laid end to end for each customer and credit type: what is wanted, and what the lots hold."""
    w = wanted.c
    key = (w.customer, w.credit_type)
    since, until = queue(w.quantity, key, (w.place,))
    wants = sa.select(*key, w.source_id, since.label("since"), until.label("until")).subquery("wants")
    owners = sa.select(*key).distinct().subquery("owners")
    own = (lots.c.customer == owners.c.customer) & (lots.c.credit_type == owners.c.credit_type)
    lot_since, lot_until = queue(lots.c.remaining, (lots.c.customer, lots.c.credit_type), SOONEST_EXPIRY)
    has = (
        sa.select(lots.c.lot_id, owners, lot_since.label("since"), lot_until.label("until"))
        .join_from(owners, lots, own)
        .where(usable(scope.as_of))
        .subquery("has")
    )
    quantity = overlap(wants.c.since, wants.c.until, has.c.since, has.c.until)
    same = (wants.c.customer == has.c.customer) & (wants.c.credit_type == has.c.credit_type)
    return (
        sa.select(has.c.lot_id, wants.c.source_id, (-quantity).label("quantity"))
        .join_from(wants, has, same)
        .where(quantity > 0)
    )


def give_back(connection: sa.Connection, scope: Scope, of: sa.FromClause, request: Column, kind: str) -> None:
    """Return to their lots what the requests of `of` took by movements of `kind`, less what went back before (L3.5)."""
    m = movements.c
    still_taken = -sa.func.sum(m.quantity)
    taken = (
        sa.select(m.lot_id, m.source_id, still_taken.label("quantity"))
        .join_from(of, movements, m.source_id == request)
        .where(m.kind.in_((kind, "return")))
        .group_by(m.lot_id, m.source_id)
        .having(still_taken > 0)
    )
    put_back(connection, scope, "return", stage(connection, "lots_given_back", taken))


def put_back(connection: sa.Connection, scope: Scope, kind: str, back: Staged) -> None:
    """Fill lots again by one movement of `kind` for each row of `back`: lot_id, quantity (above zero), source_id."""
    _move(connection, scope, kind, back)
    _bring_up_to_date(connection, back)


def withdraw(connection: sa.Connection, scope: Scope, back: Staged) -> None:
    """Take the lots of `back` (lot_id, source, source_id, quantity) out of use: the run that filled them is undone."""
    reversed_ = sa.select(back.c.lot_id, back.c.source, back.c.source_id, (-back.c.quantity).label("quantity"))
    for source in ("grant", "charge", "earn"):
        _move(connection, scope, source, reversed_.where(back.c.source == source).subquery("reversed"))
    connection.execute(
        sa.update(lots).where(lots.c.lot_id == back.c.lot_id).values(remaining=0, withdrawn_on=scope.as_of)
    )


def expire(connection: sa.Connection, scope: Scope, of: Column) -> Outcome:
    """Expire what is left of the lots that meet `of`, by one movement each (L7.4)."""
    over = sa.select(lots.c.lot_id, (-lots.c.remaining).label("quantity"), lots.c.source_id).where(
        is_over(scope.as_of), of, scope.shard.holds(lots.c.customer)
    )
    expired = stage(connection, "expired_lots", over)
    if expired.rows:
        _move(connection, scope, "expiry", expired)
        connection.execute(sa.update(lots).where(lots.c.lot_id == expired.c.lot_id).values(remaining=0))
    return Outcome({"expired_lots": expired.rows})
