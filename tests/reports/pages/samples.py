"""A report of a test's own, over rows that the test writes: no night has to run before it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from reports.arrow import Rows, fetch
from reports.company import Company
from reports.pages.knowledge import Knowledge
from reports.report import Chart, Column, Kind, Report

AS_OF = date(2028, 3, 20)
PRODUCED_AT = datetime(2028, 3, 21, 3, 15, tzinfo=UTC)
KNOWN = Knowledge(AS_OF, PRODUCED_AT, AS_OF, "completed", 30)
ARABIC = Company("himma", "نادي الهمّة", "Asia/Riyadh", "SAR", "ar")
PERSIAN = Company("sepidar", "سپیدار", "Asia/Tehran", "IRR", "fa")
ENGLISH = Company("dhow", "Dhow & Pearl <Club>", "Asia/Kuwait", "KWD", "en")
HOSTILE = "<script>alert(1)</script>"
COLUMNS = (
    Column("customer", "id", "Customer", "The customer's id."),
    Column("name", "text", "Name", "The customer's name as it is today."),
    Column("status", "id", "Open", "", words={"open": "Open"}),
    Column("currency", "id", "Currency", ""),
    Column("amount", "money", "Open", "Invoiced, neither paid nor credited.", total=True),
    Column("visits", "count", "Oldest", "", total=True),
    Column("share", "percent", "Open by age", ""),
    Column("month", "month", "Oldest", ""),
    Column("due_on", "date", "Oldest", ""),
)
ROWS = (
    ("c1", HOSTILE, "open", "SAR", "1234.50", 3, "0.9234", date(2028, 3, 1), date(2028, 3, 9)),
    ("c2", '=HYPERLINK("x")', "open", "SAR", "0.05", 0, None, date(2028, 2, 1), None),
    ("c3", "سطر\nسطران، «اسم»", "void", "KWD", "7.005", 2, "1", date(2028, 2, 1), date(2027, 12, 31)),
    ("@c4", "", "open", "JPY", "12345678901234567", 1, "0", date(2028, 1, 1), date(2028, 1, 1)),
)
"""A tag, a formula, a line break, an empty text, three kinds of decimals, and more digits than a float has."""
_SQL: dict[Kind, Any] = {"money": sa.Numeric, "percent": sa.Numeric, "number": sa.Numeric, "quantity": sa.Numeric}
_SQL |= {"count": sa.BigInteger, "days": sa.BigInteger, "date": sa.Date, "month": sa.Date}


def sample(
    *charts: Chart, columns: Sequence[Column] = COLUMNS, rows: Sequence[tuple[Any, ...]] = ROWS, **also: Any
) -> Report:
    """A report that returns `rows` as they stand."""

    def query(company: str, as_of: date) -> sa.Select[Any]:
        parts = [
            sa.select(sa.literal(place).label("place"), *(_value(c, v) for c, v in zip(columns, row, strict=True)))
            for place, row in enumerate(rows)
        ]
        none = sa.select(sa.literal(-1).label("place"), *(_value(c, None) for c in columns)).where(sa.false())
        given = sa.union_all(none, *parts).subquery("given")
        return sa.select(*(given.c[column.name] for column in columns)).order_by(given.c.place)

    texts = {
        "name": "sample",
        "title": "Aging of receivables",
        "question": "Who owes how much, and how long has it been due?",
    }
    texts |= {"grain": "One row a customer and currency with anything to pay."}
    return Report(**{"section": "money", "columns": tuple(columns), "query": query, "charts": charts} | texts | also)


def _value(column: Column, value: Any) -> Any:
    given = (
        Decimal(value)
        if isinstance(value, str) and column.kind in ("money", "percent", "number", "quantity")
        else value
    )
    return sa.cast(sa.literal(given), _SQL.get(column.kind, sa.Text)).label(column.name)


@contextmanager
def fetched(store: sa.Connection, report: Report) -> Iterator[Rows]:
    """The rows of a report as of AS_OF."""
    with tempfile.TemporaryFile() as spool:
        yield fetch(store, report, "himma", AS_OF, spool)
