"""Who may close, from when is it closed, and what of the debt remains? (L5)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, night, nightly, only, seen, statuses

START, END = "2028-02-01", "2028-03-01"
PAID = {"started_on": START, "paid_until": END}
LATER = {"effective": "period_end"}
MOVED = {"reason_code": "moved"}


def closes(tmp_path, *closures, on: str, **also) -> None:
    """A member billed elsewhere until 1 March, closures m1 asks for, and the nights of the day before and of `on`."""
    club(tmp_path, **{"memberships": [PAID], "closures": [{"requested_on": on} | row for row in closures]} | also)
    night("2028-02-02")
    night(on)


def refused() -> dict[str, str]:
    return dict(seen("rejects", "record reason", entity="closures"))


# Who may ask ----------------------------------------------------------------------------------------------------------

REASONS = [
    {"reason": "moved"},
    {"reason": "fraud", "customer_may_choose": "false"},
    {"company": "other", "reason": "elsewhere"},
]
BY_CUSTOMER = {
    "a reason that customers may choose": (MOVED, None),
    "no reason": ({"reason_text": ""}, "unknown_reason"),
    "a reason on no list": ({"reason_code": "whim"}, "unknown_reason"),
    "a reason on another company's list": ({"reason_code": "elsewhere"}, "unknown_reason"),
    "a reason for staff only": ({"reason_code": "fraud"}, "unknown_reason"),
    "own words": ({"reason_text": "bored"}, "unknown_reason"),
    "own words with a reason on no list": ({"reason_code": "whim", "reason_text": "bored"}, "unknown_reason"),
    "own words with a listed reason": (MOVED | {"reason_text": "bored"}, "reason_text_not_allowed"),
}
BY_STAFF = {
    "nothing": ({"reason_text": ""}, "reason_missing"),
    "a reason on no list only": ({"reason_code": "whim"}, "reason_missing"),
    "a reason on another company's list only": ({"reason_code": "elsewhere"}, "reason_missing"),
    "a reason that customers may choose": (MOVED, None),
    "a reason for staff only": ({"reason_code": "fraud"}, None),
    "own words": ({"reason_text": "bored"}, None),
    "own words with a listed reason": (MOVED | {"reason_text": "bored"}, None),
    "own words with a reason on no list": ({"reason_code": "whim", "reason_text": "bored"}, None),
}


@pytest.mark.parametrize(
    ("origin", "closable", "said"),
    [
        ("customer", "true", BY_CUSTOMER),
        ("customer", "false", {name: (row, "not_closable") for name, (row, _) in BY_CUSTOMER.items()}),
        ("staff", "true", BY_STAFF),
        ("staff", "false", BY_STAFF),
    ],
)
def test_who_may_close_what_with_which_reason(store, tmp_path, origin, closable, said):
    """L5.2: a customer a closable plan with a listed reason and no words; staff any with a listed or written one."""
    closes(
        tmp_path,
        *({"closure": name, "membership": name, "origin": origin} | row for name, (row, _) in said.items()),
        on="2028-02-03",
        companies=[{}, {"company": "other"}],
        close_reasons=REASONS,
        plan={"closable": closable},
        memberships=[PAID | {"membership": name} for name in said],
    )
    assert refused() == {name: reason for name, (_, reason) in said.items() if reason}
    assert statuses() == {name: "active" if reason else "closed" for name, (_, reason) in said.items()}


def test_that_it_is_closed_already_comes_before_every_other_reason(store, tmp_path):
    """L5.2: closed on 3 February; on the 4th whatever is asked for is refused so, however wrong it is."""
    closes(tmp_path, {}, on="2028-02-03", plan={"closable": "false"}, memberships=[PAID])
    wrong = [{"origin": "customer", "reason_code": "whim", "reason_text": "bored"}, {"reason_text": ""}, LATER]
    arrive(
        tmp_path, closures=[{"closure": f"late{n}", "requested_on": "2028-02-04"} | row for n, row in enumerate(wrong)]
    )
    nightly("2028-02-04")
    assert refused() == {f"late{n}": "already_closed" for n in range(3)}
    assert only("memberships", "closed_on close_reason") == ("2028-02-03", "said so")


def test_refused_closing_is_a_reject_of_its_day_and_changes_nothing(store, tmp_path):
    """L5.2, intake.md: decided once; the plan that may be closed from tomorrow on does not bring it back."""
    closes(tmp_path, MOVED | {"origin": "customer"}, on="2028-02-03", plan={"closable": "false"})
    store.exec_driver_sql("UPDATE tajdid.plans SET closable = true")
    nightly("2028-02-04")
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "closures", "c1", "not_closable", "2028-02-03")
    ]
    assert only("memberships", "status closed_on close_reason") == ("active", None, None)
    assert seen("messages", "kind") == []


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (MOVED, "moved"),
        ({"reason_text": "bored"}, "bored"),
        (MOVED | {"reason_text": "bored"}, "moved"),
    ],
)
def test_reason_and_who_asked_and_when_stay_on_record(store, tmp_path, asked, reason):
    """L5.3: the code, else the text, from the day on which it closes; asked for on the 3rd, learned of on the 5th."""
    closes(tmp_path, asked | {"requested_on": "2028-02-03"}, on="2028-02-05", close_reasons=[{"reason": "moved"}])
    assert only("memberships", "status closed_on close_reason") == ("closed", "2028-02-05", reason)
    asked_for = "SELECT requested_on::text, origin, applied_on::text FROM tajdid.closures"
    assert [tuple(row) for row in store.exec_driver_sql(asked_for)] == [("2028-02-03", "staff", "2028-02-05")]


def test_closing_waits_for_its_day(store, tmp_path):
    """L1.5: the day before, and on."""
    closes(tmp_path, {}, on="2028-02-04")
    nightly("2028-02-05")
    arrive(
        tmp_path,
        memberships=[PAID | {"membership": "m2"}],
        closures=[{"closure": "c2", "membership": "m2", "requested_on": "2028-02-07"}],
    )
    nightly("2028-02-06")
    assert statuses() == {"m1": "closed", "m2": "active"}
    nightly("2028-02-07")
    assert statuses() == {"m1": "closed", "m2": "closed"}


# Now, or at the end of the period -------------------------------------------------------------------------------------


def test_now_closes_on_the_business_date_and_period_end_on_the_end_of_the_current_one(store, tmp_path):
    """L5.3: and nothing is billed any more.

    10 Feb asked for    29 Feb       1 Mar
    closed (now)        active       closed (period_end)
    """
    two = [PAID, PAID]
    closes(tmp_path, {}, LATER | {"membership": "m2"}, on="2028-02-10", memberships=two)
    assert statuses() == {"m1": "closed", "m2": "active"}
    assert only("memberships", "closed_on close_reason", membership="m2") == (None, None)
    night("2028-02-29")
    assert statuses() == {"m1": "closed", "m2": "active"}
    night(END)
    assert statuses() == {"m1": "closed", "m2": "closed"}
    assert only("memberships", "closed_on close_reason period_ends_on", membership="m2") == (END, "said so", END)
    night("2028-04-01")
    assert seen("invoices", "invoice") == []


@pytest.mark.parametrize(("on", "closed_on"), [("2028-02-29", END), (END, END), ("2028-03-02", "2028-03-02")])
def test_period_end_that_has_passed_closes_at_once(store, tmp_path, on, closed_on):
    """L5.3: asked for on the last day, on the end, and in grace after it; the plan does not renew."""
    closes(tmp_path, LATER, on=on, plan={"auto_renew": "false"})
    assert statuses() == {"m1": "closed" if on == closed_on else "active"}
    if on < closed_on:
        nightly(closed_on)
    assert only("memberships", "status closed_on") == ("closed", closed_on)


@pytest.mark.parametrize("lead_days", [0, 7])
def test_what_is_to_close_is_not_renewed_from_the_day_of_the_request_on(store, tmp_path, lead_days):
    """L5.3, L1.6: asked for on the very day on which the next period would be billed; a day later is too late."""
    on = {0: END, 7: "2028-02-23"}[lead_days]
    late = {0: "2028-03-02", 7: "2028-02-24"}[lead_days]
    closures = [LATER | {"requested_on": on}, LATER | {"membership": "m2", "requested_on": late}]
    club(tmp_path, plan={"lead_days": lead_days}, memberships=[PAID, PAID], closures=closures)
    night("2028-02-22")
    night(on)
    night(late)
    assert seen("invoices", "membership period_starts_on kind") == [("m2", END, "membership")]


def test_closing_counts_from_the_period_that_was_current_at_the_request(store, tmp_path):
    """L5.3: the next one has been billed and paid; the member leaves on 1 March all the same."""
    payments = [{"amount": 115, "paid_on": "2028-02-24"}]
    closures = [LATER | {"requested_on": "2028-02-25"}]
    club(tmp_path, plan={"lead_days": 7}, memberships=[PAID], payments=payments, closures=closures)
    for on in ("2028-02-23", "2028-02-24", "2028-02-25", "2028-02-29"):
        night(on)
    assert only("memberships", "status paid_until") == ("active", "2028-04-01")
    nightly(END)
    assert only("memberships", "status closed_on paid_until") == ("closed", END, "2028-04-01")


def test_pending_membership_may_be_closed_and_never_begins(store, tmp_path):
    """L5.3: it has no period, so there is none to wait for."""
    two = [{"started_on": "2028-02-10"}] * 2
    closes(tmp_path, {}, LATER | {"membership": "m2"}, on="2028-02-09", memberships=two)
    nightly("2028-02-10")
    assert statuses() == {"m1": "closed", "m2": "closed"}
    assert seen("periods", "membership") == []
    assert seen("memberships", "closed_on paid_until") == [("2028-02-09", None)] * 2


def test_member_who_leaves_on_the_very_first_night_carries_nothing_over(store, tmp_path):
    """L1.6, L5.3: closings come before starts; the audit does not miss the period billed elsewhere (L3.2)."""
    club(
        tmp_path,
        memberships=[PAID, PAID],
        closures=[{"requested_on": START}, LATER | {"requested_on": START, "membership": "m2"}],
    )
    nightly(START)
    assert statuses() == {"m1": "closed", "m2": "closed"}
    assert seen("periods", "membership") == []


@pytest.mark.parametrize(
    ("on_expiry", "effective", "closed_on"),
    [
        ("void", "now", "2028-02-10"),
        ("void", "period_end", "2028-02-10"),
        ("collect", "now", "2028-02-10"),
        ("collect", "period_end", "2028-03-02"),
    ],
)
def test_expired_membership_may_be_closed(store, tmp_path, on_expiry, effective, closed_on):
    """L5.2, L5.3: where its debt became void there is no period left to wait for; where it stays, so does the period.

    2 Feb billed   7 Feb expired   10 Feb asked for   2 Mar its end
    """
    club(
        tmp_path,
        plan={"on_expiry": on_expiry},
        memberships=[{"started_on": "2028-02-02"}],
        closures=[{"requested_on": "2028-02-10", "effective": effective}],
    )
    for on in ("2028-02-02", "2028-02-07", "2028-02-10"):
        night(on)
    assert statuses() == {"m1": "closed" if closed_on == "2028-02-10" else "expired"}
    night(closed_on)
    assert only("memberships", "status closed_on") == ("closed", closed_on)
    assert seen("periods", "state") == [({"void": "void", "collect": "open"}[on_expiry],)]


def test_payment_of_a_debt_brings_no_closed_member_back(store, tmp_path):
    """L3.4, L3.5: closed as requested comes before every other status."""
    closes(
        tmp_path,
        {},
        on="2028-02-10",
        plan={"on_expiry": "collect", "grace_days": 30},
        memberships=[{"started_on": "2028-02-02"}],
        payments=[{"amount": 115, "paid_on": "2028-02-11"}],
    )
    nightly("2028-02-11")
    assert only("memberships", "status closed_on paid_until") == ("closed", "2028-02-10", "2028-03-02")


def test_member_who_asked_to_leave_is_told_when(store, tmp_path):
    """L5.3: one message a day and membership, of the request that counts."""
    closes(tmp_path, {}, LATER | {"membership": "m2"}, on="2028-02-10", memberships=[PAID, PAID])
    said = "SELECT subject, facts ->> 'membership', facts ->> 'effective', facts ->> 'closes_on' FROM tajdid.messages"
    assert sorted(tuple(row) for row in store.exec_driver_sql(f"{said} WHERE kind = 'closure_accepted'")) == [
        ("c1", "m1", "now", "2028-02-10"),
        ("c2", "m2", "period_end", END),
    ]
