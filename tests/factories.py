"""A small club for a test that names only what matters; the rest is ordinary: SAR, monthly, 100.00 plus 15 %.

`club` and `arrive` write intake files and load them by the front door, `nightly` and `flow` run business days, `seen`
and `only` read the published views. Dates are ISO texts and amounts are as the views show them: "115.00".

    club(tmp_path, plan={"grace_days": 2}, memberships=[{"started_on": "2028-02-29"}])
    nightly("2028-02-29", "2028-03-02")
    assert statuses() == {"m1": "expired"}
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from flows.business_day import Day, run_days
from tests.support import load_rows, run_daily, view

Row = dict[str, Any]
Rows = Iterable[Mapping[str, Any]]

COMPANY: Row = {"company": "club", "name": "Club", "timezone": "Asia/Riyadh", "currency": "SAR"}
PLAN: Row = {
    "plan": "gym",
    "company": "club",
    "name": "Gym",
    "interval_unit": "month",
    "interval_count": 1,
    "currency": "SAR",
    "tax_rate": "0.15",
    "tax_included": "false",
    "terms_days": 14,
    "lead_days": 0,
    "grace_days": 5,
    "auto_renew": "true",
    "closable": "true",
    "on_expiry": "void",
    "price": 100,
}
"""`price` is a number, or {effective_from: number}; the other names are those of intake.md."""
CUSTOMER: Row = {"customer": "u", "company": "club", "kind": "person", "name": "Member"}
SINCE_EVER = "2000-01-01"


def club(
    folder: Path,
    *,
    company: Row | None = None,
    companies: Rows = ({},),
    plan: Row | None = None,
    plans: Rows = ({},),
    customers: Rows = (),
    memberships: Rows = (),
    payments: Rows = (),
    refunds: Rows = (),
) -> None:
    """Load a club. Customers that only memberships, payments or refunds name are ordinary ones of the first company."""
    of_companies = [COMPANY | (company or {}) | dict(row) for row in companies]
    of_plans = [PLAN | (plan or {}) | dict(row) for row in plans]
    facts = {"memberships": memberships, "payments": payments, "refunds": refunds}
    complete = {entity: list(_complete(entity, rows, of_plans[0]["plan"])) for entity, rows in facts.items()}
    named = dict.fromkeys(row["customer"] for rows in complete.values() for row in rows)
    known = {row.get("customer", "u"): dict(row) for row in customers}
    load(
        folder,
        companies=[{"invoice_prefix": row["company"].upper()} | row for row in of_companies],
        plans=[{name: value for name, value in row.items() if name != "price"} for row in of_plans],
        plan_prices=[price for row in of_plans for price in _prices(row)],
        customers=[
            CUSTOMER | {"company": of_companies[0]["company"], "customer": name} | known.get(name, {})
            for name in dict.fromkeys([*known, *named])
        ],
        **complete,
    )


def _prices(plan: Row) -> list[Row]:
    versions = plan["price"] if isinstance(plan["price"], dict) else {SINCE_EVER: plan["price"]}
    return [{"plan": plan["plan"], "effective_from": since, "price": price} for since, price in versions.items()]


def _complete(entity: str, rows: Rows, plan: str = "gym") -> Iterable[Row]:
    """Facts with what a test need not say: ids m1, p1, r1 by their place, the customer u, the first plan, SAR."""
    ordinary = {"memberships": {"plan": plan}, "payments": {"currency": "SAR"}, "refunds": {"currency": "SAR"}}[entity]
    for place, row in enumerate(rows, start=1):
        yield {entity[:-1]: f"{entity[0]}{place}", "customer": "u"} | ordinary | dict(row)


def arrive(folder: Path, *, plan: str = "gym", **entities: Rows) -> None:
    """Load more rows of a club that stands: facts are completed, master data comes as it is."""
    later = folder / f"later-{sum(1 for path in folder.iterdir() if path.is_dir())}"
    facts = {"memberships", "payments", "refunds"} & entities.keys()
    load(later, **entities | {name: list(_complete(name, entities[name], plan)) for name in facts})


def load(folder: Path, **entities: Rows) -> None:
    """Load rows as they are; a factory's rows are never rejected."""
    refused = [loaded for loaded in load_rows(folder, entities) if loaded.rejected]
    assert not refused, refused


def day(text: str) -> date:
    """The date that an ISO text names."""
    return date.fromisoformat(text)


def nightly(first: str, last: str | None = None) -> list[Day]:
    """Each business day from first to last as a nightly run of its own."""
    return run_daily(day(first), day(last or first))


def flow(name: str, on: str) -> list[Day]:
    """One flow for one day: days before it are not made up for, so a story can jump."""
    return list(run_days(name, day(on)))


def seen(of: str, columns: str, **where: Any) -> list[tuple[Any, ...]]:
    """The named columns of the rows of a published view that meet `where`, in the order of these columns."""
    names = columns.split()
    rows = [{name: told(value) for name, value in row.items()} for row in view(of)]
    found = [tuple(row[name] for name in names) for row in rows if all(row[name] == where[name] for name in where)]
    return sorted(found, key=lambda values: [str(value) for value in values])


def only(of: str, columns: str, **where: Any) -> Any:
    """The one row that there is, as `seen` shows it; its value where one column is asked for."""
    (row,) = seen(of, columns, **where)
    return row if len(row) > 1 else row[0]


def told(value: Any) -> Any:
    """Dates and amounts as texts."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def statuses() -> dict[str, str]:
    """The status of each membership."""
    return dict(seen("memberships", "membership status"))
