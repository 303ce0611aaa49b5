"""Issuing membership invoices: the documents, their periods, the books and the messages, from one staged table."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import periods
from tasks.books import write_entries
from tasks.numbering import close_series
from tasks.outbox import queue_messages
from tasks.rows import insert_rows
from tasks.step import Scope

Column = sa.ColumnElement[Any]


def issue(connection: sa.Connection, scope: Scope, billed: sa.TableClause) -> None:
    """Write one invoice, period, book entry and message for each row of `billed` (L3.6, L6.1, L10)."""
    close_series(connection, scope, billed)
    insert_invoices(connection, scope, billed, "membership")
    _insert_periods(connection, scope, billed)
    b = billed.c
    write_entries(
        connection,
        scope,
        billed,
        "issue",
        b.invoice,
        receivable=b.total_minor,
        deferred_revenue=-b.net_minor,
        tax=-b.tax_minor,
    )
    queue_messages(
        connection,
        scope,
        billed,
        "invoice_issued",
        b.invoice,
        membership=b.membership,
        period_starts_on=b.starts_on,
        period_ends_on=b.ends_on,
        due_on=b.due_on,
        currency=b.currency,
        total_minor=b.total_minor,
    )


def insert_invoices(connection: sa.Connection, scope: Scope, billed: sa.TableClause, kind: str) -> None:
    """The documents themselves, in the order of their numbers; a zero total is paid at issue (L3.6)."""
    b = billed.c
    values: dict[str, Column] = {
        "invoice": b.invoice,
        "series_no": b.series_no,
        "company": b.company,
        "customer": b.customer,
        "membership": b.membership,
        "kind": sa.literal(kind),
        "period_starts_on": b.starts_on,
        "period_ends_on": b.ends_on,
        "issued_on": sa.literal(scope.as_of),
        "due_on": b.due_on,
        "currency": b.currency,
        "unit_price_minor": b.unit_price_minor,
        "quantity": b.quantity,
        "discount_percent": b.discount_percent,
        "tax_rate": b.tax_rate,
        "tax_included": b.tax_included,
        "net_minor": b.net_minor,
        "tax_minor": b.tax_minor,
        "total_minor": b.total_minor,
        "settled_on": sa.case((b.total_minor == 0, scope.as_of)),
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, invoices, billed, values, order_by=b.series_no)


def _insert_periods(connection: sa.Connection, scope: Scope, billed: sa.TableClause) -> None:
    b = billed.c
    values: dict[str, Column] = {
        "membership": b.membership,
        "starts_on": b.starts_on,
        "ends_on": b.ends_on,
        "anchor_on": b.anchor_on,
        "ordinal": b.ordinal,
        "bills_on": b.bills_on,
        "invoice": b.invoice,
        "opened_on": sa.literal(scope.as_of),
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, periods, billed, values)
