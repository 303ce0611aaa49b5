"""Which invoice do points pay, with how many of them, and when not? (L7.6)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, nightly, only, seen
from tests.tasks.redeeming import FIRST, ON, PATIENT, SECOND, START, TWO, left, paid, redeems, refused

# What is paid ---------------------------------------------------------------------------------------------------------


def test_points_pay_their_value_of_the_invoice(store, tmp_path):
    """L7.6, L10: 300 points of 0.10: 30.00 points expense against receivable."""
    redeems(tmp_path, {"points": 300})
    assert only("invoices", "paid open status") == ("30.00", "85.00", "open")
    assert left() == {"h1": 700}
    assert seen("movements", "kind quantity on_date", source_id="d1") == [("redemption", "-300", ON)]
    assert seen("postings", "account amount on_date", source="d1") == [
        ("points_expense", "30.00", ON),
        ("receivable", "-30.00", ON),
    ]


@pytest.mark.parametrize(
    ("value", "asked", "paid_by"),
    [
        ("0.10", 1149, (1149, "114.90", "open")),
        ("0.10", 1150, (1150, "115.00", "paid")),
        ("0.10", 1151, (1150, "115.00", "paid")),
        ("0.10", 5000, (1150, "115.00", "paid")),
        ("0.40", 300, (287, "114.80", "open")),
        ("2", 300, (57, "114.00", "open")),
        ("115", 300, (1, "115.00", "paid")),
        ("0.03", 5000, (3833, "114.99", "open")),
        ("0.333", 10, (10, "3.33", "open")),
        ("0.335", 1, (1, "0.34", "open")),
        ("0.005", 1, (1, "0.01", "open")),
    ],
)
def test_as_many_whole_points_are_taken_as_the_invoice_can_take(store, tmp_path, value, asked, paid_by):
    """L7.6: of 115.00; the rest stays in the lots; the value is rounded once, half away from zero (L2.3)."""
    redeems(tmp_path, {"points": asked}, points=5000, value=value)
    points, *figures = paid_by
    assert only("invoices", "paid status") == tuple(figures)
    assert left() == {"h1": 5000 - points}


@pytest.mark.parametrize(
    ("money", "points", "amount"),
    [
        (("KWD", "10.125", "0.001"), 10124, "10.124"),
        (("KWD", "10.125", "0.001"), 99999, "10.125"),
        (("KWD", "10.125", "0.0125"), 99999, "10.125"),
        (("KWD", "10.125", "0.002"), 99999, "10.124"),
        (("JPY", "101", "1.5"), 99999, "101"),
        (("JPY", "101", "0.5"), 3, "2"),
    ],
)
def test_points_pay_in_the_minor_units_of_the_currency(store, tmp_path, money, points, amount):
    """L2.4, L7.6: three decimals, and none."""
    currency, price, value = money
    plan = PATIENT | {"currency": currency, "price": price, "tax_rate": 0}
    company = {"point_value": value, "currency": currency}
    redeems(tmp_path, {"points": points}, points=99999, company=company, plan=plan)
    assert only("invoices", "paid") == amount


def test_invoice_that_points_pay_in_full_is_paid_and_so_is_its_period(store, tmp_path):
    """L3.3, L6.3: active on the same day."""
    redeems(tmp_path, {"points": 1150}, points=1150)
    flow("grace", ON)
    assert only("memberships", "status paid_until") == ("active", "2028-03-01")
    assert seen("periods", "state") == [("paid",)]


def test_lots_of_points_are_spent_soonest_expiry_first(store, tmp_path):
    """L7.3: 50 until March, 50 until April, the rest for ever; the one that is over counts for nothing."""
    until = {"a": "", "b": "2028-04-01", "c": "2028-03-01", "over": ON}
    redeems(
        tmp_path,
        {"points": 120},
        credit_charges=[
            {"charge": name, "credit_type": "points", "quantity": 50, "charged_on": START, "expires_on": expires_on}
            for name, expires_on in until.items()
        ],
    )
    assert left() == {"a": 30, "b": 0, "c": 0, "over": 0}
    assert seen("movements", "quantity", kind="expiry") == [("-50",)]


# Which invoice --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "target"),
    [
        ({}, FIRST),
        ({"membership": "m1"}, FIRST),
        ({"membership": "m2"}, SECOND),
        ({"invoice": FIRST}, FIRST),
        ({"invoice": SECOND}, SECOND),
        ({"invoice": SECOND, "membership": "m1"}, SECOND),
    ],
    ids=str,
)
def test_points_pay_the_invoice_named_else_the_memberships_else_the_customers_oldest(store, tmp_path, asked, target):
    """L7.6: by (due_on, number)."""
    redeems(tmp_path, {"points": 100} | asked, memberships=TWO)
    assert [invoice for invoice, amount in paid() if amount == "10.00"] == [target]


def test_oldest_is_what_is_due_first_not_what_was_issued_first(store, tmp_path):
    """L6.2, L7.6: m1 is due after thirty days, m2 after two."""
    plans = [PATIENT | {"terms_days": 30}, PATIENT | {"plan": "hasty", "terms_days": 2}]
    redeems(tmp_path, {"points": 100}, plans=plans, memberships=[TWO[0], TWO[1] | {"plan": "hasty"}])
    assert paid() == [(FIRST, "0.00"), (SECOND, "10.00")]


def test_oldest_invoice_of_a_membership_is_its_oldest_open_one(store, tmp_path):
    """L7.6: three weeks each, all due on one day: 1 to 3 of m1, 4 to 6 of m2, of which the first has been paid."""
    redeems(
        tmp_path,
        {"points": 100, "membership": "m2"},
        plan=PATIENT | {"interval_unit": "week", "lead_days": 14},
        memberships=TWO,
        on="2028-02-03",
    )
    assert paid()[3] == ("CLUB-2028-000004", "10.00")
    arrive(tmp_path, payments=[{"amount": 105, "paid_on": "2028-02-03", "membership": "m2"}])
    flow("payments", "2028-02-03")
    arrive(
        tmp_path, redemptions=[{"redemption": "d2", "points": 100, "requested_on": "2028-02-04", "membership": "m2"}]
    )
    flow("points", "2028-02-04")
    assert [amount for _, amount in paid()] == ["0.00", "0.00", "0.00", "115.00", "10.00", "0.00"]


# When not -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "given", "reason"),
    [
        ({"points": 1001}, {}, "insufficient_balance"),
        ({"points": 1000}, {}, None),
        ({"points": 1001, "invoice": "none"}, {"value": ""}, "insufficient_balance"),
        ({"points": 1000, "invoice": "none"}, {"value": ""}, "no_open_invoice"),
        ({"points": 1000, "membership": "none"}, {}, "no_open_invoice"),
        ({"points": 1000}, {"value": ""}, "nothing_to_redeem"),
        ({"points": 1000}, {"value": "115.01"}, "nothing_to_redeem"),
        ({"points": 1000}, {"value": "115.00"}, None),
        ({"points": 4}, {"value": "0.001"}, "nothing_to_redeem"),
        ({"points": 5}, {"value": "0.001"}, None),
        ({"points": 1}, {"memberships": ()}, "no_open_invoice"),
        ({"points": 1}, {"memberships": [{"started_on": START, "discount_percent": 100}]}, "no_open_invoice"),
        ({"points": 1}, {"payments": [{"amount": 115, "paid_on": START}]}, "no_open_invoice"),
        ({"points": 1}, {"payments": [{"amount": "114.95", "paid_on": START}]}, "nothing_to_redeem"),
        ({"points": 1}, {"payments": [{"amount": "114.90", "paid_on": START}]}, None),
    ],
    ids=str,
)
def test_reasons_to_refuse_a_redemption_in_their_order(store, tmp_path, asked, given, reason):
    """L7.6: insufficient_balance, no_open_invoice, nothing_to_redeem; each whole, and nothing is taken."""
    redeems(tmp_path, asked, **given)
    assert refused() == ({"d1": reason} if reason else {})
    assert (left() == {"h1": 1000}) == (reason is not None)


def test_refused_redemption_is_a_reject_of_its_day_and_decided_once(store, tmp_path):
    """L7.6, intake.md: the points that come tomorrow come too late."""
    redeems(tmp_path, {"points": 1001})
    arrive(tmp_path, credit_charges=[{"charge": "h2", "credit_type": "points", "quantity": 5, "charged_on": ON}])
    flow("credits", ON)
    flow("points", "2028-02-03")
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "redemptions", "d1", "insufficient_balance", ON)
    ]
    assert left() == {"h1": 1000, "h2": 5}


def test_what_it_names_must_be_the_customers_own_and_in_the_companys_currency(store, tmp_path):
    """L7.6, readings 34: not another's, not dollars; and nothing else is paid instead."""
    terms = [{"started_on": START}, {"started_on": START, "customer": "v"}, {"started_on": START, "plan": "dollars"}]
    names = [{"invoice": SECOND}, {"membership": "m2"}, {"membership": "m3"}, {"invoice": "CLUB-2028-000003"}]
    redeems(
        tmp_path,
        *({"points": 1} | name for name in names),
        plans=[PATIENT, PATIENT | {"plan": "dollars", "currency": "USD"}],
        memberships=terms,
    )
    assert refused() == {f"d{n}": "no_open_invoice" for n in range(1, 5)}
    assert {amount for _, amount in paid()} == {"0.00"}


def test_fee_is_paid_by_points_only_where_it_is_named(store, tmp_path):
    """L7.6: otherwise they pay membership invoices."""
    club(
        tmp_path,
        company={"point_value": "0.10"},
        plan=PATIENT | {"terms_days": 0},
        memberships=[{"started_on": START}],
        dunning_levels=[{"days_overdue": 1, "fee": 20}],
        credit_charges=[{"credit_type": "points", "quantity": 5000, "charged_on": START}],
        redemptions=[
            {"points": 1150, "requested_on": "2028-02-03"},
            {"points": 10, "requested_on": "2028-02-03"},
            {"points": 50, "requested_on": "2028-02-03", "invoice": SECOND},
        ],
    )
    nightly(START, "2028-02-03")
    assert seen("invoices", "invoice kind paid") == [(FIRST, "membership", "115.00"), (SECOND, "fee", "5.00")]
    assert refused() == {"d2": "no_open_invoice"}
