"""Voiding: credit notes in full for open invoices of periods; what had been paid on them goes back (L3.5, L5.3).

Money goes back to the customer's unapplied credit, points to the lots they came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.lots import point_allocations
from models.memberships import periods
from models.payments import allocations
from tasks.books import write_entries
from tasks.numbering import close_series, stage_numbered
from tasks.returns import return_money, return_points
from tasks.rows import insert_rows
from tasks.staging import Staged, stage
from tasks.standing import restand
from tasks.step import Scope


def void_open_periods(connection: sa.Connection, scope: Scope, of: Staged) -> Staged:
    """Credit unpaid period invoices of the memberships of `of` in full; returns the credit notes, staged.

    `of`: membership, and `since`: the first start of a period that is meant; NULL for all of them.
    """
    unpaid = (
        sa.select(*reversed_documents())
        .select_from(
            of.join(periods, periods.c.membership == of.c.membership).join(
                invoices, invoices.c.invoice == periods.c.invoice
            )
        )
        .where(~periods.c.void, invoices.c.open_minor > 0, of.c.since.is_(None) | (periods.c.starts_on >= of.c.since))
    )
    return credit_in_full(connection, scope, unpaid, ("membership", "period_starts_on"))


def credit_in_full(connection: sa.Connection, scope: Scope, documents: sa.Select[Any], order: Sequence[str]) -> Staged:
    """Issue a credit note for each of `documents` (`reversed_documents`), numbered in `order`; returns them, staged.

    An invoice whose correction has been issued is void, its period too, and what was paid on it is free again.
    """
    notes = stage_numbered(connection, scope, "notes", documents, order)
    if not notes.rows:
        return notes
    close_series(connection, scope, notes)
    return_money(connection, scope, stage(connection, "returned", _returned_money(notes)))
    return_points(connection, scope, stage(connection, "returned_points", _returned_points(notes)))
    _void(connection, scope, notes)
    _issue_notes(connection, scope, notes)
    restand(connection, stage(connection, "voided_memberships", sa.select(notes.c.membership).distinct()))
    return notes


def reversed_documents() -> tuple[sa.ColumnElement[Any], ...]:
    """The columns of an invoice as its credit note will show it: what it says, its amounts turned round."""
    i = invoices.c
    return (
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
        i.invoice.label("corrects"),
        (-i.net_minor).label("net_minor"),
        (-i.tax_minor).label("tax_minor"),
        (i.kind == "fee").label("is_fee"),
    )


def _returned_money(notes: Staged) -> sa.Select[Any]:
    """What payments had paid on the invoices, less what has gone back before."""
    a, n = allocations.c, notes.c
    amount = sa.cast(sa.func.sum(a.amount_minor), sa.BigInteger)
    return (
        sa.select(a.payment, a.invoice, n.company, n.currency, amount.label("amount_minor"))
        .join_from(notes, allocations, a.invoice == n.corrects)
        .group_by(a.payment, a.invoice, n.company, n.currency)
        .having(amount > 0)
    )


def _returned_points(notes: Staged) -> sa.Select[Any]:
    """What points had paid on the invoices, less what has gone back before."""
    a, n = point_allocations.c, notes.c
    amount = sa.cast(sa.func.sum(a.amount_minor), sa.BigInteger)
    return (
        sa.select(a.redemption, a.invoice, n.company, n.currency, amount.label("amount_minor"))
        .add_columns(sa.func.sum(a.points).label("points"))
        .join_from(notes, point_allocations, a.invoice == n.corrects)
        .group_by(a.redemption, a.invoice, n.company, n.currency)
        .having(amount > 0)
    )


def _void(connection: sa.Connection, scope: Scope, notes: sa.TableClause) -> None:
    corrected = invoices.c.invoice == notes.c.corrects
    unsettled = dict.fromkeys(("settled_on", "granted_on", "earned_on"))
    connection.execute(sa.update(invoices).where(corrected).values(paid_minor=0, voided_on=scope.as_of, **unsettled))
    connection.execute(sa.update(periods).where(periods.c.invoice == notes.c.corrects).values(void=sa.true()))


def _issue_notes(connection: sa.Connection, scope: Scope, notes: sa.TableClause) -> None:
    """The credit notes themselves, due on the day of issue, and their book entries: the reverse of the invoice's."""
    n = notes.c
    values: dict[str, sa.ColumnElement[Any]] = {
        **{column.name: column for column in n if column.name != "is_fee"},
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
        deferred_revenue=sa.case((n.is_fee, 0), else_=-n.net_minor),
        fee_income=sa.case((n.is_fee, -n.net_minor), else_=0),
        tax=-n.tax_minor,
    )
