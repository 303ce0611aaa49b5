"""What becomes of the debts of a member who expires? Void or collect (L3.5)."""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, night, nightly, only, seen, statuses

START = "2028-02-28"
VOIDS = {"interval_unit": "week", "grace_days": 2}
COLLECTS = VOIDS | {"on_expiry": "collect"}

# Void ----------------------------------------------------------------------------------------------------------------


def test_expiry_credits_the_unpaid_invoice_in_full(store, tmp_path):
    """L3.5, L6.1, L6.3: the day before, and the day.

    28 Feb issued   29 Feb grace   1 Mar expired: credit note, invoice and period void
    """
    club(tmp_path, plan=VOIDS, memberships=[{"started_on": START}])
    nightly(START, "2028-02-29")
    assert seen("invoices", "invoice status") == [("CLUB-2028-000001", "open")]
    nightly("2028-03-01")
    figures = "invoice kind issued_on due_on net tax total paid open status corrects"
    number, note = "CLUB-2028-000001", "CLUB-2028-000002"
    assert seen("invoices", figures) == [
        (number, "membership", START, "2028-03-13", "100.00", "15.00", "115.00", "0.00", "0.00", "void", None),
        (note, "credit_note", *["2028-03-01"] * 2, "-100.00", "-15.00", "-115.00", "0.00", "0.00", None, number),
    ]
    same = "customer company membership currency period_starts_on period_ends_on"
    assert only("invoices", same, invoice=note) == only("invoices", same, invoice=number)
    assert seen("periods", "starts_on state invoice") == [(START, "void", number)]


def test_expiry_credits_every_unpaid_period_in_order_and_leaves_paid_and_carried_ones(store, tmp_path):
    """L3.5: [carried)[paid)[open)[open) - lead 7 has billed one ahead."""
    club(
        tmp_path, plan=VOIDS | {"lead_days": 7}, memberships=[{"started_on": "2028-02-14", "paid_until": "2028-02-21"}]
    )
    flow("renewals", "2028-02-14")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": START}])
    nightly(START, "2028-03-01")
    assert seen("periods", "starts_on state") == [
        ("2028-02-14", "carried"),
        ("2028-02-21", "paid"),
        (START, "void"),
        ("2028-03-06", "void"),
    ]
    assert seen("invoices", "invoice period_starts_on", kind="credit_note") == [
        ("CLUB-2028-000004", START),
        ("CLUB-2028-000005", "2028-03-06"),
    ]


def test_money_paid_on_what_becomes_void_is_credit_again(store, tmp_path):
    """L3.5: of two payments, each gets back what it had paid."""
    club(tmp_path, plan=VOIDS, memberships=[{"started_on": START}])
    nightly(START)
    arrive(tmp_path, payments=[{"amount": amount, "paid_on": START} for amount in (40, 60)])
    nightly("2028-02-29")
    assert only("invoices", "paid open") == ("100.00", "15.00")
    nightly("2028-03-01")
    assert only("invoices", "paid open status", kind="membership") == ("0.00", "0.00", "void")
    assert seen("payments", "payment allocated unapplied") == [("p1", "0.00", "40.00"), ("p2", "0.00", "60.00")]
    assert seen("customer_credit", "customer amount") == [("u", "100.00")]


def test_money_that_comes_free_meets_another_invoice_on_the_same_day(store, tmp_path):
    """L1.6, L3.5: in the stage of unapplied credit after status; what is left stays credit."""
    plans = [VOIDS, {"plan": "other", "price": 30, "tax_rate": 0, "grace_days": 9}]
    club(tmp_path, plans=plans, memberships=[{"started_on": START}, {"started_on": START, "plan": "other"}])
    nightly(START)
    arrive(tmp_path, payments=[{"amount": 50, "paid_on": START, "membership": "m1"}])
    nightly("2028-02-29", "2028-03-01")
    assert seen("invoices", "membership status paid", kind="membership") == [
        ("m1", "void", "0.00"),
        ("m2", "paid", "30.00"),
    ]
    assert only("payments", "allocated unapplied") == ("30.00", "20.00")


def test_member_who_pays_after_the_debt_has_become_void_stays_expired(store, tmp_path):
    """L3.5: there is nothing to pay; the money is credit."""
    club(tmp_path, plan=VOIDS, memberships=[{"started_on": START}])
    nightly(START, "2028-03-01")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-03-02", "membership": "m1"}])
    nightly("2028-03-02")
    assert statuses() == {"m1": "expired"}
    assert seen("customer_credit", "amount") == [("115.00",)]


def test_expiry_is_settled_once_however_often_its_day_runs(store, tmp_path):
    """L1.8."""
    club(tmp_path, plan=VOIDS, memberships=[{"started_on": START}])
    nightly(START, "2028-03-01")
    nightly("2028-03-01", "2028-03-02")
    assert seen("invoices", "kind") == [("credit_note",), ("membership",)]


def test_free_period_is_not_credited(store, tmp_path):
    """L3.5, L3.6: a zero total was paid at issue; only what is unpaid becomes void.

    28 Feb free, paid    6 Mar 115.00, open    8 Mar expired
    """
    prices = {"2000-01-01": 0, "2028-03-06": 100}
    club(tmp_path, plan=VOIDS | {"price": prices}, memberships=[{"started_on": START}])
    flow("renewals", START)
    nightly("2028-03-06", "2028-03-08")
    assert seen("periods", "starts_on state") == [(START, "paid"), ("2028-03-06", "void")]
    assert only("invoices", "total", kind="credit_note") == "-115.00"


def test_member_whose_later_period_is_paid_expires_and_is_active_again_on_the_next_day(store, tmp_path):
    """L3.3, L3.5: with the older period void the younger one counts; status looks again the night after.

    28 Feb open -> void      6 Mar paid       13 Mar
               1 Mar expired
                2 Mar active: paid until 13 Mar
    """
    club(tmp_path, plan=VOIDS | {"lead_days": 7}, memberships=[{"started_on": START}])
    nightly(START)
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-29", "invoice": "CLUB-2028-000002"}])
    nightly("2028-02-29", "2028-03-01")
    assert only("memberships", "status paid_until") == ("expired", "2028-03-13")
    nightly("2028-03-02")
    assert only("memberships", "status paid_until") == ("active", "2028-03-13")


# Collect -------------------------------------------------------------------------------------------------------------


def test_debt_of_a_plan_that_collects_stays(store, tmp_path):
    """L3.5: expired, and the invoice is open as before; no more periods."""
    club(tmp_path, plan=COLLECTS, memberships=[{"started_on": START}])
    for on in (START, "2028-03-01", "2028-03-06"):
        night(on)
    assert statuses() == {"m1": "expired"}
    assert seen("invoices", "kind open status") == [("membership", "115.00", "open")]
    assert seen("periods", "state") == [("open",)]


@pytest.mark.parametrize(("paid_on", "status"), [("2028-03-05", "active"), ("2028-03-06", "expired")])
def test_expired_member_comes_back_by_being_paid_past_the_day_and_not_by_being_paid_into_grace(
    store, tmp_path, paid_on, status
):
    """L3.5: the payment brings paid_until to 6 March.

    28 Feb ------ 1 Mar expired ------- 5 Mar paid: active       6 Mar paid: stays expired, though grace is until 8 Mar
    """
    club(tmp_path, plan=COLLECTS, memberships=[{"started_on": START}])
    night(START)
    night("2028-03-01")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": paid_on}])
    night(paid_on)
    assert only("memberships", "status paid_until grace_until") == (status, "2028-03-06", "2028-03-08")


def test_member_who_comes_back_is_renewed_on_the_next_business_day(store, tmp_path):
    """L1.6, L3.5: the renewals of the day came before its status.

    28 Feb   1 Mar expired   2 Mar pays, active   (lead 5: the week from 6 March was due on 1 March)   3 Mar billed
    """
    club(tmp_path, plan=COLLECTS | {"lead_days": 5}, memberships=[{"started_on": START}])
    flow("renewals", START)
    flow("grace", "2028-03-01")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-03-02"}])
    nightly("2028-03-02")
    assert statuses() == {"m1": "active"}
    assert len(seen("invoices", "invoice")) == 1
    nightly("2028-03-03")
    assert seen("invoices", "period_starts_on issued_on") == [(START, START), ("2028-03-06", "2028-03-03")]
