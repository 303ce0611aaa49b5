"""Giving back what was paid: money to the customer's unapplied credit, points to the lots they came from (L3.5)."""

from __future__ import annotations

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import point_allocations
from tasks.books import write_entries
from tasks.lots import give_back
from tasks.rows import insert_rows
from tasks.settlement import add_to_credit, record_allocations, totals_by
from tasks.staging import Staged, stage
from tasks.standing import restand
from tasks.step import Scope


def return_money(connection: sa.Connection, scope: Scope, returned: Staged) -> None:
    """Each row of `returned` (payment, invoice, company, currency, amount_minor) is unapplied credit again."""
    if not returned.rows:
        return
    r = returned.c
    record_allocations(connection, scope, returned, kind="return", amount=-r.amount_minor)
    add_to_credit(connection, returned, r.amount_minor)
    write_entries(
        connection, scope, returned, "return", r.payment, receivable=r.amount_minor, customer_credit=-r.amount_minor
    )


def return_points(connection: sa.Connection, scope: Scope, returned: Staged) -> None:
    """The points of each row of `returned` (redemption, invoice, company, currency, amount_minor, points) go back."""
    if not returned.rows:
        return
    r = returned.c
    values = {
        "redemption": r.redemption,
        "invoice": r.invoice,
        "run_id": sa.literal(scope.run_id),
        "kind": sa.literal("return"),
        "points": -r.points,
        "amount_minor": -r.amount_minor,
        "on_date": sa.literal(scope.as_of),
    }
    insert_rows(connection, point_allocations, returned, values)
    give_back(connection, scope, returned, r.redemption, "redemption")
    write_entries(
        connection, scope, returned, "return", r.redemption, receivable=r.amount_minor, points_expense=-r.amount_minor
    )


def unpay_invoices(connection: sa.Connection, returned: Staged) -> None:
    """Lower what is paid of invoices by the rows of `returned` (invoice, amount_minor) that was given back.

    An invoice that is open again has granted and earned nothing yet.
    """
    if not returned.rows:
        return
    r = returned.c
    less = totals_by(r.invoice, r.amount_minor)
    connection.execute(
        sa.update(invoices)
        .where(invoices.c.invoice == less.c.invoice)
        .values(
            paid_minor=invoices.c.paid_minor - less.c.amount_minor,
            settled_on=None,
            granted_on=None,
            earned_on=None,
        )
    )
    owing = sa.select(invoices.c.membership).join_from(returned, invoices, invoices.c.invoice == r.invoice)
    restand(connection, stage(connection, "owing_again", owing.where(invoices.c.kind == "membership").distinct()))
