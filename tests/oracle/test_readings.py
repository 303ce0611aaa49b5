"""Does the oracle read the rules that no scenario shows as readings.md says?"""

from datetime import date

import pytest

from . import Files, Oracle, Row
from .calendars import boundary

FIRST = date(2028, 1, 1)


def club(**plan: str | None) -> Files:
    """One company, one monthly plan of 100 SAR without tax, one customer `u`."""
    files = Files()
    files.add(
        "companies",
        {"company": "c", "currency": "SAR", "invoice_prefix": "C", "point_value": "0.05"},
    )
    agreed = {"terms_days": "0", "lead_days": "0", "grace_days": "5", "auto_renew": "true"}
    shape = {"interval_unit": "month", "interval_count": "1", "currency": "SAR", "tax_rate": "0"}
    rules = {"tax_included": "false", "closable": "true", "on_expiry": "void"}
    row: Row = {"plan": "p", "company": "c", **agreed, **shape, **rules, **plan}
    files.add("plans", row)
    files.add("plan_prices", {"plan": "p", "effective_from": "2000-01-01", "price": "100"})
    files.add("customers", {"customer": "u", "company": "c"})
    return files


def with_member(files: Files, started_on: str, **terms: str | None) -> Files:
    """A membership `m` of that customer on that plan."""
    row: Row = {"membership": "m", "customer": "u", "plan": "p", "started_on": started_on}
    files.add("memberships", row | terms)
    return files


def pay(oracle: Oracle, amount: str, paid_on: str) -> None:
    """A payment that names the membership."""
    row: Row = {"payment": f"pay-{paid_on}", "customer": "u", "membership": "m"}
    oracle.add("payments", row | {"amount": amount, "currency": "SAR", "paid_on": paid_on})


def freeze(oracle: Oracle, requested_on: str, resumes_on: str) -> None:
    """A freeze `f` from 10 January on."""
    row: Row = {"freeze": "f", "membership": "m", "requested_on": requested_on}
    oracle.add("freezes", row | {"starts_on": "2028-01-10", "resumes_on": resumes_on})


@pytest.mark.parametrize(
    ("anchor", "n", "unit", "calendar", "day"),
    [
        (date(2027, 1, 31), 1, "month", "gregorian", date(2027, 2, 28)),
        (date(2028, 1, 31), 1, "month", "gregorian", date(2028, 2, 29)),
        (date(2027, 1, 31), 2, "month", "gregorian", date(2027, 3, 31)),
        (date(2028, 2, 29), 1, "year", "gregorian", date(2029, 2, 28)),
        (date(2028, 2, 29), 4, "year", "gregorian", date(2032, 2, 29)),
        (date(2028, 4, 19), 6, "month", "jalali", date(2028, 10, 21)),  # 31 Farvardin, 30 Mehr
        (date(2028, 4, 19), 11, "month", "jalali", date(2029, 3, 19)),  # 29 Esfand 1407
    ],
)
def test_boundaries_are_counted_from_the_anchor(anchor: date, n: int, unit: str, calendar: str, day: date) -> None:
    assert boundary(anchor, n, unit=unit, count=1, calendar=calendar) == day


@pytest.mark.parametrize(
    ("changed_on", "resumes_on", "ends_on"),
    [
        (date(2028, 1, 12), "2028-01-13", "2028-02-04"),  # sooner
        (date(2028, 1, 12), "2028-01-11", "2028-02-03"),  # not before today
        (date(2028, 1, 12), "2028-01-30", "2028-02-21"),  # later
    ],
)
def test_a_repeated_freeze_changes_its_end(changed_on: date, resumes_on: str, ends_on: str) -> None:
    oracle = Oracle(with_member(club(), "2028-01-01"))
    pay(oracle, "100", "2028-01-01")
    freeze(oracle, "2028-01-10", "2028-01-20")
    oracle.run(FIRST, changed_on)
    assert oracle.rows("memberships")[0]["status"] == "frozen"
    freeze(oracle, changed_on.isoformat(), resumes_on)
    oracle.run_day(changed_on)
    oracle.run_day(date(2028, 1, 31))
    assert oracle.rows("memberships")[0]["period_ends_on"] == ends_on


def test_no_more_than_400_periods_are_billed_in_a_run() -> None:
    files = club(interval_unit="day", grace_days=None)
    oracle = Oracle(with_member(files, "2026-01-01"))
    oracle.run_day(FIRST)
    oracle.run_day(date(2028, 1, 2))
    assert len(oracle.rows("invoices")) == 400
    assert oracle.club.memberships["m"].quarantined


def test_late_membership_that_does_not_renew_gets_its_first_period_only() -> None:
    oracle = Oracle(with_member(club(), "2027-08-31", auto_renew="false"))
    oracle.run_day(FIRST)
    assert [row["ends_on"] for row in oracle.rows("periods")] == ["2027-09-30"]


def test_late_membership_that_renews_gets_every_period_due() -> None:
    oracle = Oracle(with_member(club(), "2027-10-31"))
    oracle.run_day(FIRST)
    ends = [row["ends_on"] for row in oracle.rows("periods")]
    assert ends == ["2027-11-30", "2027-12-31", "2028-01-31"]


def test_void_gives_points_and_money_back() -> None:
    oracle = Oracle(with_member(club(), "2028-01-01"))
    pay(oracle, "10", "2028-01-02")
    top_up: Row = {"charge": "t", "customer": "u", "credit_type": "points", "quantity": "300"}
    oracle.add("credit_charges", top_up | {"charged_on": "2028-01-01", "starts_on": "2028-01-01"})
    redemption: Row = {"redemption": "r", "customer": "u", "points": "200"}
    oracle.add("redemptions", redemption | {"requested_on": "2028-01-03"})
    oracle.run(FIRST, date(2028, 1, 5))
    assert oracle.rows("invoices")[0]["paid"] == "20.00"
    oracle.run_day(date(2028, 1, 6))
    assert oracle.rows("memberships")[0]["status"] == "expired"
    assert oracle.rows("lots")[0]["remaining"] == "300"
    assert oracle.rows("customer_credit")[0]["amount"] == "10.00"


def test_closing_at_period_end_follows_a_freeze() -> None:
    oracle = Oracle(with_member(club(), "2028-01-01"))
    pay(oracle, "100", "2028-01-01")
    freeze(oracle, "2028-01-10", "2028-02-10")
    closure: Row = {"closure": "x", "membership": "m", "requested_on": "2028-02-05"}
    words: Row = {"origin": "staff", "effective": "period_end", "reason_text": "moved"}
    oracle.add("closures", closure | words)
    oracle.run(FIRST, date(2028, 3, 2))
    assert oracle.rows("memberships")[0]["status"] == "active"
    oracle.run_day(date(2028, 3, 3))
    row = oracle.rows("memberships")[0]
    assert (row["status"], row["closed_on"], row["close_reason"]) == (
        "closed",
        "2028-03-03",
        "moved",
    )
