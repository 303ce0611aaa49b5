"""What does a period cost? Net, tax and total of invoices (L2.1, L2.3, L2.4), through intake, billing and view."""

from __future__ import annotations

from typing import Any

from tests.factories import arrive, club, nightly, only, seen

AS_OF = "2028-02-29"

ON_TOP = {"tax_rate": "0.15"}
INCLUDED = {"tax_rate": "0.15", "tax_included": "true"}
KWD = {"currency": "KWD", "tax_rate": "0.05", "price": "10.125"}
JPY = {"currency": "JPY", "tax_rate": "0.10"}

Case = tuple[dict[str, Any], dict[str, Any], tuple[str, str, str]]
CASES: dict[str, Case] = {
    "tax on top": (ON_TOP, {}, ("100.00", "15.00", "115.00")),
    "tax included": (INCLUDED, {}, ("86.96", "13.04", "100.00")),
    "no tax": ({"tax_rate": "0"}, {}, ("100.00", "0.00", "100.00")),
    "no tax, included": ({"tax_rate": "0", "tax_included": "true"}, {}, ("100.00", "0.00", "100.00")),
    "three decimals, 0.50625 of tax": (KWD, {}, ("10.125", "0.506", "10.631")),
    "three decimals, tax included": (KWD | {"tax_included": "true"}, {}, ("9.643", "0.482", "10.125")),
    "no decimals, 33.3 of tax": (JPY | {"price": 333}, {}, ("333", "33", "366")),
    "no decimals, 33.5 of tax is half away": (JPY | {"price": 335}, {}, ("335", "34", "369")),
    "rials have two decimals": ({"currency": "IRR", "price": "1000.01"}, {}, ("1000.01", "150.00", "1150.01")),
    "quantity": (ON_TOP, {"quantity": 3}, ("300.00", "45.00", "345.00")),
    "part of a quantity": (ON_TOP, {"quantity": "0.5"}, ("50.00", "7.50", "57.50")),
    "discount": (ON_TOP, {"discount_percent": "10"}, ("90.00", "13.50", "103.50")),
    "discount of a total with tax": (INCLUDED, {"discount_percent": "10"}, ("78.26", "11.74", "90.00")),
    "own price": (ON_TOP, {"unit_price": "80.50"}, ("80.50", "12.08", "92.58")),
    "own price of zero": (ON_TOP, {"unit_price": 0}, ("0.00", "0.00", "0.00")),
    "own price and quantity": (ON_TOP, {"unit_price": "0.99", "quantity": 7}, ("6.93", "1.04", "7.97")),
    # 200.10 x 0.15 = 30.015
    "all, tax half away": (ON_TOP, {"quantity": 3, "discount_percent": "33.3"}, ("200.10", "30.02", "230.12")),
    # 0.03 x 0.5 less 75 % = 0.00375; rounded after the quantity too it would be 0.02 less 75 % = 0.01
    "rounded once": (
        {"price": "0.03"},
        {"quantity": "0.5", "discount_percent": "75"},
        ("0.00", "0.00", "0.00"),
    ),
    "half a cent is a cent": ({"price": "0.01"}, {"quantity": "0.5"}, ("0.01", "0.00", "0.01")),
    "just below half a cent is nothing": ({"price": "0.01"}, {"quantity": "0.499999"}, ("0.00", "0.00", "0.00")),
}


def test_amounts_are_exact_and_rounded_once_half_away_from_zero(store, tmp_path):
    """L2.3, L2.4: amount, then tax on top of it or net within it, with the decimals of ISO 4217."""
    club(
        tmp_path,
        plans=[{"plan": name} | plan for name, (plan, _, _) in CASES.items()],
        memberships=[
            {"membership": name, "plan": name, "started_on": AS_OF} | terms for name, (_, terms, _) in CASES.items()
        ],
    )
    nightly(AS_OF)
    found = {name: tuple(amounts) for name, *amounts in seen("invoices", "membership net tax total")}
    assert found == {name: expected for name, (_, _, expected) in CASES.items()}


def test_invoice_is_in_the_currency_of_its_plan(store, tmp_path):
    """L2.1: not in the company's."""
    club(tmp_path, plan=KWD, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF)
    assert only("invoices", "currency total open") == ("KWD", "10.631", "10.631")


def test_price_of_a_period_is_that_of_the_newest_version_on_its_first_day(store, tmp_path):
    """L2.1: the day before the version, on it, after it - whatever the day of issue.

    issued on 27 Feb, lead 4:   for 29 Feb (100)   for 1 Mar (200)   for 2 Mar (200)
    """
    prices = {"2000-01-01": 100, "2028-03-01": 200, "2030-01-01": 300}
    starts = {"before": "2028-02-29", "on": "2028-03-01", "after": "2028-03-02"}
    club(
        tmp_path,
        plan={"price": prices, "lead_days": 4},
        memberships=[{"membership": m, "started_on": "2028-01-10", "paid_until": start} for m, start in starts.items()],
    )
    nightly("2028-02-27")
    assert seen("invoices", "membership net") == [("after", "200.00"), ("before", "100.00"), ("on", "200.00")]


def test_own_price_outweighs_every_version_of_the_plans_price(store, tmp_path):
    """L2.3."""
    club(
        tmp_path,
        plan={"price": {"2000-01-01": 100, "2028-01-31": 200}, "grace_days": ""},
        memberships=[{"started_on": "2027-12-31", "unit_price": 70}],
    )
    nightly(AS_OF)
    assert seen("invoices", "net") == [("70.00",)] * 3


def test_terms_changed_later_hold_for_periods_to_come_and_leave_issued_invoices_alone(store, tmp_path):
    """L6.1: an issued invoice never changes."""
    plan = {"interval_unit": "day", "grace_days": ""}
    club(tmp_path, plan=plan, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF)
    arrive(
        tmp_path,
        plan_prices=[{"plan": "gym", "effective_from": AS_OF, "price": 200}],
        memberships=[{"started_on": AS_OF, "quantity": 2, "discount_percent": 50}],
    )
    nightly("2028-03-01")
    arrive(tmp_path, memberships=[{"started_on": AS_OF, "auto_renew": "false"}])
    nightly("2028-03-02")
    assert seen("invoices", "invoice net") == [("CLUB-2028-000001", "100.00"), ("CLUB-2028-000002", "200.00")]
