"""Undoing renewals, payments, dunning and reminders: exact, row by row, and what was undone can be done again."""

from __future__ import annotations

import pytest

from models.errors import NotUndoable
from tasks.undo import undo
from tests.factories import arrive, club, flow, nightly, only, seen, statuses
from tests.tasks.undoing import kept, run_of, stays, undone

FIRST, SECOND, THIRD = (f"CLUB-2028-00000{n}" for n in (1, 2, 3))


def account_sums() -> dict[str, str]:
    """What stands on each account, zero left out."""
    sums: dict[str, float] = {}
    for account, amount in seen("postings", "account amount"):
        sums[account] = round(sums.get(account, 0) + float(amount), 3)
    return {account: f"{amount:.2f}" for account, amount in sums.items() if amount}


def test_undone_start_is_pending_again_credited_in_full_and_starts_anew(store, tmp_path):
    club(tmp_path, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-01")
    done = undone(store, "renewals", "2028-02-01")
    assert (done.counts["credit_notes"], done.counts["cancelled_messages"]) == (1, 1)
    assert statuses() == {"m1": "pending"}
    assert account_sums() == {}
    assert seen("messages", "kind status") == [("invoice_issued", "cancelled")]
    nightly("2028-02-01")
    assert statuses() == {"m1": "grace"}
    assert seen("invoices", "invoice kind status corrects issued_on") == [
        (FIRST, "membership", "void", None, "2028-02-01"),
        (SECOND, "credit_note", None, FIRST, "2028-02-01"),
        (THIRD, "membership", "open", None, "2028-02-01"),
    ]
    assert seen("periods", "starts_on state") == [("2028-02-01", "open"), ("2028-02-01", "void")]


def test_run_stays_visible_as_undone_and_says_by_which_run_and_why(store, tmp_path):
    club(tmp_path, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-01")
    run = run_of(store, "renewals", "2028-02-01")
    done = undone(store, "renewals", "2028-02-01")
    assert only("runs", "state", run=run) == "undone"
    assert only("runs", "flow as_of state", run=done.run_id) == ("undo", "2028-02-01", "completed")
    reason = "SELECT reason FROM tajdid.runs WHERE run_id = (SELECT undone_by FROM tajdid.runs WHERE run_id = %s)"
    assert store.exec_driver_sql(reason, (run,)).scalar_one() == "a test wants it so"


def test_renewal_undone_on_a_later_day_is_done_again_by_the_next_night(store, tmp_path):
    """The credit note carries the latest business date: numbers are given in order of issue (L6.1)."""
    club(tmp_path, plan={"grace_days": 30}, memberships=[{"started_on": "2028-01-15", "paid_until": "2028-02-15"}])
    nightly("2028-02-15", "2028-02-17")
    undone(store, "renewals", "2028-02-15")
    assert only("invoices", "issued_on", kind="credit_note") == "2028-02-17"
    assert only("memberships", "status paid_until period_ends_on") == ("grace", "2028-02-15", "2028-02-15")
    nightly("2028-02-18")
    assert only("invoices", "issued_on period_starts_on", status="open") == ("2028-02-18", "2028-02-15")


def test_credit_that_the_run_itself_applied_goes_back_first(store, tmp_path):
    club(
        tmp_path,
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 200, "paid_on": "2028-01-31"}],
    )
    nightly("2028-01-31", "2028-02-01")
    assert only("payments", "unapplied") == "85.00"
    undone(store, "points", "2028-02-01")
    undone(store, "credits", "2028-02-01")
    undone(store, "renewals", "2028-02-01")
    assert only("payments", "allocated unapplied") == ("0.00", "200.00")
    assert account_sums() == {"cash": "200.00", "customer_credit": "-200.00"}
    assert statuses() == {"m1": "pending"}


def paid_elsewhere(tmp_path) -> None:
    club(
        tmp_path,
        memberships=[{"started_on": "2028-02-01"}, {"started_on": "2028-02-01", "customer": "v"}],
        payments=[{"amount": 15, "paid_on": "2028-02-02"}],
    )


def test_what_was_paid_since_stays_and_is_said_the_rest_is_undone(store, tmp_path):
    paid_elsewhere(tmp_path)
    nightly("2028-02-01", "2028-02-02")
    done = undone(store, "renewals", "2028-02-01")
    assert kept(store) == [("m1", "paid")]
    assert done.refusals == ("memberships m1 was not undone: it has been paid since; "
                             "undo the run that paid it first (see tajdid explain), or let it stand.",)  # fmt: skip
    assert statuses() == {"m1": "grace", "m2": "pending"}


def test_all_invoices_of_a_membership_stand_or_fall_together(store, tmp_path):
    """Loaded late: three periods, the payment reaches only the first."""
    club(
        tmp_path,
        plan={"grace_days": 90},
        memberships=[{"started_on": "2028-01-01"}],
        payments=[{"amount": 115, "paid_on": "2028-03-02"}],
    )
    nightly("2028-03-01", "2028-03-02")
    stays(store, "renewals", "2028-03-01", ("m1", "paid"))


def test_period_that_a_later_one_follows_stays(store, tmp_path):
    club(tmp_path, plan={"grace_days": 90}, memberships=[{"started_on": "2028-01-31"}])
    nightly("2028-01-31", "2028-02-29")
    stays(store, "renewals", "2028-01-31", ("m1", "followed"))
    undone(store, "renewals", "2028-02-29")
    assert only("memberships", "paid_until period_ends_on") == ("2028-01-31", "2028-02-29")


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"closures": [{"requested_on": "2028-02-02"}]}, "closed"),
        ({"freezes": [{"starts_on": "2028-02-02", "resumes_on": "2028-02-09"}]}, "frozen"),
    ],
)
def test_closed_or_frozen_since_stays(store, tmp_path, request_, reason):
    club(
        tmp_path,
        plan={"on_expiry": "collect", "lead_days": 5},
        memberships=[{"started_on": "2028-01-05", "paid_until": "2028-02-05"}],
        **request_,
    )
    nightly("2028-02-01", "2028-02-02")
    if reason == "closed":  # the period to come was credited by the closing; nothing of the run is left to undo
        assert undone(store, "renewals", "2028-02-01").counts["credit_notes"] == 0
    else:
        stays(store, "renewals", "2028-02-01", ("m1", reason))


def test_renewal_on_request_waits_again_and_is_done_again(store, tmp_path):
    club(
        tmp_path,
        plan={"auto_renew": "false", "grace_days": 2},
        memberships=[{"started_on": "2028-01-01", "paid_until": "2028-02-01"}],
        renewals=[{"requested_on": "2028-02-10"}],
    )
    nightly("2028-02-01", "2028-02-10")
    assert statuses() == {"m1": "grace"}
    undone(store, "renewals", "2028-02-10")
    assert statuses() == {"m1": "expired"}
    nightly("2028-02-11")
    assert only("invoices", "issued_on period_starts_on", status="open") == ("2028-02-11", "2028-02-11")


def test_undone_payments_wait_and_may_be_corrected(store, tmp_path):
    club(
        tmp_path,
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 115, "paid_on": "2028-02-02", "membership": "m1"}],
    )
    nightly("2028-02-01", "2028-02-02")
    for name in ("points", "credits", "payments"):
        done = undone(store, name, "2028-02-02")
    assert (done.counts["payments"], done.counts["allocations"]) == (1, 1)
    assert (seen("payments", "payment"), only("invoices", "paid status")) == ([], ("0.00", "open"))
    arrive(tmp_path, payments=[{"amount": 50, "paid_on": "2028-02-02", "membership": "m1"}])
    nightly("2028-02-03")
    assert only("payments", "amount allocated") == ("50.00", "50.00")
    assert account_sums() == {"cash": "50.00", "receivable": "65.00", "deferred_revenue": "-100.00", "tax": "-15.00"}


def test_payment_whose_credit_was_used_or_refunded_since_stays(store, tmp_path):
    club(
        tmp_path,
        payments=[{"amount": 50, "paid_on": "2028-02-01"}, {"amount": 9, "paid_on": "2028-02-01", "customer": "v"}],
        refunds=[{"amount": 20, "refunded_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    undone(store, "payments", "2028-02-01")
    assert kept(store) == [("p1", "spent")]
    assert seen("payments", "payment unapplied") == [("p1", "30.00")]
    done = undone(store, "payments", "2028-02-02")
    assert done.counts["refunds"] == 1
    assert only("payments", "unapplied") == "50.00"


def test_payment_that_gave_rewards_stays_until_these_are_undone(store, tmp_path):
    club(
        tmp_path,
        plan_credits=[{"credit_type": "hour", "quantity": 4}],
        memberships=[{"started_on": "2028-02-01"}],
        payments=[{"amount": 115, "paid_on": "2028-02-02"}],
    )
    nightly("2028-02-01", "2028-02-02")
    stays(store, "payments", "2028-02-02", (FIRST, "rewarded"), ("p1", "spent"))
    assert only("invoices", "status") == "paid"


def overdue(tmp_path) -> None:
    """Due on 1 February and unpaid; level 1 on the third day costs 10."""
    club(
        tmp_path,
        plan={"terms_days": 0, "grace_days": 60},
        memberships=[{"started_on": "2028-02-01"}],
        dunning_levels=[{"level": 1, "days_overdue": 3, "fee": 10}, {"level": 2, "days_overdue": 9}],
    )


def test_undone_notice_its_fee_and_its_letter_are_written_again(store, tmp_path):
    overdue(tmp_path)
    nightly("2028-02-01", "2028-02-04")
    done = undone(store, "dunning", "2028-02-04")
    assert done.counts == {"allocations": 0, "notices": 1, "credit_notes": 1, "cancelled_messages": 1, "refused": 0}
    assert seen("notices", "invoice") == []
    assert "fee_income" not in account_sums()
    nightly("2028-02-05")
    assert seen("notices", "invoice level noticed_on") == [(FIRST, 1, "2028-02-05")]
    assert seen("messages", "on_date status", kind="dunning") == [("2028-02-04", "cancelled"), ("2028-02-05", "queued")]


def test_letter_of_the_same_day_may_be_written_again(store, tmp_path):
    overdue(tmp_path)
    nightly("2028-02-01", "2028-02-04")
    undone(store, "dunning", "2028-02-04")
    nightly("2028-02-04")
    assert seen("messages", "status", kind="dunning") == [("cancelled",), ("queued",)]
    assert len(seen("notices", "invoice")) == 1


def test_notice_whose_fee_was_paid_or_that_a_higher_one_follows_stays(store, tmp_path):
    overdue(tmp_path)
    nightly("2028-02-01", "2028-02-10")
    stays(store, "dunning", "2028-02-04", (FIRST, "followed"))
    undone(store, "dunning", "2028-02-10")
    assert seen("notices", "level") == [(1,)]


def test_undone_reminders_are_cancelled_and_written_again(store, tmp_path):
    club(tmp_path, plan={"reminder_days": "3"}, memberships=[{"started_on": "2028-01-10", "paid_until": "2028-02-10"}])
    nightly("2028-02-07")
    assert undone(store, "reminders", "2028-02-07").counts == {"cancelled_messages": 1}
    flow("reminders", "2028-02-08")
    assert seen("messages", "on_date status", kind="reminder") == [
        ("2028-02-07", "cancelled"),
        ("2028-02-08", "queued"),
    ]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nightly", "undo one of its parts: payments "),
        ("grace", "whose decisions are final"),
        ("closures", "whose decisions are final"),
        ("freezes", "whose decisions are final"),
        ("audit", "which decides nothing that could be undone"),
    ],
)
def test_runs_that_cannot_be_undone_say_what_to_do_instead(store, tmp_path, name, says):
    club(tmp_path, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-01")
    with pytest.raises(NotUndoable, match=says):
        undo(run_of(store, name, "2028-02-01"), "no")


def test_run_is_undone_once_and_must_be_known_and_complete(store, tmp_path):
    club(tmp_path, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-01")
    run = run_of(store, "renewals", "2028-02-01")
    by = undone(store, "renewals", "2028-02-01").run_id
    with pytest.raises(NotUndoable, match=f"has been undone already, by run {by}"):
        undo(run, "again")
    with pytest.raises(NotUndoable, match="Run 999999 is not known"):
        undo(999999, "who?")
    with pytest.raises(NotUndoable, match="is of undo, which decides nothing that could be undone"):
        undo(by, "no")
