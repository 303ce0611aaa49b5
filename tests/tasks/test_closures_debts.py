"""What remains of the debt of who leaves, which of several requests counts, and what does a freeze change? (L5.3)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, night, nightly, only, seen, statuses
from tests.tasks.repeating import assert_as_once_and_daily

START, NEXT, AFTER = "2028-02-07", "2028-02-14", "2028-02-21"
WEEK = {"interval_unit": "week", "lead_days": 7, "grace_days": 30}
"""[7 Feb)[14 Feb)[21 Feb): a week is billed a week ahead."""
LATER = {"effective": "period_end"}


def leaves(tmp_path, on: str, *, plan: dict | None = None, closes_on: str | None = None, **closure) -> None:
    """Weeks billed from 7 February on, nothing paid; what is asked for on a day, and the night it closes on."""
    closures = [{"requested_on": on} | closure]
    club(tmp_path, plan=WEEK | (plan or {}), memberships=[{"started_on": START}], closures=closures)
    for night_on in dict.fromkeys((START, on, closes_on or on)):
        night(night_on)


def periods() -> list[tuple[str, str]]:
    return seen("periods", "starts_on state")


# Debts ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on_expiry", "state"), [("void", "void"), ("collect", "open")])
def test_closing_now_credits_what_is_to_come_always_and_what_has_begun_where_the_plan_voids(
    store, tmp_path, on_expiry, state
):
    """L5.3: 10 February lies in the first week; the second has been billed."""
    leaves(tmp_path, "2028-02-10", plan={"on_expiry": on_expiry})
    assert periods() == [(START, state), (NEXT, "void")]


@pytest.mark.parametrize(("on_expiry", "state"), [("void", "void"), ("collect", "open")])
def test_closing_on_the_end_of_the_period_credits_the_one_that_would_begin_on_that_day(
    store, tmp_path, on_expiry, state
):
    """L5.3, L1.2: on 14 February the member is gone; the week from the 14th on is not theirs."""
    leaves(tmp_path, "2028-02-10", plan={"on_expiry": on_expiry}, closes_on=NEXT, **LATER)
    assert only("memberships", "status closed_on") == ("closed", NEXT)
    assert periods() == [(START, state), (NEXT, "void")]


def test_paid_and_carried_periods_stay_when_a_member_leaves(store, tmp_path):
    """L5.3: unpaid ones are credited, no others.

    [carried)[paid)[paid)[open)    the week from 21 February is paid by its number, that from the 14th first of all
    """
    club(
        tmp_path,
        plan=WEEK,
        memberships=[{"started_on": "2028-01-31", "paid_until": START}],
        payments=[{"amount": 115, "paid_on": NEXT}, {"amount": 115, "paid_on": NEXT}],
        closures=[{"requested_on": "2028-02-15"}],
    )
    for on in ("2028-01-31", START, NEXT, "2028-02-15"):
        night(on)
    assert periods() == [("2028-01-31", "carried"), (START, "paid"), (NEXT, "paid"), (AFTER, "void")]
    assert seen("customer_credit", "amount") == []


def test_what_was_paid_on_a_credited_invoice_is_credit_again_and_meets_other_debts_the_same_day(store, tmp_path):
    """L5.3, L1.6: 50 of 115 come free and pay 30 for m2; 20 stay."""
    plans = [WEEK, {"plan": "other", "price": 30, "tax_rate": 0, "grace_days": 30}]
    club(
        tmp_path,
        plans=plans,
        memberships=[{"started_on": START}, {"started_on": START, "plan": "other"}],
        payments=[{"amount": 50, "paid_on": "2028-02-08", "membership": "m1"}],
        closures=[{"requested_on": "2028-02-10"}],
    )
    for on in (START, "2028-02-08", "2028-02-10"):
        night(on)
    assert only("payments", "allocated unapplied") == ("30.00", "20.00")
    assert seen("invoices", "paid status", membership="m2") == [("30.00", "paid")]


def test_credit_notes_are_numbered_by_membership_and_period_those_that_fall_due_among_the_others(store, tmp_path):
    """L6.1: b falls due, a and c close at once; a has two weeks open.

    numbers of the invoices: 1 a, 2 a, 3 b, 4 b, 5 c, 6 c
    """
    names = ("b", "c", "a")
    club(
        tmp_path,
        plan=WEEK,
        memberships=[{"membership": name, "started_on": START} for name in names],
        closures=[
            LATER | {"closure": "c9", "membership": "b", "requested_on": "2028-02-08"},
            {"closure": "c1", "membership": "c", "requested_on": NEXT},
            {"closure": "c2", "membership": "a", "requested_on": NEXT},
        ],
    )
    for on in (START, "2028-02-08", NEXT):
        night(on)
    notes = seen("invoices", "invoice membership period_starts_on issued_on", kind="credit_note")
    assert notes == [
        (f"CLUB-2028-{number:06}", name, starts_on, NEXT)
        for number, (name, starts_on) in enumerate([(n, s) for n in "abc" for s in (START, NEXT)], start=7)
    ]


# Several requests -----------------------------------------------------------------------------------------------------


def test_later_request_replaces_an_accepted_one(store, tmp_path):
    """L5.3: to close on 14 February; on the 9th staff close at once."""
    leaves(tmp_path, "2028-02-08", **LATER, reason_text="first")
    assert statuses() == {"m1": "grace"}
    arrive(tmp_path, closures=[{"closure": "c2", "requested_on": "2028-02-09", "reason_text": "second"}])
    nightly("2028-02-09")
    assert only("memberships", "status closed_on close_reason") == ("closed", "2028-02-09", "second")


def test_refused_request_leaves_the_accepted_one_as_it_is(store, tmp_path):
    """L5.3."""
    leaves(tmp_path, "2028-02-08", **LATER, reason_text="first")
    arrive(tmp_path, closures=[{"closure": "c2", "requested_on": "2028-02-09", "reason_text": ""}])
    nightly("2028-02-09", NEXT)
    assert only("memberships", "closed_on close_reason") == (NEXT, "first")
    assert seen("rejects", "record reason") == [("c2", "reason_missing")]


def test_request_on_the_day_on_which_another_falls_due_comes_too_late(store, tmp_path):
    """L1.6: those that fall due come first."""
    leaves(tmp_path, "2028-02-08", **LATER, reason_text="first")
    arrive(tmp_path, closures=[{"closure": "c0", "requested_on": NEXT, "reason_text": "second"}])
    nightly("2028-02-09", NEXT)
    assert only("memberships", "closed_on close_reason") == (NEXT, "first")
    assert seen("rejects", "record reason") == [("c0", "already_closed")]


NOW = {"effective": "now"}
WRONG = {"reason_text": ""}


@pytest.mark.parametrize(
    ("asked", "reason", "refused"),
    [
        ({"a": LATER, "b": LATER}, "b", {}),
        ({"b": LATER, "a": LATER}, "b", {}),
        ({"a": LATER, "b": NOW}, "b", {}),
        ({"a": NOW, "b": LATER}, "a", {"b": "already_closed"}),
        ({"a": NOW, "b": NOW, "c": WRONG}, "a", {"b": "already_closed", "c": "already_closed"}),
        ({"a": WRONG, "b": LATER, "c": WRONG}, "b", {"a": "reason_missing", "c": "reason_missing"}),
        ({"a": WRONG, "b": NOW, "c": LATER}, "b", {"a": "reason_missing", "c": "already_closed"}),
        ({"a": LATER | {"requested_on": "2028-02-09"}, "b": LATER}, "a", {}),
        ({"a": NOW | {"requested_on": "2028-02-09"}, "b": LATER}, "a", {}),
        ({"a": NOW, "b": NOW | {"requested_on": "2028-02-09"}}, "a", {"b": "already_closed"}),
    ],
)
def test_requests_of_one_day_are_taken_by_date_and_id(store, tmp_path, asked, reason, refused):
    """L1.6, L5.2, L5.3: each sees what those before it did; those of the 8th are loaded late, on the 9th."""
    requests = [
        {"closure": name, "requested_on": "2028-02-08", "reason_text": name} | row for name, row in asked.items()
    ]
    club(tmp_path, plan=WEEK, memberships=[{"started_on": START}])
    night(START)
    arrive(tmp_path, closures=requests)
    night("2028-02-09")
    night(NEXT)
    assert dict(seen("rejects", "record reason")) == refused
    assert only("memberships", "status close_reason") == ("closed", reason)
    closed_at_once = any(row["effective"] == "now" for name, row in asked.items() if name == reason)
    assert only("memberships", "closed_on") == ("2028-02-09" if closed_at_once else NEXT)


# Frozen ---------------------------------------------------------------------------------------------------------------

FROZEN = {"memberships": [{"started_on": "2028-01-31", "paid_until": NEXT}], "plan": WEEK | {"lead_days": 0}}
FREEZE = {"starts_on": "2028-02-10", "resumes_on": "2028-02-20"}


@pytest.mark.parametrize("asked_on", ["2028-02-08", "2028-02-12", "2028-02-16", "2028-02-22"])
def test_closing_falls_due_where_a_freeze_has_moved_the_end_of_the_period(store, tmp_path, asked_on):
    """L5.3: asked for before the freeze, in it, in it after the day on which the period would have ended, after it.

    10 Feb frozen    14 Feb    20 Feb resumed    23 Feb active    24 Feb: 14 Feb + 10 days, closed
    """
    club(tmp_path, freezes=[FREEZE], closures=[LATER | {"requested_on": asked_on}], **FROZEN)
    night("2028-02-07")
    found = {}
    for on in sorted({asked_on, "2028-02-10", "2028-02-14", "2028-02-19", "2028-02-20", "2028-02-23", "2028-02-24"}):
        night(on)
        found[on] = statuses()["m1"]
    assert [on for on, status in found.items() if status == "closed"] == ["2028-02-24"]
    assert found["2028-02-19"] == "frozen"
    assert only("memberships", "closed_on period_ends_on") == ("2028-02-24", "2028-02-24")
    assert seen("invoices", "invoice") == []


AHEAD = {"memberships": FROZEN["memberships"], "plan": WEEK | {"on_expiry": "collect"}}
"""The week from 14 February on was billed a week ahead; frozen from the 10th, the member has it only later."""


def test_frozen_member_leaves_with_the_period_in_which_the_freeze_began(store, tmp_path):
    """L5.3: it resumes first: on 16 February the next week has begun by the calendar, not for who is frozen.

    [31 Jan - 10 Feb frozen 20 Feb - 24 Feb)[24 Feb - 2 Mar)    asked for on the 16th: 24 February
    """
    club(tmp_path, freezes=[FREEZE], closures=[LATER | {"requested_on": "2028-02-16"}], **AHEAD)
    for on in ("2028-02-07", "2028-02-10", "2028-02-16", "2028-02-20", "2028-02-24"):
        night(on)
    assert only("memberships", "status closed_on") == ("closed", "2028-02-24")


def test_frozen_member_who_leaves_now_does_not_owe_a_period_that_the_freeze_kept_from_beginning(store, tmp_path):
    """L5.3, L4.3: closed on 16 February; the week that would move to the 24th is to come, and credited."""
    club(tmp_path, freezes=[FREEZE], closures=[{"requested_on": "2028-02-16"}], **AHEAD)
    for on in ("2028-02-07", "2028-02-10", "2028-02-16"):
        night(on)
    assert periods() == [("2028-01-31", "carried"), (NEXT, "void")]


def test_frozen_membership_that_is_closed_now_ends_its_freeze_and_moves_nothing(store, tmp_path):
    """L5.3, L4.3: closed on the 12th; on the 20th nobody resumes."""
    club(tmp_path, freezes=[FREEZE], closures=[{"requested_on": "2028-02-12"}], **FROZEN)
    for on in ("2028-02-07", "2028-02-10", "2028-02-12", "2028-02-20"):
        night(on)
    assert only("memberships", "status closed_on paid_until period_ends_on") == ("closed", "2028-02-12", NEXT, NEXT)
    ended = "SELECT ended_on::text, moved_days FROM tajdid.freezes"
    assert [tuple(row) for row in store.exec_driver_sql(ended)] == [("2028-02-12", 0)]
    assert seen("messages", "kind") == [("closure_accepted",), ("freeze_started",)]


def test_freeze_of_a_membership_that_closes_on_the_same_day_is_refused(store, tmp_path):
    """L1.6: closures come before freezes; that which is to close later may freeze until then."""
    both = [{"started_on": "2028-01-31", "paid_until": NEXT}] * 2
    club(
        tmp_path,
        plan=WEEK,
        memberships=both,
        freezes=[FREEZE, FREEZE | {"membership": "m2"}],
        closures=[{"requested_on": "2028-02-10"}, LATER | {"membership": "m2", "requested_on": "2028-02-10"}],
    )
    night("2028-01-31")
    night("2028-02-10")
    assert statuses() == {"m1": "closed", "m2": "frozen"}
    assert seen("rejects", "record reason") == [("f1", "not_active")]


def test_closings_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: one falls due, one closes at once, one is frozen, one refused."""
    club(
        tmp_path,
        plan=WEEK,
        memberships=[{"started_on": START}, {"started_on": START}, {"started_on": "2028-01-31", "paid_until": NEXT}],
        freezes=[{"membership": "m3", "starts_on": "2028-02-09", "resumes_on": "2028-02-11"}],
        closures=[
            LATER | {"requested_on": "2028-02-08"},
            {"membership": "m2", "requested_on": "2028-02-10"},
            LATER | {"membership": "m3", "requested_on": "2028-02-10"},
            WRONG | {"requested_on": "2028-02-12"},
        ],
    )
    state = assert_as_once_and_daily(store, START, "2028-02-16")
    assert (state["invoices"].total(), state["rejects"].total()) == (10, 1)
