"""Undoing credits and points: lots withdrawn or filled again, what was spent since stays."""

from __future__ import annotations

from tests.factories import arrive, club, nightly, only, seen
from tests.tasks.undoing import kept, stays, undone


def granted(tmp_path, **also) -> None:
    """A month from 1 February, paid on its first day, with 4 hours."""
    club(
        tmp_path,
        **{
            "plan_credits": [{"credit_type": "hour", "quantity": 4}],
            "memberships": [{"started_on": "2028-02-01"}],
            "payments": [{"amount": 115, "paid_on": "2028-01-31"}],
        }
        | also,
    )
    nightly("2028-01-31", "2028-02-01")


def test_undone_grant_is_withdrawn_and_granted_again(store, tmp_path):
    granted(tmp_path)
    assert undone(store, "credits", "2028-02-01").counts["lots"] == 1
    assert seen("lots", "quantity remaining") == [("4", "0")]
    assert [quantity for _, quantity in seen("movements", "on_date quantity")] == ["-4", "4"]
    nightly("2028-02-02")
    assert seen("lots", "quantity remaining") == [("4", "0"), ("4", "4")]


def test_lot_of_which_something_was_spent_since_stays(store, tmp_path):
    granted(tmp_path, credit_usages=[{"quantity": 1, "used_on": "2028-02-02"}])
    nightly("2028-02-02")
    stays(store, "credits", "2028-02-01", ("grant CLUB-2028-000001", "spent"))
    assert only("lots", "remaining") == "3"


def test_usage_that_was_undone_is_given_back_and_used_again(store, tmp_path):
    granted(tmp_path, credit_usages=[{"quantity": 1, "used_on": "2028-02-02"}])
    nightly("2028-02-02")
    assert undone(store, "credits", "2028-02-02").counts["usages"] == 1
    assert only("lots", "remaining") == "4"
    nightly("2028-02-03")
    assert only("lots", "remaining") == "3"
    assert sorted(seen("movements", "kind quantity on_date", source_id="u1")) == [
        ("usage", "-1", "2028-02-02"),
        ("usage", "-1", "2028-02-03"),
        ("usage", "1", "2028-02-02"),
    ]


def test_usage_and_grant_of_one_run_are_undone_together(store, tmp_path):
    granted(tmp_path, credit_usages=[{"quantity": 1, "used_on": "2028-02-01"}])
    undone(store, "credits", "2028-02-01")
    assert (only("lots", "remaining"), kept(store)) == ("0", [])


def test_charge_that_was_undone_may_be_corrected(store, tmp_path):
    club(tmp_path, credit_charges=[{"quantity": 10, "charged_on": "2028-02-01"}])
    nightly("2028-02-01")
    undone(store, "credits", "2028-02-01")
    arrive(tmp_path, credit_charges=[{"quantity": 7, "charged_on": "2028-02-01"}])
    nightly("2028-02-02")
    assert seen("lots", "quantity remaining") == [("10", "0"), ("7", "7")]


def test_expiry_that_was_undone_expires_again(store, tmp_path):
    club(tmp_path, credit_charges=[{"quantity": 10, "charged_on": "2028-02-01", "expires_on": "2028-02-03"}])
    nightly("2028-02-01", "2028-02-03")
    undone(store, "credits", "2028-02-03")
    assert only("lots", "remaining") == "10"
    nightly("2028-02-04")
    assert only("lots", "remaining") == "0"


def test_redemption_that_was_undone_pays_again(store, tmp_path):
    club(
        tmp_path,
        company={"point_value": "0.5"},
        memberships=[{"started_on": "2028-02-01"}],
        credit_charges=[{"credit_type": "points", "quantity": 100, "charged_on": "2028-02-01"}],
        redemptions=[{"points": 40, "requested_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    assert (only("invoices", "paid"), only("lots", "remaining")) == ("20.00", "60")
    undone(store, "points", "2028-02-02")
    assert (only("invoices", "paid"), only("lots", "remaining")) == ("0.00", "100")
    nightly("2028-02-03")
    assert (only("invoices", "paid"), only("lots", "remaining")) == ("20.00", "60")


def test_earned_points_that_were_undone_are_earned_again(store, tmp_path):
    granted(tmp_path, loyalty_rules=[{"spend_amount": 10, "points": 1}])
    undone(store, "points", "2028-02-01")
    assert only("lots", "remaining", source="earn") == "0"
    nightly("2028-02-02")
    assert seen("lots", "quantity remaining", source="earn") == [("11", "0"), ("11", "11")]
