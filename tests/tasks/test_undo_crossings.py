"""Undo where its runs meet what others built upon them; the next nights, audit included, go on as ever."""

from __future__ import annotations

import pytest

from models.errors import NotUndoable
from tasks.undo import undo
from tests.factories import arrive, club, nightly, only, seen, statuses
from tests.tasks.undoing import kept, run_of, stays, undone

FIRST = "CLUB-2028-000001"


def test_equal_ids_of_a_usage_and_a_redemption_are_not_mixed(store, tmp_path):
    club(
        tmp_path,
        company={"point_value": "0.5"},
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-02-01"}],
        credit_charges=[
            {"credit_type": name, "quantity": 100, "charged_on": "2028-02-01"} for name in ("points", "hour")
        ],
        redemptions=[{"redemption": "1", "points": 40, "requested_on": "2028-02-02"}],
        credit_usages=[{"usage": "1", "quantity": 3, "used_on": "2028-02-03"}],
    )
    nightly("2028-02-01", "2028-02-03")
    undone(store, "credits", "2028-02-03")
    nightly("2028-02-04")
    assert dict(seen("lots", "credit_type remaining")) == {"points": "60", "hour": "97"}


def test_lots_of_one_invoice_stand_or_fall_together(store, tmp_path):
    """One hour of the two credits was used since: both stay, since the invoice is granted for once."""
    club(
        tmp_path,
        plan_credits=[{"credit_type": "hour", "quantity": 4}, {"credit_type": "sauna", "quantity": 2}],
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 115, "paid_on": "2028-01-31"}],
        credit_usages=[{"quantity": 1, "used_on": "2028-02-02"}],
    )
    nightly("2028-01-31", "2028-02-02")
    stays(store, "credits", "2028-02-01", (f"grant {FIRST}", "spent"))
    nightly("2028-02-03")
    assert dict(seen("lots", "credit_type remaining")) == {"hour": "3", "sauna": "2"}


def test_what_gave_nothing_is_looked_at_again(store, tmp_path):
    """The wrong rule gave no points; undone, and corrected, the right one does."""
    club(
        tmp_path,
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 115, "paid_on": "2028-01-31"}],
        loyalty_rules=[{"spend_amount": 1000, "points": 1}],
    )
    nightly("2028-01-31", "2028-02-01")
    undone(store, "points", "2028-02-01")
    arrive(tmp_path, loyalty_rules=[{"spend_amount": 10, "points": 1}])
    nightly("2028-02-02")
    assert only("lots", "quantity", source="earn") == "11"


def test_redemption_and_what_its_invoice_earned_in_the_same_run_are_undone_together(store, tmp_path):
    club(
        tmp_path,
        company={"point_value": "0.5"},
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 100, "paid_on": "2028-02-01"}],
        loyalty_rules=[{"spend_amount": 10, "points": 1}],
        credit_charges=[{"credit_type": "points", "quantity": 100, "charged_on": "2028-02-01"}],
        redemptions=[{"points": 30, "requested_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    assert only("invoices", "status") == "paid"
    undone(store, "points", "2028-02-02")
    assert (kept(store), only("invoices", "paid status")) == ([], ("100.00", "open"))
    nightly("2028-02-03")
    assert only("invoices", "status") == "paid"


def test_invoice_that_was_dunned_since_stays_until_the_dunning_is_undone(store, tmp_path):
    club(
        tmp_path,
        plan={"grace_days": 90, "terms_days": 0},
        dunning_levels=[{"days_overdue": 1, "fee": 5}],
        memberships=[{"started_on": "2028-02-01"}],
    )
    nightly("2028-02-01", "2028-02-02")
    stays(store, "renewals", "2028-02-01", ("m1", "dunned"))


def test_member_who_is_to_close_keeps_what_was_billed(store, tmp_path):
    club(
        tmp_path,
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-01-01", "paid_until": "2028-02-01"}],
        closures=[{"requested_on": "2028-02-03", "effective": "period_end"}],
    )
    nightly("2028-02-01", "2028-02-04")
    stays(store, "renewals", "2028-02-01", ("m1", "closing"))


def test_payment_of_a_closed_membership_stays_on_its_invoice(store, tmp_path):
    """Paid ahead for February, closed in January: an open invoice would be nobody's to credit."""
    club(
        tmp_path,
        plan={"lead_days": 10},
        memberships=[{"started_on": "2028-01-01"}],
        payments=[{"amount": 115, "paid_on": "2028-01-01"}, {"amount": 115, "paid_on": "2028-01-25"}],
        closures=[{"requested_on": "2028-01-27"}],
    )
    nightly("2028-01-01", "2028-01-28")
    stays(store, "payments", "2028-01-25", ("CLUB-2028-000002", "closed"), ("p2", "spent"))
    nightly("2028-01-29")
    assert statuses() == {"m1": "closed"}


def test_payment_may_be_corrected_to_another_currency(store, tmp_path):
    club(
        tmp_path,
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 50, "currency": "USD", "paid_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    undone(store, "payments", "2028-02-02")
    arrive(tmp_path, payments=[{"amount": 50, "currency": "SAR", "paid_on": "2028-02-02"}])
    nightly("2028-02-03")
    assert only("payments", "currency allocated") == ("SAR", "50.00")


def test_freeze_after_an_undone_renewal_leaves_the_audit_clean(store, tmp_path):
    """The void period of the undone run stays counted from the old anchor, the one that was moved is its own."""
    club(
        tmp_path,
        plan={"grace_days": 90, "lead_days": 10, "freeze_days_max": 30},
        memberships=[{"started_on": "2028-01-01"}],
        payments=[{"amount": 115, "paid_on": on} for on in ("2028-01-01", "2028-02-01")],
        freezes=[{"starts_on": "2028-02-22", "resumes_on": "2028-02-25"}],
    )
    nightly("2028-01-01", "2028-02-20")
    undone(store, "renewals", "2028-02-20")
    nightly("2028-02-21", "2028-02-26")
    assert seen("periods", "starts_on ends_on state")[-1] == ("2028-03-04", "2028-04-04", "open")


def test_what_stayed_is_tried_again_and_what_was_undone_is_not(store, tmp_path):
    """One of two members had paid; once that is undone too, the second attempt takes the rest, and only that."""
    club(
        tmp_path,
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-02-01"}, {"started_on": "2028-02-01", "customer": "v"}],
        payments=[{"amount": 15, "paid_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    run = run_of(store, "renewals", "2028-02-01")
    undone(store, "renewals", "2028-02-01")
    undone(store, "payments", "2028-02-02")
    assert undo(run, "the rest").counts["credit_notes"] == 1
    with pytest.raises(NotUndoable, match="has been undone already"):
        undo(run, "once more")
    assert statuses() == {"m1": "pending", "m2": "pending"}
    nightly("2028-02-03")


def test_reason_is_a_few_words(store):
    with pytest.raises(NotUndoable, match="The reason is empty"):
        undo(1, "  ")


def test_run_of_a_day_whose_audit_is_red_can_be_undone(store, tmp_path):
    club(tmp_path, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-01")
    store.exec_driver_sql("UPDATE tajdid.runs SET state = 'failed' WHERE flow IN ('nightly', 'renewals')")
    run = "SELECT run_id FROM tajdid.runs WHERE flow = 'renewals'"

    assert undo(store.exec_driver_sql(run).scalar_one(), "the price was wrong").counts["credit_notes"] == 1
    nightly("2028-02-01")
    assert statuses() == {"m1": "grace"}
