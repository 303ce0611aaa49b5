"""Numbers without gaps (L6.1): a company's series row is locked, counted on from, and moved in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.companies import companies
from models.invoices import invoice_series
from models.rules.numbers import invoice_number


def open_series(connection: sa.Connection, as_of: date) -> None:
    """Make sure that every company has a series for the year of issue."""
    rows = sa.select(companies.c.company, sa.literal(as_of.year), sa.literal(0))
    connection.execute(
        insert(invoice_series).from_select(("company", "year", "last_no"), rows).on_conflict_do_nothing()
    )


def numbered(
    documents: sa.Select[Any], as_of: date, order: Sequence[str], *, apart: str | None = None
) -> sa.Select[Any]:
    """`documents` (with `company`, net_minor, tax_minor) with series_no, invoice and total_minor, numbered in `order`.

    Rows for which the column `apart` is true will not be issued; they take no number from the others. Stage the rows,
    then call `close_series` in the same transaction.
    """
    d = documents.subquery("documents")
    series = [d.c.company] if apart is None else [d.c.company, d.c[apart]]
    place = sa.func.row_number().over(partition_by=series, order_by=[d.c[name] for name in order])
    series_no = (invoice_series.c.last_no + place).label("series_no")
    placed = (
        sa.select(d, series_no, companies.c.invoice_prefix)
        .join_from(d, companies, companies.c.company == d.c.company)
        .join(invoice_series, (invoice_series.c.company == d.c.company) & (invoice_series.c.year == as_of.year))
        .subquery("placed")
    )
    return sa.select(
        *(column for column in placed.c if column.name != "invoice_prefix"),
        (placed.c.net_minor + placed.c.tax_minor).label("total_minor"),
        invoice_number(placed.c.invoice_prefix, as_of.year, placed.c.series_no).label("invoice"),
    )


def close_series(connection: sa.Connection, as_of: date, issued: sa.TableClause) -> None:
    """Move each series to the last number that `issued` took from it."""
    last = (
        sa.select(issued.c.company, sa.func.max(issued.c.series_no).label("no")).group_by(issued.c.company).subquery()
    )
    connection.execute(
        sa.update(invoice_series)
        .where(invoice_series.c.company == last.c.company, invoice_series.c.year == as_of.year)
        .values(last_no=last.c.no)
    )
