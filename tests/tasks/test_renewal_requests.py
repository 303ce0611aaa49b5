"""Who may go on for another period on request, from which day, under which number? (L3.7)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, night, nightly, only, seen, statuses
from tests.tasks.repeating import assert_as_once_and_daily

START, END, NEXT = "2028-02-01", "2028-03-01", "2028-04-01"
PAID = {"started_on": START, "paid_until": END}
BY_HAND = {"auto_renew": "false"}
"""Nothing renews by itself."""


def asks(tmp_path, on: str, *nights: str, times: int = 1, **also) -> None:
    """m1 asks for renewal on a day, once or more often; the nights before and that night."""
    requests = [{"requested_on": on}] * times
    club(tmp_path, **{"plan": BY_HAND, "memberships": [PAID], "renewals": requests} | also)
    for each in (*nights, on):
        night(each)


def refused() -> dict[str, str]:
    return dict(seen("rejects", "record reason", entity="renewals"))


def billed(**where: str) -> list[tuple[str, str]]:
    return seen("periods", "starts_on ends_on", **where)[1:]


# Refused --------------------------------------------------------------------------------------------------------------


def test_reasons_to_refuse_a_renewal(store, tmp_path):
    """L3.7: the status where it is closed, frozen or pending; closing before already_renewed.

    2 Feb debt billed, 7 Feb expired   5 Feb one freezes, one closes, two are to close   10 Feb all ask
    """
    states = {
        "pending": {"started_on": "2028-02-11"},
        "closed": {},
        "frozen": {},
        "closing": {},
        "closing ahead": {"plan": "ahead"},
        "has_debt": {"started_on": "2028-02-02", "plan": "collects"},
        "already_renewed": {"plan": "ahead"},
        "active": {},
    }
    ahead = {"plan": "ahead", "lead_days": 25, "auto_renew": "true"}
    club(
        tmp_path,
        plan=BY_HAND,
        plans=[{}, ahead, {"plan": "collects", "on_expiry": "collect"}],
        memberships=[
            ({} if "started_on" in row else PAID) | {"membership": name} | row for name, row in states.items()
        ],
        closures=[
            {"membership": "closed", "requested_on": "2028-02-05"},
            {"membership": "closing", "requested_on": "2028-02-05", "effective": "period_end"},
            {"membership": "closing ahead", "requested_on": "2028-02-06", "effective": "period_end"},
        ],
        freezes=[{"membership": "frozen", "starts_on": "2028-02-05", "resumes_on": "2028-02-20"}],
        renewals=[{"renewal": name, "membership": name, "requested_on": "2028-02-10"} for name in states],
    )
    for on in ("2028-02-02", "2028-02-05", "2028-02-06", "2028-02-07", "2028-02-10"):
        night(on)
    assert refused() == {name: name for name in states if name not in ("active", "closing ahead")} | {
        "closing ahead": "closing"
    }
    assert billed(membership="active") == [(END, NEXT)]


def test_refused_renewal_is_a_reject_of_its_day_and_decided_once(store, tmp_path):
    """L3.7, intake.md: pending on 31 January, active on 1 February."""
    asks(tmp_path, "2028-01-31")
    nightly(START, "2028-02-02")
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "renewals", "n1", "pending", "2028-01-31")
    ]
    assert seen("invoices", "invoice") == []


def test_membership_that_starts_today_may_be_renewed_today(store, tmp_path):
    """L1.6: activations come before renewal requests."""
    asks(tmp_path, START, "2028-01-31")
    assert refused() == {}
    assert billed() == [(END, NEXT)]


# Active and in grace --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on", ["2028-02-02", "2028-02-29", END, "2028-03-05"])
def test_next_period_begins_where_the_last_one_ends_even_after_that_day(store, tmp_path, on):
    """L3.7, L3.6: active, on the last day, on the end, and in grace; due as every invoice is."""
    asks(tmp_path, on, START)
    assert billed() == [(END, NEXT)]
    assert only("invoices", "kind issued_on total status") == ("membership", on, "115.00", "open")
    assert statuses() == {"m1": "active" if on < END else "grace"}
    assert seen("messages", "kind on_date") == [("invoice_issued", on)]


def test_period_keeps_the_anchor_of_the_membership(store, tmp_path):
    """L1.3: from 31 January: 29 February, 31 March, 30 April."""
    prepaid = [{"amount": 345, "paid_on": "2028-01-31"}]
    club(tmp_path, plan=BY_HAND, memberships=[{"started_on": "2028-01-31"}], payments=prepaid)
    night("2028-01-31")
    for number, on in enumerate(("2028-02-10", "2028-03-10"), start=1):
        arrive(tmp_path, renewals=[{"renewal": f"n{number}", "requested_on": on}])
        night(on)
    assert seen("periods", "starts_on ends_on state") == [
        ("2028-01-31", "2028-02-29", "paid"),
        ("2028-02-29", "2028-03-31", "paid"),
        ("2028-03-31", "2028-04-30", "paid"),
    ]


def test_price_is_that_of_the_start_of_the_period_and_unapplied_credit_pays_it_on_the_same_day(store, tmp_path):
    """L2.1, L1.6: asked for on 10 February at 100, for March at 200."""
    asks(
        tmp_path,
        "2028-02-10",
        START,
        plan=BY_HAND | {"price": {"2000-01-01": 100, END: 200}},
        payments=[{"amount": 300, "paid_on": START}],
    )
    assert only("invoices", "total status") == ("230.00", "paid")
    assert only("memberships", "paid_until") == NEXT


@pytest.mark.parametrize(
    ("on", "times", "renewed"),
    [
        ("2028-02-10", 1, [END]),
        ("2028-02-10", 2, [END]),
        ("2028-02-29", 3, [END]),
        (END, 1, [END]),
        (END, 2, [END, NEXT]),
        (END, 3, [END, NEXT]),
        ("2028-03-31", 2, [END, NEXT]),
        (NEXT, 2, [END, NEXT]),
        (NEXT, 3, [END, NEXT, "2028-05-01"]),
        (NEXT, 4, [END, NEXT, "2028-05-01"]),
    ],
)
def test_of_requests_of_one_day_each_goes_on_where_the_one_before_left_off(store, tmp_path, on, times, renewed):
    """L3.7: until a period that has not begun is there; grace lasts, so that months may be missing."""
    asks(tmp_path, on, START, times=times, plan=BY_HAND | {"grace_days": ""})
    assert [starts_on for starts_on, _ in billed()] == renewed
    assert refused() == {f"n{n}": "already_renewed" for n in range(len(renewed) + 1, times + 1)}


def test_request_on_the_day_of_the_automatic_renewal_comes_after_it(store, tmp_path):
    """L1.6: the plan renews by itself on 1 March; that month has begun, so April may be asked for."""
    asks(tmp_path, END, START, times=2, plan={})
    assert [starts_on for starts_on, _ in billed()] == [END, NEXT]
    assert refused() == {"n2": "already_renewed"}


# Expired --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("grace_days", [1, 5])
def test_expired_membership_begins_anew_on_the_day_of_the_request(store, tmp_path, grace_days):
    """L3.7: that day is the anchor of what follows: 31 March, 30 April, 31 May; in grace until it is paid."""
    over = "2028-03-06"
    paid = [{"amount": 230, "paid_on": "2028-03-31"}]
    plan = BY_HAND | {"grace_days": grace_days}
    asks(tmp_path, "2028-03-31", START, END, over, plan=plan, times=1)
    assert billed() == [("2028-03-31", "2028-04-30")]
    assert only("memberships", "status paid_until") == ("grace", END)
    arrive(tmp_path, payments=paid)
    nightly("2028-03-31")
    arrive(tmp_path, renewals=[{"renewal": "n2", "requested_on": "2028-04-01"}])
    nightly(NEXT)
    assert billed() == [("2028-03-31", "2028-04-30"), ("2028-04-30", "2028-05-31")]
    assert only("memberships", "status paid_until") == ("active", "2028-05-31")


def test_expired_membership_whose_debt_became_void_begins_anew(store, tmp_path):
    """L3.5, L3.7: there is no debt any more."""
    asks(tmp_path, "2028-02-10", START, "2028-02-06", memberships=[{"started_on": START}])
    assert seen("periods", "starts_on ends_on state") == [
        (START, END, "void"),
        ("2028-02-10", "2028-03-10", "open"),
    ]
    assert only("memberships", "status paid_until grace_until") == ("grace", "2028-02-10", "2028-02-15")


@pytest.mark.parametrize(("paid_on", "reasons"), [("2028-03-10", {}), ("2028-03-11", {"n1": "has_debt"})])
def test_debt_must_be_paid_before_an_expired_membership_is_renewed(store, tmp_path, paid_on, reasons):
    """L3.7, L1.6: a payment of the same day comes first; paid_until, 1 March, has passed."""
    asks(
        tmp_path,
        "2028-03-10",
        START,
        "2028-02-06",
        plan=BY_HAND | {"on_expiry": "collect"},
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": paid_on}],
    )
    assert refused() == reasons
    assert billed() == ([] if reasons else [("2028-03-10", "2028-04-10")])


@pytest.mark.parametrize(
    ("times", "renewed", "reasons"),
    [(2, ["2028-03-10", "2028-04-10"], {}), (3, ["2028-03-10", "2028-04-10"], {"n3": "already_renewed"})],
)
def test_second_request_of_the_day_on_which_a_membership_begins_anew_goes_on_from_there(
    store, tmp_path, times, renewed, reasons
):
    """L3.7: after the first it is in grace, and its period has begun."""
    asks(tmp_path, "2028-03-10", START, END, "2028-03-06", times=times)
    assert [starts_on for starts_on, _ in billed()] == renewed
    assert refused() == reasons
    assert statuses() == {"m1": "grace"}


def test_expired_membership_that_is_paid_beyond_the_day_goes_on_from_its_last_period(store, tmp_path):
    """L3.5, L3.7, L3.8: the paid week from 14 February is still to come; no period may overlap it.

    7 Feb void [14 Feb paid)      9 Feb expired, asked for on the 10th
    """
    plan = {"interval_unit": "week", "lead_days": 7, "grace_days": 2}
    paid = [{"amount": 115, "paid_on": "2028-02-08", "invoice": "CLUB-2028-000002"}]
    club(tmp_path, plan=plan, memberships=[{"started_on": "2028-02-07"}], payments=paid)
    nightly("2028-02-07", "2028-02-09")
    assert statuses() == {"m1": "expired"}
    arrive(tmp_path, renewals=[{"requested_on": "2028-02-10"}])
    nightly("2028-02-10")
    assert refused() == {"n1": "already_renewed"}
    assert only("memberships", "status paid_until") == ("active", "2028-02-21")


def test_expired_membership_without_grace_expires_again_on_the_day_of_its_renewal(store, tmp_path):
    """L3.4, L3.7: in grace until the status stage of the day; the new invoice is credited."""
    asks(tmp_path, "2028-03-10", START, END, plan=BY_HAND | {"grace_days": 0})
    assert statuses() == {"m1": "expired"}
    assert seen("invoices", "kind status") == [("credit_note", None), ("membership", "void")]


# Numbers --------------------------------------------------------------------------------------------------------------


def test_invoices_are_numbered_by_date_and_id_of_the_requests(store, tmp_path):
    """L6.1: after those of the automatic renewals; loaded together on the 10th, whosever they are."""
    names = ("a", "b", "c", "d")
    requested = {
        "n3": ("a", "2028-02-10"),
        "n1": ("b", "2028-02-10"),
        "n2": ("c", "2028-02-10"),
        "n9": ("d", "2028-02-09"),
    }
    club(
        tmp_path,
        plan=BY_HAND,
        plans=[{}, {"plan": "auto", "auto_renew": "true"}],
        memberships=[
            *(PAID | {"membership": name} for name in names),
            {"membership": "z", "plan": "auto", "started_on": "2028-02-10"},
        ],
    )
    night("2028-02-08")
    arrive(
        tmp_path,
        renewals=[
            {"renewal": name, "membership": membership, "requested_on": on}
            for name, (membership, on) in requested.items()
        ],
    )
    night("2028-02-10")
    assert [membership for _, membership in seen("invoices", "invoice membership")] == ["z", "d", "b", "c", "a"]


def test_renewals_on_request_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: while active, after expiry, three on a day of which one is refused."""
    club(
        tmp_path,
        plan=BY_HAND | {"interval_unit": "week", "grace_days": 1},
        memberships=[{"started_on": "2028-02-07"}] * 2,
        payments=[{"amount": 300, "paid_on": "2028-02-10"}],
        renewals=[
            {"requested_on": "2028-02-07"},
            {"requested_on": "2028-02-09"},
            *[{"membership": "m2", "requested_on": "2028-02-10"}] * 3,
        ],
    )
    state = assert_as_once_and_daily(store, "2028-02-07", "2028-02-12")
    assert state["rejects"].total() == 1
