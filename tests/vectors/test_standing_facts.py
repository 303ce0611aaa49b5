"""Active, grace, expired (L3.4), as CiviCRM, Polar and ERPNext expect them.

CiviCRM includes a membership's last day and counts grace in months from it; New and Current are both active with us.
Polar asks only whether access is taken away, ERPNext calls grace "Past Due Date".

    2024-03-15 .. 2025-03-14 included, grace a month   ->   paid_until 2025-03-15, grace_until 2025-04-15
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.visitors import replacement_traverse

from models.memberships import memberships
from models.rules.standing import status
from tests.vectors.asking import Batch, Fact, day, day_after, each, facts_of

AS_OF = date(2024, 6, 15)
"""For facts that speak of yesterday, of days past due, or of no date at all."""
MONTH_DAYS = 30
"""CiviCRM's grace where a fact does not say how long it is: a month; any length from 7 to 120 days would agree."""

OURS = {"New": "active", "Current": "active", "Grace": "grace", "Expired": "expired", "Past Due Date": "grace"}
TYPES = {"as_of": sa.Date, "paid_until": sa.Date, "owes_since": sa.Date, "status": sa.Text, "grace_days": sa.Integer}

BOUNDARIES = facts_of("status_boundary_days")
NIGHTLY = facts_of("nightly_status_job", "status_job_scope")
ACCESS = facts_of("grace.access")
STABLE = facts_of("inside_grace_is_stable")


def stands(asked: Any) -> sa.ColumnElement[Any]:
    """Our rule names the columns of the table of memberships: here the row asked about stands in for it."""
    rule = status(asked.as_of, asked.grace_days)
    row = {memberships.c[name]: asked[name] for name in ("paid_until", "owes_since", "status")}
    return replacement_traverse(rule, {}, lambda element, **_: row.get(element))


def rows(fact: Fact) -> list[tuple[Any, ...]]:
    """as_of, paid_until, owes_since, status before, grace_days: one row, or one for each day that is run."""
    i = fact.input
    match fact.rule:
        case "status_boundary_days":
            paid_until = day_after(day(i["end"]))
            assert i["grace_months"] == 1
            grace_until = paid_until.replace(month=paid_until.month + 1)
            return [(day(i["as_of"]), paid_until, None, "active", (grace_until - paid_until).days)]
        case "nightly_status_job":
            before = OURS[i["status_before"]]
            return [(day(i["as_of"]), day_after(day(i["end"])), None, before, MONTH_DAYS)]
        case "status_job_scope":
            return [(AS_OF, AS_OF + timedelta(2), None, OURS[i["status_before"]], MONTH_DAYS)]
        case "grace.access":
            overdue = timedelta(i.get("days_past_due", 0))
            return [(AS_OF, AS_OF - overdue, None, "grace", i["grace_days"])]
    return [(AS_OF + timedelta(n), AS_OF, None, "grace", i["grace_days"]) for n in range(i["runs"])]


statuses = Batch(TYPES, {fact: rows(fact) for fact in BOUNDARIES + NIGHTLY + ACCESS + STABLE}, stands)


@each(BOUNDARIES)
def test_grace_begins_on_paid_until_and_is_over_on_grace_until(store, fact):
    assert statuses(store, fact) == [(OURS[fact.expected["status"]],)]


@each(NIGHTLY)
def test_status_follows_from_the_dates_whatever_it_was_before(store, fact):
    assert statuses(store, fact) == [(OURS[fact.expected["status_after"]],)]


@each(ACCESS)
def test_access_ends_when_grace_is_over(store, fact):
    ((found,),) = statuses(store, fact)
    assert (found == "expired") == fact.expected["revoke"]


@each(STABLE)
def test_status_stays_the_same_on_every_day_of_grace(store, fact):
    assert set(statuses(store, fact)) == {(OURS[fact.expected["status"]],)}
