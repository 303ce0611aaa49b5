"""Numbers without gaps (L6.1): a company's series is counted on from and moved in the transaction that issues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.companies import companies
from models.invoices import invoice_series
from models.rules.numbers import invoice_number
from tasks.staging import Staged, stage
from tasks.step import Scope


def open_series(connection: sa.Connection, as_of: date) -> None:
    """Make sure that every company has a series for the year of issue."""
    rows = sa.select(companies.c.company, sa.literal(as_of.year), sa.literal(0))
    connection.execute(
        insert(invoice_series).from_select(("company", "year", "last_no"), rows).on_conflict_do_nothing()
    )


def stage_numbered(
    connection: sa.Connection,
    scope: Scope,
    name: str,
    documents: sa.Select[Any],
    order: Sequence[str],
    *,
    apart: str | None = None,
) -> Staged:
    """Stage `documents` (company, net_minor, tax_minor, …) numbered in `order`: series_no, invoice, total_minor.

    Rows for which the column `apart` is true will not be issued; they take no number from the others. Call
    `close_series` in the same transaction.
    """
    if scope.relay is None:
        open_series(connection, scope.as_of)
        series: sa.FromClause = sa.select(invoice_series).where(invoice_series.c.year == scope.as_of.year).subquery()
    else:
        unnumbered = stage(connection, f"{name}_unnumbered", documents)
        scope.relay.claim(scope.as_of, _to_number(connection, unnumbered, apart))
        series, documents = scope.relay.series(connection, scope.as_of.year), sa.select(unnumbered)
    return stage(connection, name, _numbered(documents, series, scope.as_of.year, order, apart))


def _to_number(connection: sa.Connection, documents: Staged, apart: str | None) -> dict[str, int]:
    """How many of `documents` take a number, by company."""
    company = documents.c.company
    meant = ~documents.c[apart] if apart else sa.true()
    counts = sa.select(company, sa.func.count()).where(meant).group_by(company)
    return {id_: count for id_, count in connection.execute(counts)}


def _numbered(
    documents: sa.Select[Any], series: sa.FromClause, year: int, order: Sequence[str], apart: str | None
) -> sa.Select[Any]:
    d = documents.subquery("documents")
    lines = [d.c.company] if apart is None else [d.c.company, d.c[apart]]
    place = sa.func.row_number().over(partition_by=lines, order_by=[d.c[name] for name in order])
    placed = (
        sa.select(d, sa.cast(series.c.last_no + place, sa.BigInteger).label("series_no"), companies.c.invoice_prefix)
        .join_from(d, companies, companies.c.company == d.c.company)
        .join(series, series.c.company == d.c.company)
        .subquery("placed")
    )
    return sa.select(
        *(column for column in placed.c if column.name != "invoice_prefix"),
        (placed.c.net_minor + placed.c.tax_minor).label("total_minor"),
        invoice_number(placed.c.invoice_prefix, year, placed.c.series_no).label("invoice"),
    )


def close_series(connection: sa.Connection, scope: Scope, issued: sa.TableClause) -> None:
    """Move each series to the last number that `issued` took from it; among parts at work at once the relay does."""
    if scope.relay is not None:
        return
    last = (
        sa.select(issued.c.company, sa.func.max(issued.c.series_no).label("no")).group_by(issued.c.company).subquery()
    )
    connection.execute(
        sa.update(invoice_series)
        .where(invoice_series.c.company == last.c.company, invoice_series.c.year == scope.as_of.year)
        .values(last_no=last.c.no)
    )
