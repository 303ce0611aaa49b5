"""A small club for a test that names only what matters; the rest is ordinary: SAR, monthly, 100.00 plus 15 %.

`club` and `arrive` write intake files and load them by the front door, `nightly` and `flow` run business days, `seen`
and `only` read the published views. Dates are ISO texts and amounts are as the views show them: "115.00".

    club(tmp_path, plan={"grace_days": 2}, memberships=[{"started_on": "2028-02-29"}])
    nightly("2028-02-29", "2028-03-02")
    assert statuses() == {"m1": "expired"}
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.business_day import Day, run_days
from tasks import database
from tests.conftest import use_database
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
    given = {entity: rows for entity, rows in entities.items() if rows}
    refused = [loaded for loaded in load_rows(folder, given) if loaded.rejected]
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


def night(on: str) -> None:
    """The flows of one business day without its audit, and without the days before it: for stories with long gaps."""
    for name in ("payments", "renewals", "grace"):
        flow(name, on)


def told(value: Any) -> Any:
    """Dates and amounts as texts."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def statuses() -> dict[str, str]:
    """The status of each membership."""
    return dict(seen("memberships", "membership status"))


BUSY_ON = "2028-03-01"


@contextmanager
def busy_club(shared_database: str, folder: Path) -> Iterator[sa.Connection]:
    """A club in which everything has happened by 1 March 2028, for a whole module: a test works in a savepoint.

    membership   customer   invoice            became
    carried      c1                            active, billed elsewhere until 7 March
    open         c2         CLUB-2028-000001   grace
    paid         c3         CLUB-2028-000002   active; 135 paid, 5 of the 20 left over refunded
    pending      c4                            to start in December; a payment and a refund of c4 wait until then
    void         c5         CLUB-2028-000003   expired with 40 paid, which went back; credit note CLUB-2028-000004
    """
    use_database(shared_database)
    with database.rehearsal() as connection:
        terms = {
            "carried": {"customer": "c1", "started_on": "2028-02-01", "paid_until": "2028-03-07"},
            "open": {"customer": "c2", "started_on": "2028-02-28", "plan": "kept"},
            "paid": {"customer": "c3", "started_on": "2028-02-28"},
            "pending": {"customer": "c4", "started_on": "2028-12-01"},
            "void": {"customer": "c5", "started_on": "2028-02-28"},
        }
        club(
            folder,
            plan={"interval_unit": "week", "grace_days": 2},
            plans=[{}, {"plan": "kept", "grace_days": 9}],
            memberships=[{"membership": name} | row for name, row in terms.items()],
            payments=[
                {"customer": "c3", "amount": 135, "paid_on": "2028-02-28"},
                {"customer": "c4", "amount": 10, "paid_on": "2028-12-01"},
                {"customer": "c5", "amount": 40, "paid_on": "2028-02-29", "membership": "void"},
            ],
            refunds=[
                {"customer": "c3", "amount": 5, "refunded_on": "2028-02-29"},
                {"customer": "c4", "amount": 5, "refunded_on": "2028-12-01"},
            ],
        )
        nightly("2028-02-28", BUSY_ON)
        yield connection
