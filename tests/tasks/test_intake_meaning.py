"""Which well-formed rows does the intake refuse? What they refer to must be there, what they say must make sense."""

from __future__ import annotations

from datetime import date

import pytest

from tests.tasks.intake_club import club, counts, load, message, reasons, rejected, row, stored


@pytest.fixture(autouse=True)
def _club(store):
    club()


# What a row refers to -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entity", "column", "reason"),
    [
        ("close_reasons", "company", "unknown_company"),
        ("credit_types", "company", "unknown_company"),
        ("plans", "company", "unknown_company"),
        ("plans", "currency", "unknown_currency"),
        ("companies", "currency", "unknown_currency"),
        ("companies", "timezone", "unknown_timezone"),
        ("plan_prices", "plan", "unknown_plan"),
        ("plan_credits", "plan", "unknown_plan"),
        ("plan_credits", "credit_type", "unknown_credit_type"),
        ("loyalty_rules", "company", "unknown_company"),
        ("loyalty_rules", "plan", "unknown_plan"),
        ("dunning_levels", "company", "unknown_company"),
        ("customers", "company", "unknown_company"),
        ("memberships", "customer", "unknown_customer"),
        ("memberships", "plan", "unknown_plan"),
        ("payments", "customer", "unknown_customer"),
        ("payments", "currency", "unknown_currency"),
        ("refunds", "customer", "unknown_customer"),
        ("refunds", "currency", "unknown_currency"),
        ("freezes", "membership", "unknown_membership"),
        ("closures", "membership", "unknown_membership"),
        ("renewals", "membership", "unknown_membership"),
        ("credit_charges", "customer", "unknown_customer"),
        ("credit_charges", "credit_type", "unknown_credit_type"),
        ("credit_usages", "customer", "unknown_customer"),
        ("credit_usages", "credit_type", "unknown_credit_type"),
        ("redemptions", "customer", "unknown_customer"),
    ],
)
def test_what_a_row_refers_to_must_have_been_loaded(tmp_path, entity, column, reason):
    assert counts(load(tmp_path, entity, row(entity, **{column: "nothing"}))) == (0, 0, 1)
    assert rejected("reason") == [(reason,)]
    assert message().startswith(f"{column} is nothing; expected ")
    assert message().endswith(f" Correct {entity}.csv line 2 and load it again.")


def test_a_row_that_came_too_early_gets_in_when_its_file_is_loaded_again(tmp_path):
    early = row("payments", customer="C2")
    assert counts(load(tmp_path, "payments", early)) == (0, 0, 1)
    load(tmp_path, "customers", row("customers", customer="C2"))
    assert counts(load(tmp_path, "payments", early)) == (1, 0, 0)


def test_ids_are_compared_byte_by_byte(tmp_path):
    composed, decomposed = "\u00e9", "e\u0301"
    load(tmp_path, "customers", row("customers", customer=composed))
    names = ["c1", "C1", composed, decomposed]
    load(tmp_path, "payments", *(row("payments", payment=name, customer=name) for name in names))
    assert reasons() == {"c1": "unknown_customer", decomposed: "unknown_customer"}


def test_a_payment_may_name_an_invoice_or_membership_that_nobody_knows(tmp_path):
    """L6.2: a wrong one loses no payment, it only does not steer it."""
    assert counts(load(tmp_path, "payments", row("payments", invoice="X-1", membership="M9"))) == (1, 0, 0)


def test_customer_and_plan_of_a_membership_are_of_one_company(tmp_path):
    assert counts(load(tmp_path, "memberships", row("memberships", customer="kwt"))) == (0, 0, 1)
    assert reasons() == {"M1": "company_mismatch"}
    assert message().startswith("customer is of company kwt, plan of acme; expected one company for both.")


def test_a_loyalty_rule_and_its_plan_are_of_one_company(tmp_path):
    load(tmp_path, "loyalty_rules", row("loyalty_rules", plan="kwt"), row("loyalty_rules", rule="R2", plan="month"))
    assert reasons() == {"R1": "company_mismatch"}


def test_a_quantity_of_credits_has_no_more_decimals_than_their_type(tmp_path):
    """L7.1: `hour` has one decimal."""
    for entity in ("plan_credits", "credit_charges", "credit_usages"):
        assert counts(load(tmp_path, entity, row(entity, quantity="1.25"))) == (0, 0, 1)
        assert counts(load(tmp_path, entity, row(entity, quantity="1.50"))) == (1, 0, 0)
    assert set(reasons().values()) == {"quantity_over_precise"}
    assert "expected at most 1 decimals, as its credit type has" in rejected("message")[0][0]


# Plans, prices, companies ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auto_renew", "lead_days", "grace_days", "gets_in"),
    [
        ("true", "0", "0", False),
        ("true", "1", "0", True),
        ("true", "0", "1", True),
        ("true", "0", None, True),
        ("false", "0", "0", True),
    ],
)
def test_a_plan_that_renews_needs_grace_or_lead_days(tmp_path, auto_renew, lead_days, grace_days, gets_in):
    """L2.2: otherwise its members would expire on the day they are billed."""
    plan = row("plans", plan="new", auto_renew=auto_renew, lead_days=lead_days, grace_days=grace_days)
    load(tmp_path, "plans", plan)
    assert reasons() == ({} if gets_in else {"new": "expires_when_billed"})


@pytest.mark.parametrize(
    ("membership", "gets_in"),
    [
        ({"started_on": "2027-12-31"}, False),
        ({"started_on": "2028-01-01"}, True),
        ({"started_on": "2028-01-02"}, True),
        ({"started_on": "2027-01-01", "unit_price": "0"}, True),
        ({"started_on": "2027-01-01", "paid_until": "2027-12-31"}, False),
        ({"started_on": "2027-01-01", "paid_until": "2028-01-01"}, True),
    ],
)
def test_a_membership_needs_a_price_from_its_first_billed_day_on(tmp_path, membership, gets_in):
    """L2.1: its own, or a version of the plan's that begins on or before the day from which we bill."""
    load(tmp_path, "plans", row("plans", plan="new"))
    load(tmp_path, "plan_prices", row("plan_prices", plan="new", effective_from="2028-01-01"))
    load(tmp_path, "memberships", row("memberships", plan="new", **membership))
    assert reasons() == ({} if gets_in else {"M1": "no_price"})


@pytest.mark.parametrize(
    ("calendar", "unit", "membership", "gets_in"),
    [
        ("hijri", "month", {"started_on": "1924-07-31"}, False),
        ("hijri", "month", {"started_on": "1924-08-01"}, True),
        ("hijri", "year", {"started_on": "2077-11-16"}, True),
        ("hijri", "year", {"started_on": "2077-11-17"}, False),
        ("hijri", "year", {"started_on": "2028-01-01", "paid_until": "2077-11-16"}, True),
        ("hijri", "year", {"started_on": "2028-01-01", "paid_until": "2077-11-17"}, False),
        ("hijri", "week", {"started_on": "2077-11-17"}, True),
        ("hijri", "day", {"started_on": "1924-07-31", "paid_until": "2077-11-17"}, True),
        ("jalali", "month", {"started_on": "1921-03-20"}, False),
        ("jalali", "month", {"started_on": "1921-03-21", "paid_until": "2222-03-20"}, True),
        ("jalali", "month", {"started_on": "2222-03-21"}, False),
        ("gregorian", "month", {"started_on": "1901-01-31", "paid_until": "2300-01-31"}, True),
    ],
)
def test_a_membership_lies_within_what_is_known_of_the_calendar_of_its_plan(
    tmp_path, calendar, unit, membership, gets_in
):
    """L1.4: the first day that cannot be counted from is refused, the last that can be is not."""
    load(tmp_path, "plans", row("plans", plan="new", calendar=calendar, interval_unit=unit))
    load(tmp_path, "memberships", row("memberships", plan="new", unit_price="10", **membership))
    assert reasons() == ({} if gets_in else {"M1": "outside_calendar"})


def test_what_is_refused_outside_a_calendar_is_told_with_the_days_it_is_known_for(tmp_path):
    load(tmp_path, "plans", row("plans", plan="new", calendar="hijri"))
    load(tmp_path, "plan_prices", row("plan_prices", plan="new"))
    load(tmp_path, "memberships", row("memberships", plan="new", paid_until="2077-11-17"))
    assert message() == (
        "paid_until is 2077-11-17; expected a day that the hijri calendar of the plan is known for,"
        " 1924-08-01 to 2077-11-16. Correct memberships.csv line 2 and load it again."
    )


def test_two_companies_do_not_share_an_invoice_prefix(tmp_path):
    """L6.1: nor may one take over what another gives up in the same file."""
    one, two, new = (row("companies", company=name, invoice_prefix=name) for name in ("one", "two", "new"))
    stolen = row("companies", company="thief", invoice_prefix="ACM")
    assert counts(load(tmp_path, "companies", one, two | {"invoice_prefix": "one"}, stolen)) == (1, 0, 2)
    assert reasons() == {"two": "prefix_taken", "thief": "prefix_taken"}
    heir = new | {"invoice_prefix": "one"}
    assert counts(load(tmp_path, "companies", one | {"invoice_prefix": "other"}, heir)) == (1, 0, 1)
    assert counts(load(tmp_path, "companies", heir)) == (1, 0, 0)


# Days that follow each other ------------------------------------------------------------------------------------------


def test_a_membership_is_carried_over_from_the_day_after_its_start_on(tmp_path):
    """L3.2: billed elsewhere up to its first day means that nothing was; before it, that the row is wrong."""
    days = {"M1": "2028-01-30", "M2": "2028-01-31", "M3": "2028-02-01"}
    load(tmp_path, "memberships", *(row("memberships", membership=m, paid_until=day) for m, day in days.items()))
    assert stored("memberships", "membership", "carried_until") == [("M2", None), ("M3", date(2028, 2, 1))]
    assert reasons() == {"M1": "paid_until_before_started_on"}
    assert "paid_until is 2028-01-30; expected no day before started_on 2028-01-31." in message()


def test_what_ends_ends_after_it_begins(tmp_path):
    """L1.2: both ends are days, the last one excluded."""
    for n, day in enumerate(["2028-01-31", "2028-02-01", "2028-02-02"]):
        load(tmp_path, "credit_charges", row("credit_charges", charge=f"H{n}", expires_on=day))
        load(tmp_path, "loyalty_rules", row("loyalty_rules", rule=f"R{n}", starts_on="2028-02-01", ends_on=day))
    assert reasons() == {
        "H0": "expires_on_not_after_starts_on",
        "H1": "expires_on_not_after_starts_on",
        "R0": "ends_on_not_after_starts_on",
        "R1": "ends_on_not_after_starts_on",
    }


def test_what_a_business_day_decides_is_not_decided_here(tmp_path):
    """L1.5: an empty freeze, an unknown reason, more points than there are: the day that applies it says so."""
    load(tmp_path, "memberships", row("memberships"))
    rows = {
        "freezes": row("freezes", resumes_on="2028-02-01"),
        "closures": row("closures", reason_code="nope", reason_text="x"),
        "redemptions": row("redemptions", points="999999999"),
        "renewals": row("renewals", requested_on="2020-01-01"),
        "refunds": row("refunds", amount="9999999"),
    }
    assert [counts(load(tmp_path, entity, each)) for entity, each in rows.items()] == [(1, 0, 0)] * 5
