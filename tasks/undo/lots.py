"""Undoing a run of credits or points: what was spent or expired is given back, what was filled is withdrawn."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import credit_charges, credit_usages, lots, movements, point_allocations, redemptions
from models.operations import runs
from tasks.lots import put_back, withdraw
from tasks.returns import return_points, unpay_invoices
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope, money_of
from tasks.undo.refusing import cancel_messages, is_rewarded, refuse_to_undo


def undo_spending(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """Usages wait again and what has expired has not: their movements are written with the sign turned."""
    m = movements.c
    back = movements.alias("back").c
    same = (back.lot_id == m.lot_id) & (back.kind == m.kind) & (back.source_id == m.source_id)
    put_back_before = sa.exists().where(same, back.quantity > 0, back.run_id > run_id)
    taken = sa.select(m.lot_id, m.source_id, (-m.quantity).label("quantity"))
    taken = taken.where(m.run_id == run_id, ~put_back_before)
    used = stage(connection, "unused", taken.where(m.kind == "usage"))
    put_back(connection, scope, "usage", used)
    expired = stage(connection, "unexpired", taken.where(m.kind == "expiry"))
    put_back(connection, scope, "expiry", expired)
    u = credit_usages.c
    waiting = connection.execute(
        sa.update(credit_usages).where(u.usage.in_(sa.select(used.c.source_id))).values(applied_on=None)
    ).rowcount
    return Outcome({"usages": waiting, "unexpired_lots": expired.rows, "refused": 0})


def undo_lots(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """The lots that the run filled are withdrawn; not where something of one, or of its sisters, has gone since."""
    own = sa.case((lots.c.remaining < lots.c.quantity, "spent"))
    # min() passes over NULLs. What one invoice gave stands or falls together: it is granted for once.
    reason = sa.func.min(own).over(partition_by=(lots.c.source, lots.c.source_id))
    filled = stage(
        connection,
        "filled_lots",
        sa.select(lots.c.lot_id, lots.c.source, lots.c.source_id, lots.c.quantity, reason.label("reason")).where(
            lots.c.run_id == run_id, lots.c.withdrawn_on.is_(None)
        ),
    )
    f = filled.c
    refused = refuse_to_undo(connection, scope, filled, "lots", sa.func.concat(f.source, " ", f.source_id))
    back = stage(connection, "withdrawn_lots", sa.select(filled).where(f.reason.is_(None)))
    withdraw(connection, scope, back)
    _look_again(connection, run_id, back)
    cancelled = cancel_messages(connection, run_id, "points_earned", sa.select(back.c.source_id))
    return Outcome({"lots": back.rows, "cancelled_messages": cancelled, "refused": refused})


def _look_again(connection: sa.Connection, run_id: int, back: Staged) -> None:
    """The invoices that the run looked at and that have no lot of it, and its charges, are the next run's again."""
    run = sa.select(runs.c.flow, runs.c.as_of).where(runs.c.run_id == run_id).subquery("run")
    for flow, source, column in (("credits", "grant", "granted_on"), ("points", "earn", "earned_on")):
        kept = sa.exists().where(
            lots.c.source == source, lots.c.source_id == invoices.c.invoice, lots.c.withdrawn_on.is_(None)
        )
        connection.execute(
            sa.update(invoices)
            .where(run.c.flow == flow, invoices.c[column] == run.c.as_of, ~kept)
            .values({column: None})
        )
    connection.execute(
        sa.update(credit_charges)
        .where(credit_charges.c.charge == back.c.source_id, back.c.source == "charge")
        .values(applied_on=None)
    )


def undo_redemptions(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """Points go back to their lots and the redemptions wait again; not where the invoice has given rewards."""
    paid = stage(connection, "paid_by_points", _redemptions_of(run_id))
    refused = refuse_to_undo(connection, scope, paid, "redemptions", paid.c.redemption)
    returned = stage(connection, "unredeemed", sa.select(paid).where(paid.c.reason.is_(None)))
    return_points(connection, scope, returned)
    unpay_invoices(connection, returned)
    connection.execute(
        sa.update(redemptions).where(redemptions.c.redemption == returned.c.redemption).values(applied_on=None)
    )
    return Outcome({"redemptions": returned.rows, "refused": refused}, money_of(connection, returned, "unredeemed"))


def _redemptions_of(run_id: int) -> sa.Select[Any]:
    """What the run's redemptions paid, unless it has gone back since."""
    a, i, back = point_allocations.c, invoices.c, point_allocations.alias("back").c
    gone = sa.exists().where(back.redemption == a.redemption, back.kind == "return", back.run_id > run_id)
    reason = sa.case((is_rewarded(a.invoice), "rewarded"))
    return (
        sa.select(a.redemption, a.invoice, a.points, a.amount_minor, i.company, i.currency, reason.label("reason"))
        .join_from(point_allocations, invoices, i.invoice == a.invoice)
        .where(a.run_id == run_id, a.kind == "redemption", ~gone)
    )
