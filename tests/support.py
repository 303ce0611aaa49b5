"""What tests share: writing intake rows, running days, reading views."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.business_day import Day, run_days
from models.intake.catalogue import ENTITIES
from tasks import intake
from tasks.database import transaction

LOADED_ON = date(2028, 1, 1)


def load_folder(folder: Path, on_date: date = LOADED_ON) -> list[intake.Loaded]:
    """Load every file of a folder, in the order of intake.md."""
    return [intake.load(path, on_date) for path in intake.files_in([folder])]


def load_rows(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[intake.Loaded]:
    """Write rows by entity as CSV files into `folder` and load them."""
    write_rows(folder, rows)
    return load_folder(folder)


def write_rows(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    """Write rows by entity as CSV files into `folder`."""
    folder.mkdir(exist_ok=True)
    for entity, records in rows.items():
        names = [field.name for field in ENTITIES[entity].fields]
        with (folder / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(records)


def run_daily(first: date, last: date) -> list[Day]:
    """Each business day from first to last as a nightly run of its own."""
    count = (last - first).days + 1
    return [day for n in range(count) for day in run_days("nightly", first + timedelta(n))]


def catch_up(first: date, last: date) -> list[Day]:
    """The first day, an outage, and one nightly run that does all the others."""
    return [*run_days("nightly", first), *run_days("nightly", last)]


def view(name: str, order_by: str | None = None) -> list[dict[str, Any]]:
    """All rows of a view of the contract."""
    ordering = f" ORDER BY {order_by}" if order_by else ""
    with transaction() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.text(f"SELECT * FROM reporting.{name}{ordering}"))]


def plain(value: Any) -> str:
    """A value as it stands in a CSV file, numbers by their value: 10, 10.0 and 1E+1 are the same."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    try:
        return format(Decimal(str(value)).normalize() + 0, "f")
    except InvalidOperation:
        return str(value)


def multiset(rows: Iterable[Mapping[str, Any]], columns: Iterable[str]) -> Counter[tuple[str, ...]]:
    """Rows as a multiset of the given columns, order forgotten."""
    names = list(columns)
    return Counter(tuple(plain(row[name]) for name in names) for row in rows)
