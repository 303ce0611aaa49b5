"""Of several redemptions, which are granted, and which invoice does each one find? (L1.6, L7.6)"""

from __future__ import annotations

import pytest

from tests.factories import club, nightly, only
from tests.tasks.redeeming import FIRST, ON, PATIENT, SECOND, START, TWO, left, paid, redeems, refused
from tests.tasks.repeating import assert_as_once_and_daily, at_once


@pytest.mark.parametrize(
    ("asked", "reasons", "amounts"),
    [
        ([600, 500], {"d2": "insufficient_balance"}, ["60.00", "0.00"]),
        ([1100, 600, 400], {"d1": "insufficient_balance"}, ["100.00", "0.00"]),
        ([300, 400, 300], {}, ["100.00", "0.00"]),
    ],
)
def test_redemptions_of_one_day_draw_on_the_same_points(store, tmp_path, asked, reasons, amounts):
    """L1.6, L7.6: by (requested_on, id); a refused one leaves all to the next."""
    redeems(tmp_path, *({"points": points} for points in asked), memberships=TWO)
    assert refused() == reasons
    assert [amount for _, amount in paid()] == amounts


def test_each_redemption_of_a_day_finds_the_oldest_invoice_that_those_before_it_left_open(store, tmp_path):
    """L7.6: 1,150 pay the first; d2, in part, the second; d3 that day's last 900."""
    redeems(tmp_path, *({"points": points} for points in (2000, 250, 2000, 10)), points=9000, memberships=TWO)
    assert paid() == [(FIRST, "115.00"), (SECOND, "115.00")]
    assert left() == {"h1": 9000 - 2300}
    assert refused() == {"d4": "no_open_invoice"}


def test_redemptions_loaded_late_come_in_the_order_of_their_days(store, tmp_path):
    """L1.6: z of the 1st before a of the 2nd."""
    redeems(tmp_path, {"redemption": "a", "points": 600}, {"redemption": "z", "points": 600, "requested_on": START})
    assert refused() == {"a": "insufficient_balance"}


def test_redemption_comes_after_the_payments_of_its_day(store, tmp_path):
    """L1.6: ten are left to pay."""
    paid_today = [{"amount": 105, "paid_on": ON}]
    asked = [{"points": 1000, "requested_on": ON}]
    charged = [{"credit_type": "points", "quantity": 1000, "charged_on": START}]
    club(
        tmp_path,
        company={"point_value": "0.10"},
        memberships=[{"started_on": START}],
        payments=paid_today,
        credit_charges=charged,
        redemptions=asked,
    )
    nightly(START, ON)
    assert left() == {"h1": 900}
    assert only("memberships", "status") == "active"


@pytest.mark.parametrize("beside", ["nightly", "points"])
def test_two_processes_at_once_spend_no_point_twice(own_database, tmp_path, beside):
    """L7.1: of 1,000 points 600 and 400 are granted, 500 are not; both invoices are paid by what was granted."""
    club(
        tmp_path,
        company={"point_value": "0.10"},
        plan=PATIENT,
        memberships=TWO,
        credit_charges=[{"credit_type": "points", "quantity": 1000, "charged_on": START}],
        redemptions=[{"points": points, "requested_on": ON} for points in (600, 500, 400)],
    )
    nightly(START)
    assert at_once(ON, "nightly", beside) == [0, 0]
    assert (refused(), left()) == ({"d2": "insufficient_balance"}, {"h1": 0})
    assert paid() == [(FIRST, "100.00"), (SECOND, "0.00")]


def test_redemptions_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: paid in part, then in full, refused, and one day returned."""
    club(
        tmp_path,
        company={"point_value": "0.10"},
        plan={"grace_days": 2},
        memberships=[{"started_on": START}, {"started_on": "2028-02-02"}],
        credit_charges=[{"credit_type": "points", "quantity": 1400, "charged_on": START, "expires_on": "2028-02-04"}],
        redemptions=[
            {"points": 300, "requested_on": ON},
            {"points": 2000, "requested_on": ON},
            {"points": 1000, "requested_on": "2028-02-03", "membership": "m2"},
        ],
    )
    state = assert_as_once_and_daily(store, START, "2028-02-05")
    assert state["movements"].total() > 4
