"""Issuing membership invoices: the documents, their periods, the books and the messages, from one staged table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from models.books import entries
from models.companies import companies
from models.customers import customers
from models.invoices import invoices
from models.memberships import periods
from models.messages import messages
from tasks.numbering import close_series
from tasks.step import Scope

Column = sa.ColumnElement[Any]


def issue(connection: sa.Connection, scope: Scope, billed: sa.TableClause) -> None:
    """Write one invoice, period, book entry and message for each row of `billed` (L3.6, L6.1, L10)."""
    close_series(connection, scope.as_of, billed)
    _insert_invoices(connection, scope, billed)
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
    queue_messages(connection, scope, billed, "invoice_issued", b.invoice)


def _insert_invoices(connection: sa.Connection, scope: Scope, billed: sa.TableClause) -> None:
    b = billed.c
    values: dict[str, Column] = {
        "invoice": b.invoice,
        "series_no": b.series_no,
        "company": b.company,
        "customer": b.customer,
        "membership": b.membership,
        "kind": sa.literal("membership"),
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
        # A zero total is paid at issue (L3.6).
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


def write_entries(
    connection: sa.Connection,
    scope: Scope,
    of: sa.FromClause,
    event: str,
    source: Column,
    **amounts: Column,
) -> None:
    """One balanced book entry a row of `of` (with company, currency); `amounts` by account, a debit positive (L10)."""
    values: dict[str, Column] = {
        "company": of.c.company,
        "currency": of.c.currency,
        "on_date": sa.literal(scope.as_of),
        "event": sa.literal(event),
        "source": source,
        **amounts,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, entries, of, values)


def queue_messages(connection: sa.Connection, scope: Scope, of: sa.FromClause, kind: str, subject: Column) -> None:
    """One queued message a row of `of` (with customer), by the best way to reach the customer, in their language."""
    c = customers.c
    values: dict[str, Column] = {
        "kind": sa.literal(kind),
        "subject": subject,
        "customer": c.customer,
        "channel": sa.case(
            (c.email.isnot(None), "email"),
            (c.whatsapp.isnot(None), "whatsapp"),
            (c.phone.isnot(None), "sms"),
            else_="letter",
        ),
        "language": sa.func.coalesce(c.language, companies.c.language),
        "on_date": sa.literal(scope.as_of),
        "run_id": sa.literal(scope.run_id),
    }
    known = of.join(customers, c.customer == of.c.customer).join(companies, companies.c.company == c.company)
    insert_rows(connection, messages, known, values)


def insert_rows(
    connection: sa.Connection,
    into: sa.Table,
    source: sa.FromClause,
    values: Mapping[str, Column],
    *,
    where: sa.ColumnElement[bool] | None = None,
    order_by: Column | None = None,
) -> int:
    """INSERT INTO … SELECT: `values` by column name, one row of `into` for each of `source`; returns how many."""
    rows = sa.select(*(value.label(name) for name, value in values.items())).select_from(source)
    rows = rows if where is None else rows.where(where)
    rows = rows if order_by is None else rows.order_by(order_by)
    return connection.execute(sa.insert(into).from_select(list(values), rows)).rowcount
