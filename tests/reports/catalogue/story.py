"""A club whose reports are taken down in the evening, in three weeks in which everything happens that can happen.

member       plan      21 Feb … 10 March 2028, weeks of [21, 28) Feb, [28 Feb, 6 March), [6, 13) March
carried      week      billed elsewhere until 25 February, pays from then on
collected    late      never pays its second week, expires, pays on 8 March and is back
dear         week      pays its second week in part, also with points, which go back when it is voided
frozen       week      frozen from 23 February to 1 March and again that day; its second week, a dearer one, waits
lapsed       week      paid a part of its second week, which goes back when that is voided
late         week      is loaded on 29 February, and began on 10 February
leaving      week      closes with its second week
left         week      closed while it was frozen
paying       week      always pays in time
shares       month     two of them, with a discount; pays a day late

What was done is undone: on 25 February the payments of the day before with what they had earned, on the 28th the
renewals of the day, on 1 March the points of 29 February and the dunning of the day, on the 7th the credits of the 6th.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models.operations import runs
from reports.catalogue import REPORTS
from reports.report import Query
from tasks.undo import undo
from tests.factories import arrive, club, day, nightly

FIRST, LAST = day("2028-02-21"), day("2028-03-10")
DAYS = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
EVENINGS = [
    day(f"2028-{on}") for on in ("02-21", "02-24", "02-25", "02-28", "02-29", "03-01", "03-03", "03-05", "03-07")
]
"""On which the reports are taken down: beginnings, a freeze that runs, a month that ends, each undo."""
Figures = dict[tuple[str, date], list[tuple[Any, ...]]]

TERMS: dict[str, dict[str, Any]] = {
    "carried": {"started_on": "2028-01-07", "paid_until": "2028-02-25"},
    "collected": {"plan": "late"},
    "dear": {},
    "frozen": {},
    "lapsed": {},
    "leaving": {},
    "left": {},
    "paying": {},
    "shares": {"plan": "month", "quantity": 2, "discount_percent": "33.3"},
}
PAID = {
    "carried": {"2028-02-26": 115, "2028-03-04": 127},
    "collected": {"2028-02-21": 115, "2028-03-08": 115},
    "dear": {"2028-02-21": 115, "2028-02-28": 90},
    "frozen": {"2028-02-21": 242},
    "lapsed": {"2028-02-21": 115, "2028-02-29": 40},
    "leaving": {"2028-02-21": 115, "2028-02-29": 127},
    "left": {"2028-02-24": 115},
    "paying": {"2028-02-21": 115, "2028-02-28": 127, "2028-03-06": 127},
    "shares": {"2028-02-22": 900},
}
"""Member -> day -> amount; a week that begins on 28 February or later costs 110.00 and tax."""


def load(folder: Path) -> None:
    """The club on the morning of the first day; who is frozen and who leaves has said so already."""
    payments = [
        {"payment": f"{member}-{on}", "customer": f"u-{member}", "amount": amount, "paid_on": on, "method": "card"}
        for member, paid in PAID.items()
        for on, amount in paid.items()
    ]
    freezes = [
        {"freeze": "f1", "membership": "frozen", "starts_on": "2028-02-23", "resumes_on": "2028-03-01"},
        {"freeze": "f2", "membership": "frozen", "starts_on": "2028-03-01", "resumes_on": "2028-03-08"},
        {"freeze": "f3", "membership": "left", "starts_on": "2028-02-25", "resumes_on": "2028-03-20"},
    ]
    club(
        folder,
        company={"point_value": "0.5"},
        plan={
            "interval_unit": "week",
            "terms_days": 1,
            "grace_days": 3,
            "price": {"2000-01-01": 100, "2028-02-28": 110},
        },
        plans=[
            {"plan": "week"},
            {"plan": "late", "on_expiry": "collect", "price": 100},
            {"plan": "month", "interval_unit": "month", "price": 500, "lead_days": 4},
        ],
        close_reasons=[{"reason": "moved", "label": "Moved away"}],
        plan_credits=[{"credit_type": "hour", "quantity": 4}, {"credit_type": "sauna", "quantity": 2, "valid_days": 3}],
        loyalty_rules=[{"spend_amount": 10, "points": 2}],
        dunning_levels=[{"level": 1, "days_overdue": 1, "fee": 5, "template": "firm"}],
        memberships=[
            {"membership": name, "customer": f"u-{name}", "started_on": FIRST, "plan": "week"} | terms
            for name, terms in TERMS.items()
        ],
        payments=payments,
        refunds=[{"customer": "u-shares", "amount": 20, "refunded_on": "2028-02-25"}],
        freezes=[{"requested_on": row["starts_on"]} | row for row in freezes],
        closures=[
            {"membership": "leaving", "requested_on": "2028-03-01", "effective": "period_end"},
            {"membership": "left", "requested_on": "2028-03-03", "origin": "customer", "reason_code": "moved"},
        ],
        renewals=[{"membership": "frozen", "requested_on": "2028-02-22"}],
        credit_charges=[
            {"customer": "u-dear", "credit_type": "points", "quantity": 50, "charged_on": "2028-02-22"},
            {"customer": "u-paying", "quantity": 3, "charged_on": "2028-02-22", "expires_on": "2028-03-02"},
        ],
        credit_usages=[
            {"customer": "u-paying", "quantity": 1, "used_on": on} for on in ("2028-02-24", "2028-03-01", "2028-03-06")
        ],
        redemptions=[{"customer": "u-dear", "membership": "dear", "points": 30, "requested_on": "2028-02-29"}],
    )


def _arrives_late(folder: Path) -> None:
    arrive(
        folder,
        plan="week",
        customers=[{"customer": "u-late", "company": "club", "kind": "person", "name": "Late"}],
        memberships=[{"membership": "late", "customer": "u-late", "started_on": "2028-02-10"}],
        payments=[{"payment": "late", "customer": "u-late", "amount": 200, "paid_on": "2028-02-20"}],
    )


def _changes_dates(folder: Path) -> None:
    changed = {"freeze": "f2", "membership": "frozen", "requested_on": "2028-03-04", "starts_on": "2028-03-01"}
    arrive(folder, freezes=[changed | {"resumes_on": "2028-03-07"}])


ARRIVES: dict[str, Callable[[Path], None]] = {"2028-02-29": _arrives_late, "2028-03-04": _changes_dates}
"""What comes on the morning of a day."""
UNDONE = {
    "2028-02-25": [("points", "2028-02-24"), ("credits", "2028-02-24"), ("payments", "2028-02-24")],
    "2028-02-28": [("renewals", "2028-02-28")],
    "2028-03-01": [("points", "2028-02-29"), ("dunning", "2028-03-01")],
    "2028-03-07": [("credits", "2028-03-06")],
}
"""On the evening of a day: the flows and days whose runs are undone."""


def told(connection: sa.Connection, folder: Path) -> Iterator[date]:
    """Live each day, and stop in its evening."""
    load(folder)
    for on in DAYS:
        if arrives := ARRIVES.get(on.isoformat()):
            arrives(folder)
        nightly(on.isoformat())
        for flow, of in UNDONE.get(on.isoformat(), []):
            _undo(connection, flow, of)
        yield on


def _undo(connection: sa.Connection, flow: str, on: str) -> None:
    r = runs.c
    last = sa.select(sa.func.max(r.run_id)).where(r.flow == flow, r.as_of == day(on), r.state == "completed")
    undo(connection.execute(last).scalar_one(), "the story wants it so")


def figures(connection: sa.Connection, query: Query) -> list[tuple[Any, ...]]:
    """The rows of a report's query, as they are run."""
    return [tuple(row) for row in connection.execute(query)]


def taken_down(connection: sa.Connection, folder: Path) -> Figures:
    """What each report said on these evenings."""
    return {
        (report.name, on): figures(connection, report.query("club", on))
        for on in told(connection, folder)
        if on in EVENINGS
        for report in REPORTS
    }
