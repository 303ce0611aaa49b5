"""Voiding: credit notes in full for the open invoices of periods, and their money back to unapplied credit (L3.5)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import periods
from models.payments import allocations, payments
from tasks.billing import insert_rows, write_entries
from tasks.numbering import close_series, numbered, open_series
from tasks.staging import Staged, stage
from tasks.standing import restand
from tasks.step import Scope


def void_open_periods(connection: sa.Connection, scope: Scope, of: Staged) -> Staged:
    """Credit every unpaid period invoice of the memberships of `of` in full; returns the credit notes, staged.

    An invoice whose correction has been issued is void, its period too, and what was paid on it is free again.
    """
    open_series(connection, scope.as_of)
    notes = stage(
        connection, "notes", numbered(_open_period_invoices(of), scope.as_of, ("membership", "period_starts_on"))
    )
    if not notes.rows:
        return notes
    close_series(connection, scope.as_of, notes)
    _return_money(connection, scope, notes)
    _void(connection, scope, notes)
    _issue_notes(connection, scope, notes)
    restand(connection, stage(connection, "voided_memberships", sa.select(notes.c.membership).distinct()))
    return notes


def _open_period_invoices(of: sa.TableClause) -> sa.Select[Any]:
    """The reverse of each open invoice of a period, as its credit note will show it."""
    i = invoices.c
    kept = (
        i.company,
        i.customer,
        i.membership,
        i.period_starts_on,
        i.period_ends_on,
        i.currency,
        i.unit_price_minor,
        i.quantity,
        i.discount_percent,
        i.tax_rate,
        i.tax_included,
    )
    return (
        sa.select(
            *kept, i.invoice.label("corrects"), (-i.net_minor).label("net_minor"), (-i.tax_minor).label("tax_minor")
        )
        .select_from(
            of.join(periods, periods.c.membership == of.c.membership).join(invoices, i.invoice == periods.c.invoice)
        )
        .where(~periods.c.void, i.open_minor > 0)
    )


def _return_money(connection: sa.Connection, scope: Scope, notes: sa.TableClause) -> None:
    """What payments had paid on the invoices goes back to the customer's unapplied credit."""
    a = allocations.c
    amount = sa.cast(sa.func.sum(a.amount_minor), sa.BigInteger)
    paid = (
        sa.select(a.payment, a.invoice, notes.c.company, notes.c.currency, amount.label("amount_minor"))
        .join_from(notes, allocations, a.invoice == notes.c.corrects)
        .group_by(a.payment, a.invoice, notes.c.company, notes.c.currency)
        .having(amount > 0)
    )
    returned = stage(connection, "returned", paid)
    r = returned.c
    values = {
        "payment": r.payment,
        "invoice": r.invoice,
        "run_id": sa.literal(scope.run_id),
        "amount_minor": -r.amount_minor,
        "on_date": sa.literal(scope.as_of),
        "kind": sa.literal("return"),
    }
    insert_rows(connection, allocations, returned, values)
    total = sa.cast(sa.func.sum(r.amount_minor), sa.BigInteger).label("amount_minor")
    freed = sa.select(r.payment, total).group_by(r.payment).subquery("freed")
    connection.execute(
        sa.update(payments)
        .where(payments.c.payment == freed.c.payment)
        .values(unapplied_minor=payments.c.unapplied_minor + freed.c.amount_minor)
    )
    write_entries(
        connection, scope, returned, "return", r.payment, receivable=r.amount_minor, customer_credit=-r.amount_minor
    )


def _void(connection: sa.Connection, scope: Scope, notes: sa.TableClause) -> None:
    connection.execute(
        sa.update(invoices).where(invoices.c.invoice == notes.c.corrects).values(paid_minor=0, voided_on=scope.as_of)
    )
    connection.execute(sa.update(periods).where(periods.c.invoice == notes.c.corrects).values(void=sa.true()))


def _issue_notes(connection: sa.Connection, scope: Scope, notes: sa.TableClause) -> None:
    """The credit notes themselves, due on the day of issue, and their book entries: the reverse of the invoice's."""
    n = notes.c
    values: dict[str, sa.ColumnElement[Any]] = {
        **{column.name: column for column in n},
        "kind": sa.literal("credit_note"),
        "issued_on": sa.literal(scope.as_of),
        "due_on": sa.literal(scope.as_of),
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, invoices, notes, values, order_by=n.series_no)
    write_entries(
        connection,
        scope,
        notes,
        "credit_note",
        n.invoice,
        receivable=n.total_minor,
        deferred_revenue=-n.net_minor,
        tax=-n.tax_minor,
    )
