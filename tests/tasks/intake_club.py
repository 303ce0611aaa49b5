"""What the intake's tests share: a small club to load files into, an ordinary row of every entity, what was stored.

club()
loaded = load(tmp_path, "payments", row("payments", amount="1.234"))
assert reasons() == {"P1": "amount_over_precise"}
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from models.intake.catalogue import ENTITIES
from models.operations import rejects
from tasks.database import transaction
from tasks.intake import Loaded
from tasks.intake import load as load_file

Row = dict[str, Any]
LOADED_ON = date(2028, 1, 1)

ORDINARY: dict[str, Row] = {
    "companies": {
        "company": "acme",
        "name": "Acme",
        "timezone": "Asia/Riyadh",
        "currency": "SAR",
        "invoice_prefix": "ACM",
    },
    "close_reasons": {"company": "acme", "reason": "moved", "customer_may_choose": "true"},
    "credit_types": {"company": "acme", "credit_type": "hour", "unit": "hour", "decimals": "1"},
    "plans": {
        "plan": "month",
        "company": "acme",
        "name": "Monthly",
        "interval_unit": "month",
        "interval_count": "1",
        "currency": "SAR",
        "tax_rate": "0.15",
        "tax_included": "false",
        "terms_days": "7",
        "lead_days": "3",
        "grace_days": "5",
        "auto_renew": "true",
        "closable": "true",
        "on_expiry": "void",
    },
    "plan_prices": {"plan": "month", "effective_from": "2020-01-01", "price": "100.00"},
    "plan_credits": {"plan": "month", "credit_type": "hour", "quantity": "2.5"},
    "loyalty_rules": {"rule": "R1", "company": "acme", "priority": "1", "spend_amount": "10", "points": "1"},
    "dunning_levels": {"company": "acme", "level": "1", "days_overdue": "3", "fee": "5.00"},
    "customers": {"customer": "C1", "company": "acme", "kind": "person", "name": "Sara"},
    "memberships": {"membership": "M1", "customer": "C1", "plan": "month", "started_on": "2028-01-31"},
    "payments": {"payment": "P1", "customer": "C1", "amount": "115.00", "currency": "SAR", "paid_on": "2028-01-31"},
    "refunds": {"refund": "F1", "customer": "C1", "amount": "5.00", "currency": "SAR", "refunded_on": "2028-02-29"},
    "freezes": {
        "freeze": "Z1",
        "membership": "M1",
        "requested_on": "2028-02-01",
        "starts_on": "2028-02-10",
        "resumes_on": "2028-02-20",
    },
    "closures": {
        "closure": "X1",
        "membership": "M1",
        "requested_on": "2028-03-01",
        "origin": "customer",
        "effective": "now",
    },
    "renewals": {"renewal": "N1", "membership": "M1", "requested_on": "2028-03-01"},
    "credit_charges": {
        "charge": "H1",
        "customer": "C1",
        "credit_type": "hour",
        "quantity": "2.5",
        "charged_on": "2028-02-01",
        "starts_on": "2028-02-01",
    },
    "credit_usages": {
        "usage": "U1",
        "customer": "C1",
        "credit_type": "hour",
        "quantity": "0.5",
        "used_on": "2028-02-01",
    },
    "redemptions": {"redemption": "D1", "customer": "C1", "points": "10", "requested_on": "2028-02-01"},
}
"""A row of every entity that the intake accepts, in the order of intake.md: each refers to those before it."""

CURRENCIES = {"kwt": ("KWD", 3), "jpn": ("JPY", 0)}
"""Companies beside `acme`, with a plan and a customer of their name: three decimals, and none."""


def row(entity: str, **changes: Any) -> Row:
    """An ordinary row with some of its values changed."""
    return ORDINARY[entity] | changes


def club() -> None:
    """Put master data in the store: the ordinary rows, and the like for each other currency. A month costs 100."""
    others = CURRENCIES.items()
    price = {"plan": "month", "effective_from": "2020-01-01", "price_minor": 10_000}
    _insert("companies", *(row("companies", company=c, currency=m, invoice_prefix=c.upper()) for c, (m, _) in others))
    _insert("credit_types")
    _insert("plans", *(row("plans", plan=c, company=c, currency=m) for c, (m, _) in others))
    _insert("plan_prices", *(price | {"plan": c, "price_minor": 100 * 10**d} for c, (_, d) in others), first=price)
    _insert("customers", *(row("customers", customer=c, company=c) for c, _ in others))


def _insert(entity: str, *more: Row, first: Row | None = None) -> None:
    """Store rows without the intake, many times faster: what they are is no question of these tests."""
    table, rows = ENTITIES[entity].table.fullname, [first or row(entity), *more]
    names = ", ".join(rows[0])
    values = f"SELECT {names} FROM jsonb_populate_recordset(NULL::{table}, cast(:rows AS jsonb))"
    with transaction() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) {values}"), {"rows": json.dumps(rows)})


def load(folder: Path, entity: str, *rows: Mapping[str, Any], name: str | None = None) -> Loaded:
    """Load rows as a file; its name says the format. Without rows the file has all columns and no record."""
    path = folder / (name or f"{entity}.csv")
    columns = list(dict.fromkeys(column for each in rows for column in each))
    writers = {".csv": _write_csv, ".jsonl": _write_json, ".parquet": _write_parquet}
    writers[path.suffix](path, columns or [field.name for field in ENTITIES[entity].fields], rows)
    return load_file(path, LOADED_ON)


def load_text(folder: Path, name: str, content: str | bytes) -> Loaded:
    """Load a file of exactly this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_file(path, LOADED_ON)


def _write_csv(path: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def _write_json(path: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows), encoding="utf-8")


def _write_parquet(path: Path, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> None:
    pq.write_table(pa.table({column: [each.get(column) for each in rows] for column in columns}), path)


def counts(of: Loaded) -> tuple[int, int, int]:
    """loaded, unchanged, rejected."""
    return of.loaded, of.unchanged, of.rejected


def stored(entity: str, *columns: str) -> list[tuple[Any, ...]]:
    """The stored rows of an entity by their key, as tuples of the columns."""
    table = ENTITIES[entity].table
    chosen = [table.c[name] for name in columns] or [table]
    with transaction() as connection:
        found = connection.execute(sa.select(*chosen).order_by(*table.primary_key))
        return [tuple(each) for each in found]


def rejected(*columns: str) -> list[tuple[Any, ...]]:
    """The rejects in the order in which they came, as tuples of the columns."""
    with transaction() as connection:
        found = connection.execute(sa.select(*(rejects.c[name] for name in columns)).order_by(rejects.c.reject_id))
        return [tuple(each) for each in found]


def reasons() -> dict[str | None, str]:
    """The reason by record of all rejects."""
    return dict(rejected("record", "reason"))


def message() -> str:
    """The message of the only reject."""
    ((text,),) = rejected("message")
    return text
