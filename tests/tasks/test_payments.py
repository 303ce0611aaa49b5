"""Which invoice does a payment pay? Where it points, else the oldest debt, and the rest waits (L6.2)."""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, nightly, only, seen
from tests.support import load_rows

FIRST, SECOND, THIRD = "2028-02-28", "2028-02-29", "2028-03-01"
KEPT = {"grace_days": "", "on_expiry": "collect"}
"""Grace lasts, so that nothing becomes void."""
DAILY = KEPT | {"interval_unit": "day"}


def two_members(tmp_path, **plan) -> None:
    """m1 and m2 of one customer, billed 115.00 each on the first day: CLUB-2028-000001 and …2."""
    club(tmp_path, plan=KEPT | plan, memberships=[{"started_on": FIRST}, {"started_on": FIRST}])
    nightly(FIRST)


def paid() -> dict[str, str]:
    """What each invoice got, by the last digits of its number."""
    return {invoice[-2:]: amount for invoice, amount in seen("invoices", "invoice paid")}


def pay(tmp_path, *payments, on: str = SECOND) -> None:
    """Payments of a day, and that day's run."""
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": on} | row for row in payments])
    nightly(on)


# Where it points -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points_to", "pays"),
    [
        ({}, "01"),  # nothing: the oldest debt
        ({"invoice": "CLUB-2028-000002"}, "02"),
        ({"membership": "m2"}, "02"),
        ({"invoice": "CLUB-2028-000002", "membership": "m1"}, "02"),  # the invoice outweighs the membership
        ({"invoice": "CLUB-2028-000009", "membership": "m2"}, "01"),  # an unknown one does not fall back to it
        ({"membership": "m9"}, "01"),
    ],
)
def test_payment_goes_to_the_invoice_or_membership_that_it_names_else_to_the_oldest_debt(
    store, tmp_path, points_to, pays
):
    """L6.2."""
    two_members(tmp_path)
    pay(tmp_path, points_to)
    assert paid() == {"01": "0.00", "02": "0.00"} | {pays: "115.00"}


def test_invoice_is_paid_when_nothing_is_left_and_what_is_too_much_stays_unapplied(store, tmp_path):
    """L6.2, L6.3: a cent less, exactly, a cent more; partly paid shows as open."""
    amounts = {"less": "114.99", "exact": "115.00", "more": "115.01"}
    club(
        tmp_path,
        plan=KEPT,
        memberships=[{"membership": name, "customer": name, "started_on": FIRST} for name in amounts],
    )
    nightly(FIRST)
    pay(tmp_path, *({"customer": name, "membership": name, "amount": amounts[name]} for name in amounts))
    assert seen("invoices", "membership paid open status") == [
        ("exact", "115.00", "0.00", "paid"),
        ("less", "114.99", "0.01", "open"),
        ("more", "115.00", "0.00", "paid"),
    ]
    assert seen("payments", "customer amount allocated unapplied") == [
        ("exact", "115.00", "115.00", "0.00"),
        ("less", "114.99", "114.99", "0.00"),
        ("more", "115.01", "115.00", "0.01"),
    ]


def test_payment_for_a_membership_goes_to_its_oldest_debt_by_due_date_then_number(store, tmp_path):
    """L6.2: the second invoice was issued under terms that make it due first.

    1  28 Feb, due 13 Mar     2  29 Feb, due 29 Feb     3  1 Mar, due 13 Mar
    """
    club(tmp_path, plan=DAILY, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    store.exec_driver_sql("UPDATE tajdid.plans SET terms_days = 0")
    nightly(SECOND)
    store.exec_driver_sql("UPDATE tajdid.plans SET terms_days = 12")
    nightly(THIRD)
    assert seen("invoices", "invoice due_on") == [
        ("CLUB-2028-000001", "2028-03-13"),
        ("CLUB-2028-000002", "2028-02-29"),
        ("CLUB-2028-000003", "2028-03-13"),
    ]
    arrive(tmp_path, payments=[{"amount": 200, "paid_on": THIRD, "membership": "m1"}])
    flow("payments", THIRD)
    assert paid() == {"01": "85.00", "02": "115.00", "03": "0.00"}


def test_somebody_elses_invoice_or_membership_is_not_paid(store, tmp_path):
    """L6.2: the money goes to the payer's own oldest debt instead, or stays the payer's credit."""
    club(
        tmp_path,
        plan=KEPT,
        customers=[{"customer": "guest"}],
        memberships=[
            {"membership": "m1", "customer": "owner", "started_on": FIRST},
            {"membership": "m2", "customer": "payer", "started_on": FIRST},
        ],
    )
    nightly(FIRST)
    pay(
        tmp_path,
        {"payment": "p1", "customer": "payer", "invoice": "CLUB-2028-000001"},
        {"payment": "p2", "customer": "guest", "membership": "m1"},
    )
    assert paid() == {"01": "0.00", "02": "115.00"}
    assert seen("customer_credit", "customer amount") == [("guest", "115.00")]


def test_money_in_another_currency_pays_nothing(store, tmp_path):
    """L6.2: not even the invoice that it names; it is credit in its own currency and meets debts in that one only."""
    club(
        tmp_path,
        plans=[KEPT, KEPT | {"plan": "dinar", "currency": "KWD", "price": 10, "tax_rate": 0}],
        memberships=[{"started_on": FIRST}, {"started_on": FIRST, "plan": "dinar"}],
    )
    nightly(FIRST)
    pay(tmp_path, {"amount": "12.500", "currency": "KWD", "invoice": "CLUB-2028-000001"})
    assert seen("invoices", "currency paid status") == [("KWD", "10.000", "paid"), ("SAR", "0.00", "open")]
    assert seen("customer_credit", "currency amount") == [("KWD", "2.500")]


def test_void_invoice_is_not_paid_any_more(store, tmp_path):
    """L3.5, L6.2: money for it is credit."""
    club(tmp_path, plan={"grace_days": 1, "auto_renew": "false"}, memberships=[{"started_on": FIRST}])
    nightly(FIRST, SECOND)
    pay(tmp_path, {"invoice": "CLUB-2028-000001"}, on=THIRD)
    assert only("invoices", "status paid", kind="membership") == ("void", "0.00")
    assert only("payments", "allocated unapplied") == ("0.00", "115.00")


# Several of a day ----------------------------------------------------------------------------------------------------


def test_payments_of_a_day_share_one_invoice_in_order_of_paid_on_then_payment(store, tmp_path):
    """L6.2: the one paid the day before but loaded late comes first; what is left over meets nothing here."""
    club(tmp_path, plan=KEPT, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    to_m1 = {"amount": 50, "membership": "m1"}
    late = to_m1 | {"payment": "z", "paid_on": FIRST}
    pay(tmp_path, to_m1 | {"payment": "b"}, to_m1 | {"payment": "a"}, late)
    assert seen("payments", "payment allocated unapplied") == [
        ("a", "50.00", "0.00"),
        ("b", "15.00", "35.00"),
        ("z", "50.00", "0.00"),
    ]


def test_target_of_a_payment_is_the_one_at_the_start_of_the_stage(store, tmp_path):
    """L6.2: both point to m2's first invoice; what the second has left is credit and meets the oldest debt of all.

    m1  28 Feb 01          29 Feb 03
    m2  28 Feb 02 <- a, b  29 Feb 04
    """
    club(tmp_path, plan=DAILY, memberships=[{"started_on": FIRST}, {"started_on": FIRST}])
    nightly(FIRST, SECOND)
    to_m2 = {"membership": "m2", "paid_on": SECOND}
    arrive(tmp_path, payments=[{"payment": "a", "amount": 115} | to_m2, {"payment": "b", "amount": 60} | to_m2])
    flow("payments", SECOND)
    assert paid() == {"01": "60.00", "02": "115.00", "03": "0.00", "04": "0.00"}


def test_what_points_somewhere_is_settled_before_what_points_nowhere(store, tmp_path):
    """L6.2: though "a" is older than "z", z has paid the invoice that a would have met."""
    two_members(tmp_path)
    pay(tmp_path, {"payment": "a", "paid_on": FIRST}, {"payment": "z", "invoice": "CLUB-2028-000001", "amount": 15})
    assert paid() == {"01": "115.00", "02": "15.00"}
    assert seen("payments", "payment allocated") == [("a", "115.00"), ("z", "15.00")]


# Its day -------------------------------------------------------------------------------------------------------------


def test_payment_waits_for_its_day(store, tmp_path):
    """L1.5: before it the payment is not there at all, on it the money is."""
    club(
        tmp_path,
        plan=KEPT,
        memberships=[{"started_on": FIRST}],
        payments=[{"amount": 115, "paid_on": THIRD}],
    )
    nightly(FIRST, SECOND)
    assert seen("payments", "payment") == []
    assert paid() == {"01": "0.00"}
    nightly(THIRD)
    assert seen("payments", "payment paid_on allocated") == [("p1", THIRD, "115.00")]
    assert paid() == {"01": "115.00"}


def test_payment_that_comes_late_is_booked_on_the_day_that_takes_it_in(store, tmp_path):
    """L1.1, L1.5: a closed day is not opened again."""
    club(tmp_path, plan=KEPT, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    pay(tmp_path, {"paid_on": "2027-12-31"}, on=SECOND)
    assert only("payments", "paid_on allocated") == ("2027-12-31", "115.00")
    assert {on for (on,) in seen("postings", "on_date", source="p1")} == {SECOND}


def test_payment_is_taken_once_however_often_its_day_runs(store, tmp_path):
    """L1.8: and one that has come since takes part in the repeated run."""
    two_members(tmp_path)
    pay(tmp_path, {"payment": "p1", "amount": 100})
    nightly(SECOND)
    assert paid() == {"01": "100.00", "02": "0.00"}
    pay(tmp_path, {"payment": "p2", "amount": 100})
    assert paid() == {"01": "115.00", "02": "85.00"}
    assert len(seen("postings", "source", account="cash")) == 2


# What is left --------------------------------------------------------------------------------------------------------


def test_overpayment_waits_as_credit_and_meets_the_next_invoice_on_its_day_of_issue(store, tmp_path):
    """L1.6, L6.2: 200 = 115 + 85 of the second."""
    club(tmp_path, plan=DAILY, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    arrive(tmp_path, payments=[{"amount": 200, "paid_on": FIRST, "invoice": "CLUB-2028-000001"}])
    nightly(FIRST)
    assert seen("customer_credit", "customer amount") == [("u", "85.00")]
    nightly(SECOND)
    assert seen("customer_credit", "customer amount") == []
    assert seen("invoices", "invoice paid open") == [
        ("CLUB-2028-000001", "115.00", "0.00"),
        ("CLUB-2028-000002", "85.00", "30.00"),
    ]


def test_oldest_credit_meets_the_oldest_debt_first(store, tmp_path):
    """L6.2: two queues; debts by (due_on, number), though number 1 was issued first.

    credit   old 60 | new 100 (of which 30 stay)
    debts    02, due 28 Feb: 115 | 01, due 13 Mar: 15
    """
    later = {"plan": "later", "price": 10, "tax_rate": "0.5", "terms_days": 14}
    club(
        tmp_path,
        plan=KEPT | {"terms_days": 0},
        plans=[{}, later],
        memberships=[{"started_on": FIRST, "plan": "later"}, {"started_on": FIRST}],
    )
    nightly(FIRST)
    pay(tmp_path, {"payment": "a-new", "amount": 100}, {"payment": "z-old", "amount": 60, "paid_on": FIRST})
    assert seen("invoices", "invoice due_on paid") == [
        ("CLUB-2028-000001", "2028-03-13", "15.00"),
        ("CLUB-2028-000002", FIRST, "115.00"),
    ]
    assert seen("payments", "payment allocated unapplied") == [("a-new", "70.00", "30.00"), ("z-old", "60.00", "0.00")]


def test_payment_of_nobody_is_rejected_with_its_reason(store, tmp_path):
    """L6.2: the only one that cannot be placed at all."""
    two_members(tmp_path)
    stray = {"payment": "p1", "customer": "nobody", "amount": 115, "currency": "SAR", "paid_on": SECOND}
    (loaded,) = load_rows(tmp_path / "stray", {"payments": [stray]})
    assert (loaded.loaded, loaded.rejected) == (0, 1)
    assert seen("rejects", "stage entity record reason") == [("intake", "payments", "p1", "unknown_customer")]
