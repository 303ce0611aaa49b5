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

from flows.business_day import Day, run_day, run_days
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
ORDINARY: dict[str, Row] = {
    "close_reasons": {"company": "club", "customer_may_choose": "true"},
    "credit_types": {"company": "club", "credit_type": "hour", "unit": "hour", "decimals": 1},
    "plan_credits": {"credit_type": "hour"},
    "loyalty_rules": {"rule": "l{}", "company": "club", "priority": 1, "spend_amount": 1, "points": 1},
    "dunning_levels": {"company": "club", "level": "{}"},
    "memberships": {"membership": "m{}", "customer": "u"},
    "payments": {"payment": "p{}", "customer": "u", "currency": "SAR"},
    "refunds": {"refund": "r{}", "customer": "u", "currency": "SAR"},
    "freezes": {"freeze": "f{}", "membership": "m1"},
    "closures": {"closure": "c{}", "membership": "m1", "origin": "staff", "effective": "now"},
    "renewals": {"renewal": "n{}", "membership": "m1"},
    "credit_charges": {"charge": "h{}", "customer": "u", "credit_type": "hour"},
    "credit_usages": {"usage": "u{}", "customer": "u", "credit_type": "hour"},
    "redemptions": {"redemption": "d{}", "customer": "u"},
}
"""What a test need not say; {} is the place of the row. Memberships and plan credits are of the first plan."""
SINCE_EVER = "2000-01-01"


def club(
    folder: Path,
    *,
    company: Row | None = None,
    companies: Rows = ({},),
    plan: Row | None = None,
    plans: Rows = ({},),
    customers: Rows = (),
    **others: Rows,
) -> None:
    """Load a club: rows by entity. Customers and credit types that only others name are ordinary ones."""
    of_companies = [COMPANY | (company or {}) | dict(row) for row in companies]
    of_plans = [PLAN | (plan or {}) | dict(row) for row in plans]
    complete = {entity: list(_complete(entity, rows, of_plans[0]["plan"])) for entity, rows in others.items()}
    rows = [row for entity in complete.values() for row in entity]
    known = {row.get("customer", "u"): dict(row) for row in customers}
    load(
        folder,
        **{"credit_types": [ORDINARY["credit_types"] | row for row in _named(rows, "credit_type")]} | complete,
        companies=[{"invoice_prefix": row["company"].upper()} | row for row in of_companies],
        plans=[{name: value for name, value in row.items() if name != "price"} for row in of_plans],
        plan_prices=[price for row in of_plans for price in _prices(row)],
        customers=[
            CUSTOMER | {"company": of_companies[0]["company"]} | row | known.get(row["customer"], {})
            for row in _named([*({"customer": name} for name in known), *rows], "customer")
        ],
    )


def _named(rows: Rows, what: str) -> Iterable[Row]:
    """A row for each value of a column, in the order of their first mention."""
    return [{what: value} for value in dict.fromkeys(row[what] for row in rows if what in row)]


def _prices(plan: Row) -> list[Row]:
    versions = plan["price"] if isinstance(plan["price"], dict) else {SINCE_EVER: plan["price"]}
    return [{"plan": plan["plan"], "effective_from": since, "price": price} for since, price in versions.items()]


def _complete(entity: str, rows: Rows, plan: str = "gym") -> Iterable[Row]:
    """Rows with what a test need not say: ids by their place, the customer u, the first plan, SAR."""
    ordinary = ORDINARY[entity] | ({"plan": plan} if entity in ("memberships", "plan_credits") else {})
    for place, row in enumerate(rows, start=1):
        named = {name: value.format(place) if isinstance(value, str) else value for name, value in ordinary.items()}
        yield _unsaid(entity, row) | named | dict(row)


def _unsaid(entity: str, row: Mapping[str, Any]) -> Row:
    """What follows from the other things that a row says."""
    if entity == "freezes":
        return {"requested_on": row["starts_on"]}
    if entity == "credit_charges":
        return {"starts_on": row["charged_on"]}
    reasons = {"reason_code", "reason_text"} & row.keys()
    return {"reason_text": "said so"} if entity == "closures" and not reasons else {}


def arrive(folder: Path, *, plan: str = "gym", **entities: Rows) -> None:
    """Load more rows of a club that stands; customers, companies, plans and prices come as they are."""
    later = folder / f"later-{sum(1 for path in folder.iterdir() if path.is_dir())}"
    known = ORDINARY.keys() & entities.keys()
    load(later, **entities | {name: list(_complete(name, entities[name], plan)) for name in known})


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
    """One whole business day without the days before it: for stories with long gaps."""
    run_day("nightly", day(on))


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

    What happens to the members of a second company stands in `spa`.
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
        spa(folder)
        nightly("2028-02-28", BUSY_ON)
        yield connection


def spa(folder: Path) -> None:
    """The files of a second company of `busy_club`, SPA-2028-000001 and so on, to which the rest happens by 1 March.

    membership   customer   invoice   became
    dunned       s5         1         grace; noticed on 29 February for a fee, invoice 11, and again on 1 March
    earner       s6         2         active; its payment earned 11 points; renewed on request, invoice 13, on 1 March
    frozen       s2         3         frozen from 29 February until 12 March, 10 March as first asked
    kept         s6         4         grace; 3 points paid 1.50 of it
    lapsed       s6         5         expired; 4 points had paid 2.00 of it and went back; credit note 14
    leaving      s4         6         active; to close with its period; 3 of 5 visits bought were used, 2 expired
    left         s3         7, 8      closed on 1 March; 7 stays open, 8 was for a time to come: credit note 12
    quit         s7         9         closed on 1 March while frozen
    rested       s1         10        active; frozen on 29 February, so that its period ends on 7 March, a day later
    """
    first, second = "2028-02-28", "2028-02-29"
    unpaid = {"dunned": ("s5", "late"), "kept": ("s6", "late"), "lapsed": ("s6", "week"), "left": ("s3", "ahead")}
    paid = {"earner": ("s6", "week"), "quit": ("s7", "week")}
    paid |= {"frozen": ("s2", "quiet"), "leaving": ("s4", "quiet"), "rested": ("s1", "quiet")}
    late = {"grace_days": 9, "on_expiry": "collect"}
    club(
        folder / "spa",
        company={"company": "spa", "point_value": "0.5"},
        plan={"company": "spa", "interval_unit": "week", "terms_days": 0, "grace_days": 2},
        plans=[{"plan": "quiet"}, {"plan": "week"}, {"plan": "late"} | late, {"plan": "ahead", "lead_days": 7} | late],
        close_reasons=[{"company": "spa", "reason": "moved"}],
        credit_types=[{"company": "spa", "credit_type": name, "decimals": 0} for name in ("visits", "sauna")],
        plan_credits=[
            {"credit_type": "visits", "quantity": 10},
            {"credit_type": "sauna", "quantity": 2, "valid_days": 2},
        ],
        loyalty_rules=[{"company": "spa", "spend_amount": 10}],
        dunning_levels=[
            {"company": "spa", "days_overdue": 1, "fee": 5, "template": "gentle"},
            {"company": "spa", "days_overdue": 2, "template": "firm"},
        ],
        customers=[{"customer": name, "dunning_blocked": "true"} for name in ("s3", "s6")],
        memberships=[
            {"membership": name, "customer": customer, "plan": plan, "started_on": first}
            for name, (customer, plan) in (unpaid | paid).items()
        ],
        payments=[
            {"payment": f"p-{name}", "customer": customer, "amount": 115, "paid_on": first}
            for name, (customer, _) in paid.items()
        ],
        freezes=[
            {"freeze": f"f-{name}", "membership": name, "starts_on": second, "resumes_on": resumes_on}
            for name, resumes_on in {"frozen": "2028-03-10", "quit": "2028-03-10", "rested": BUSY_ON}.items()
        ],
        closures=[
            {"membership": "leaving", "requested_on": second, "effective": "period_end"},
            {"membership": "left", "requested_on": BUSY_ON, "origin": "customer", "reason_code": "moved"},
            {"membership": "quit", "requested_on": BUSY_ON},
        ],
        renewals=[{"membership": "earner", "requested_on": BUSY_ON}],
        credit_charges=[
            {"customer": "s4", "credit_type": "visits", "quantity": 5, "charged_on": first, "expires_on": BUSY_ON}
        ],
        credit_usages=[
            {"customer": "s4", "credit_type": "visits", "quantity": quantity, "used_on": second} for quantity in (3, 99)
        ],
        redemptions=[
            {"redemption": f"d-{name}", "customer": "s6", "membership": name, "points": points, "requested_on": second}
            for name, points in {"kept": 3, "lapsed": 4}.items()
        ],
    )
    changed = {"freeze": "f-frozen", "membership": "frozen", "requested_on": BUSY_ON, "starts_on": second}
    arrive(folder, freezes=[changed | {"resumes_on": "2028-03-12"}])
