"""Which rule gives how many points for a paid invoice, from when and until when? (L7.5, L7.4)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, nightly, only, seen
from tests.tasks.repeating import assert_as_once_and_daily

START = "2028-02-01"
BASE = {"price": 100, "tax_rate": "0.15"}
"""An invoice of 115.00."""


def paid(tmp_path, *rules: dict, on: str = START, **also) -> None:
    """A member who pays 115.00 on a day; the flows of that day."""
    payments = [{"amount": 9999, "paid_on": on}]
    club(tmp_path, **{"memberships": [{"started_on": START}], "loyalty_rules": rules, "payments": payments} | also)
    for name in ("payments", "renewals", "points"):
        flow(name, on)


def points() -> list[str]:
    return [quantity for (quantity,) in seen("lots", "quantity", credit_type="points")]


def test_paid_invoice_gives_a_lot_of_points_from_that_day(store, tmp_path):
    """L7.5: floor(115.00 / 10) × 2 = 22, valid for thirty days."""
    paid(tmp_path, {"spend_amount": 10, "points": 2, "valid_days": 30})
    assert seen("lots", "customer credit_type source source_id quantity remaining starts_on expires_on") == [
        ("u", "points", "earn", "CLUB-2028-000001", "22", "22", START, "2028-03-02")
    ]
    assert seen("movements", "kind quantity on_date source_id") == [("earn", "22", START, "CLUB-2028-000001")]


@pytest.mark.parametrize(
    ("spend_amount", "each", "quantity"),
    [
        ("115", "1", ["1"]),
        ("115.01", "1", []),
        ("38.34", "1", ["2"]),
        ("38.33", "1", ["3"]),
        ("0.01", "1", ["11500"]),
        ("10", "1.5", ["16.5"]),
        ("7", "0.1", ["1.6"]),
    ],
)
def test_points_are_given_for_whole_steps_only(store, tmp_path, spend_amount, each, quantity):
    """L7.5: floor(base / spend_amount) × points, exact in decimals; no lot of nothing."""
    paid(tmp_path, {"spend_amount": spend_amount, "points": each})
    assert points() == quantity


@pytest.mark.parametrize(("valid_days", "expires_on"), [("", None), (1, "2028-02-02"), (29, "2028-03-01")])
def test_points_expire_after_valid_days_or_never(store, tmp_path, valid_days, expires_on):
    """L7.5, L7.4: the day before, and on; a leap year's February."""
    paid(tmp_path, {"valid_days": valid_days})
    assert only("lots", "expires_on") == expires_on
    flow("points", {None: "2038-02-01", "2028-02-02": START, "2028-03-01": "2028-02-29"}[expires_on])
    assert only("lots", "remaining") == "115"
    if expires_on:
        flow("points", expires_on)
        assert seen("movements", "kind quantity on_date source_id", kind="expiry") == [
            ("expiry", "-115", expires_on, "CLUB-2028-000001")
        ]


# Which rule -----------------------------------------------------------------------------------------------------------

LOW, HIGH = {"priority": 1, "points": 1}, {"priority": 2, "points": 2}


@pytest.mark.parametrize(
    ("rules", "quantity"),
    [
        ([LOW, HIGH], "230"),
        ([HIGH, LOW], "230"),
        ([LOW, LOW | {"points": 3}], "115"),
        ([LOW | {"rule": "b"}, LOW | {"rule": "a", "points": 3}], "345"),
        ([LOW | {"rule": "a"}, LOW | {"rule": "B", "points": 3}], "345"),
        ([LOW | {"priority": -5}, HIGH | {"priority": -6}], "115"),
        ([LOW | {"priority": 9}, HIGH | {"priority": 10}], "230"),
    ],
    ids=["highest number", "highest number first", "then code", "code, not line", "code point", "below zero", "ten"],
)
def test_of_the_rules_that_match_the_highest_priority_gives_the_points_then_the_first_code(
    store, tmp_path, rules, quantity
):
    """L7.5: one rule only."""
    paid(tmp_path, *rules)
    assert points() == [quantity]


@pytest.mark.parametrize(
    ("validity", "matches"),
    [
        ({"starts_on": "2028-02-10"}, True),
        ({"starts_on": "2028-02-11"}, False),
        ({"ends_on": "2028-02-11"}, True),
        ({"ends_on": "2028-02-10"}, False),
        ({"starts_on": "2028-02-10", "ends_on": "2028-02-11"}, True),
        ({"starts_on": START, "ends_on": "2028-02-10"}, False),
        ({}, True),
    ],
)
def test_rule_holds_on_the_day_that_pays_half_open(store, tmp_path, validity, matches):
    """L7.5, L1.2: billed on 1 February, paid on the 10th; the other rule gives one point."""
    always = LOW | {"spend_amount": 115}
    rules = [always, HIGH | {"spend_amount": 115} | validity]
    plan = {"grace_days": 30}
    club(tmp_path, plan=plan, memberships=[{"started_on": START}], loyalty_rules=rules)
    flow("renewals", START)
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-10"}])
    flow("payments", "2028-02-10")
    flow("points", "2028-02-10")
    assert points() == ["2" if matches else "1"]


@pytest.mark.parametrize(
    ("condition", "matches"),
    [
        ({"min_total": "114.99"}, True),
        ({"min_total": "115.00"}, True),
        ({"min_total": "115.01"}, False),
        ({"category": "gold"}, True),
        ({"category": "Gold"}, False),
        ({"category": "silver"}, False),
        ({"plan": "gym"}, True),
        ({"plan": "pool"}, False),
        ({"plan": "gym", "category": "gold", "min_total": "115"}, True),
        ({"plan": "gym", "category": "silver", "min_total": "115"}, False),
    ],
    ids=str,
)
def test_rule_matches_by_total_category_and_plan(store, tmp_path, condition, matches):
    """L7.5: all that it names; 115.00 of a golden customer for the gym. Base >= min_total."""
    rules = [LOW | {"spend_amount": 115}, HIGH | {"spend_amount": 115} | condition]
    paid(tmp_path, *rules, plans=[{}, {"plan": "pool"}], customers=[{"category": "gold"}])
    assert points() == ["2" if matches else "1"]


def test_customer_without_a_category_matches_no_rule_for_one(store, tmp_path):
    """L7.5."""
    paid(tmp_path, {"category": "gold"})
    assert points() == []


def test_rule_of_another_company_gives_nothing(store, tmp_path):
    """L7.5."""
    paid(tmp_path, {"company": "other", "priority": 9}, companies=[{}, {"company": "other"}])
    assert points() == []


def test_first_rule_that_matches_decides_even_if_it_gives_nothing(store, tmp_path):
    """L7.5, readings 33: 115.00 holds no step of 200."""
    paid(tmp_path, LOW, HIGH | {"spend_amount": 200})
    assert points() == []


# The base -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("redeemed", "earned"), [(10, ["10"]), (30, ["8"]), (57, ["5"]), (114, []), (115, [])], ids=str
)
def test_what_points_paid_of_an_invoice_earns_nothing(store, tmp_path, redeemed, earned):
    """L7.5: (115 less what points of 1.00 paid) / 10; the money comes on the next day."""
    club(
        tmp_path,
        company={"point_value": 1},
        plan={"grace_days": 30},
        memberships=[{"started_on": START}],
        credit_charges=[{"credit_type": "points", "quantity": 500, "charged_on": START}],
        redemptions=[{"points": redeemed, "requested_on": "2028-02-02"}],
        payments=[{"amount": 115, "paid_on": "2028-02-03"}],
        loyalty_rules=[{"spend_amount": 10}],
    )
    nightly(START, "2028-02-03")
    assert only("invoices", "status") == "paid"
    assert seen("lots", "quantity", source="earn") == [(each,) for each in earned]


def test_min_total_is_asked_of_the_base_less_points(store, tmp_path):
    """L7.5: base, 105 after ten points of 1.00, is what both its conditions are about."""
    club(
        tmp_path,
        company={"point_value": 1},
        plan={"grace_days": 30},
        memberships=[{"started_on": START}],
        credit_charges=[{"credit_type": "points", "quantity": 10, "charged_on": START}],
        redemptions=[{"points": 10, "requested_on": "2028-02-02"}],
        payments=[{"amount": 115, "paid_on": "2028-02-03"}],
        loyalty_rules=[HIGH | {"min_total": "105.01"}, LOW | {"min_total": 105}],
    )
    nightly(START, "2028-02-03")
    assert seen("lots", "quantity", source="earn") == [("105",)]


def test_only_membership_invoices_that_are_paid_earn(store, tmp_path):
    """L7.5: not one with a cent open, not a fee, not a free one, not a credit note, not a carried period."""
    terms = {
        "open": {"started_on": START, "plan": "dear"},
        "free": {"started_on": START, "discount_percent": 100},
        "carried": {"started_on": START, "paid_until": "2028-03-01"},
        "lapses": {"started_on": START, "customer": "gone"},
    }
    club(
        tmp_path,
        plans=[{"grace_days": 1}, {"plan": "dear", "grace_days": 30, "terms_days": 0}],
        memberships=[{"membership": name} | row for name, row in terms.items()],
        payments=[{"amount": "114.99", "paid_on": START, "membership": "open"}],
        loyalty_rules=[{}],
        dunning_levels=[{"days_overdue": 1, "fee": 5}],
    )
    nightly(START, "2028-02-02")
    arrive(tmp_path, payments=[{"payment": "p2", "amount": 5, "paid_on": "2028-02-03", "invoice": "CLUB-2028-000005"}])
    nightly("2028-02-03")
    assert points() == []
    arrive(tmp_path, payments=[{"payment": "p3", "amount": "0.01", "paid_on": "2028-02-04"}])
    nightly("2028-02-04")
    assert points() == ["115"]


def test_invoice_earns_once(store, tmp_path):
    """L7.5, readings 31: not again on a later day, nor by a rule that came since."""
    paid(tmp_path, {"priority": 1})
    arrive(tmp_path, loyalty_rules=[{"rule": "new", "priority": 9, "points": 9}])
    flow("points", START)
    flow("points", "2028-02-02")
    assert points() == ["115"]


def test_invoice_that_no_rule_matched_is_not_looked_at_again(store, tmp_path):
    """Readings 31: the rule comes a day too late."""
    paid(tmp_path)
    arrive(tmp_path, loyalty_rules=[{}])
    flow("points", "2028-02-02")
    assert points() == []


def test_points_of_the_first_invoice_are_spent_first_where_all_expire_on_the_same_day(store, tmp_path):
    """Readings 32, L6.1: a's is number 1; on the 3rd twenty points pay for m3."""
    club(
        tmp_path,
        company={"point_value": 1},
        memberships=[*({"membership": name, "started_on": START} for name in "za"), {"started_on": "2028-02-02"}],
        payments=[{"amount": 230, "paid_on": START}],
        loyalty_rules=[{"valid_days": 30}],
        redemptions=[{"points": 20, "requested_on": "2028-02-03"}],
    )
    nightly(START, "2028-02-03")
    assert only("invoices", "membership", invoice="CLUB-2028-000001") == "a"
    assert seen("lots", "source_id remaining") == [("CLUB-2028-000001", "95"), ("CLUB-2028-000002", "115")]


@pytest.mark.parametrize(("currency", "price", "earned"), [("KWD", "10.125", "101"), ("JPY", 101, "1010")])
def test_base_is_in_the_major_units_of_the_invoice(store, tmp_path, currency, price, earned):
    """L7.5, L2.4: three decimals, and none; a point for each tenth."""
    paid(
        tmp_path,
        {"spend_amount": "0.1"},
        company={"currency": currency},
        plan={"currency": currency, "price": price, "tax_rate": 0},
        payments=[{"amount": 9999, "currency": currency, "paid_on": START}],
    )
    assert points() == [earned]


def test_points_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: earned, redeemed, earned of the rest, expired."""
    club(
        tmp_path,
        company={"point_value": "0.5"},
        plan={"interval_unit": "day", "grace_days": ""},
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": START}, {"amount": 80, "paid_on": "2028-02-03"}],
        redemptions=[{"points": 70, "requested_on": "2028-02-03"}] * 2,
        loyalty_rules=[{"valid_days": 3}],
    )
    state = assert_as_once_and_daily(store, START, "2028-02-05")
    assert (state["lots"].total(), state["rejects"].total()) == (2, 1)
