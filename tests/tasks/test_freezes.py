"""Who may freeze, from when, until when, and what stands still meanwhile? (L4.1, L4.2)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import arrive, club, day, night, nightly, only, seen, statuses
from tests.tasks.repeating import assert_as_once_and_daily

START, END = "2028-02-01", "2028-03-01"
PAID = {"started_on": START, "paid_until": END}
ON = "2028-02-10"


def freeze(days: int, starts_on: str = ON, **also: str) -> dict[str, str]:
    """A request for so many days from a day on."""
    return {"starts_on": starts_on, "resumes_on": (day(starts_on) + timedelta(days)).isoformat()} | also


def ask(tmp_path, *freezes: dict[str, str], on: str = ON, **also) -> None:
    """Members billed elsewhere until 1 March, freezes m1 asks for, and the nights of 2 February and of `on`."""
    club(tmp_path, **{"memberships": [PAID], "freezes": freezes} | also)
    night("2028-02-02")
    night(on)


def refused() -> dict[str, str]:
    return dict(seen("rejects", "record reason", entity="freezes"))


# Who may freeze -------------------------------------------------------------------------------------------------------


def test_reasons_to_refuse_a_freeze_in_their_order(store, tmp_path):
    """L4.1: not_active, freeze_not_allowed, freeze_empty, freeze_limit; each case meets all those after its own.

    2 Feb the late one is billed, 9 Feb expired; 8 Feb the unpaid one is billed, in grace; 5 Feb one freezes, one closes
    """
    plans = [{"plan": "no", "freeze_days_max": 0}, {"plan": "five", "freeze_days_max": 5}, {"plan": "any"}]
    states = {
        "pending": {"plan": "no", "started_on": "2028-02-11"},
        "grace": {"plan": "no", "started_on": "2028-02-08"},
        "expired": {"plan": "no", "started_on": "2028-02-02"},
        "closed": {"plan": "no"},
        "frozen": {"plan": "any"},
        "not allowed": {"plan": "no"},
        "empty": {"plan": "five"},
        "limit": {"plan": "five"},
        "allowed": {"plan": "five"},
        "no limit": {"plan": "any"},
    }
    days = {"limit": 6, "allowed": 5, "no limit": 600}
    club(
        tmp_path,
        plan={"grace_days": 7},
        plans=plans,
        memberships=[
            (PAID if "started_on" not in row else {}) | {"membership": name} | row for name, row in states.items()
        ],
        closures=[{"membership": "closed", "requested_on": "2028-02-05"}],
        freezes=[
            {"freeze": "before", "membership": "frozen"} | freeze(30, "2028-02-05"),
            *({"freeze": name, "membership": name} | freeze(days.get(name, 0)) for name in states),
        ],
    )
    for on in ("2028-02-02", "2028-02-05", "2028-02-08", "2028-02-09"):
        night(on)
    assert {name: status for name, status in statuses().items() if name in states} == {
        name: name if name in ("pending", "grace", "expired", "closed", "frozen") else "active" for name in states
    }
    night(ON)
    assert refused() == {
        **dict.fromkeys(("pending", "grace", "expired", "closed", "frozen"), "not_active"),
        "not allowed": "freeze_not_allowed",
        "empty": "freeze_empty",
        "limit": "freeze_limit",
    }
    assert [name for name, status in statuses().items() if status == "frozen"] == ["allowed", "frozen", "no limit"]


@pytest.mark.parametrize(("days", "reason"), [(-1, "freeze_empty"), (0, "freeze_empty"), (1, None)])
def test_freeze_has_at_least_one_day(store, tmp_path, days, reason):
    """L4.1: resumes_on is the first day after it (L1.2)."""
    ask(tmp_path, freeze(days))
    assert refused() == ({"f1": reason} if reason else {})


@pytest.mark.parametrize(
    ("before", "days", "reason"),
    [
        ([], 10, None),
        ([], 11, "freeze_limit"),
        ([freeze(4, "2028-02-03")], 6, None),
        ([freeze(4, "2028-02-03")], 7, "freeze_limit"),
        ([freeze(1, "2028-02-03"), freeze(1, "2028-02-05"), freeze(1, "2028-02-07")], 7, None),
        ([freeze(1, "2028-02-03"), freeze(1, "2028-02-05"), freeze(1, "2028-02-07")], 8, "freeze_limit"),
        ([freeze(11, "2028-02-03")], 10, None),
        ([freeze(10, "2028-02-03", membership="m2")], 10, None),
    ],
    ids=["limit", "over", "4 + 6", "4 + 7", "1 + 1 + 1 + 7", "1 + 1 + 1 + 8", "after a refused one", "of another"],
)
def test_days_of_the_years_freezes_stay_within_the_limit(store, tmp_path, before, days, reason):
    """L4.1: of ten days a year; each membership has its own."""
    requests = [row | {"freeze": f"b{n}"} for n, row in enumerate(before)]
    club(
        tmp_path,
        plan={"freeze_days_max": 10},
        memberships=[PAID, PAID],
        freezes=[*requests, freeze(days)],
    )
    nightly("2028-02-02", ON)
    assert refused().get(f"f{len(before) + 1}") == reason


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (freeze(10, "2027-12-31"), freeze(10, "2028-01-10"), None),
        (freeze(10, "2027-12-31"), freeze(11, "2028-01-10"), "freeze_limit"),
        (freeze(9, "2028-01-01"), freeze(1, "2028-01-10"), None),
        (freeze(9, "2028-01-01"), freeze(2, "2028-01-10"), "freeze_limit"),
    ],
)
def test_freeze_counts_for_the_year_in_which_it_starts(store, tmp_path, first, second, reason):
    """L4.1: one from 31 December on takes nothing from the new year, however far it reaches into it."""
    carried = {"started_on": "2027-12-01", "paid_until": "2028-03-01"}
    club(tmp_path, plan={"freeze_days_max": 10}, memberships=[carried], freezes=[first, second])
    for on in ("2027-12-30", first["starts_on"], "2028-01-10"):
        night(on)
    assert refused() == ({"f2": reason} if reason else {})


def test_days_of_a_year_are_those_planned_not_those_asked_for_or_used(store, tmp_path):
    """L4.1: asked for from the 1st, begun on the 3rd: of seven days five are planned; five more fit in, six do not."""
    requests = [freeze(7, "2028-02-01", requested_on="2028-02-03"), freeze(6, ON), freeze(5, "2028-02-11")]
    club(tmp_path, plan={"freeze_days_max": 10}, memberships=[PAID], freezes=requests)
    nightly("2028-02-02", "2028-02-11")
    assert refused() == {"f2": "freeze_limit"}
    assert statuses() == {"m1": "frozen"}


def test_refused_freeze_is_a_reject_of_its_day_and_changes_nothing(store, tmp_path):
    """L4.1, intake.md: decided once; the member who pays tomorrow is not frozen by it."""
    ask(tmp_path, freeze(5, "2028-02-02"), on="2028-02-02", memberships=[{"started_on": "2028-02-02"}])
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-03"}])
    nightly("2028-02-03", "2028-02-04")
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "freezes", "f1", "not_active", "2028-02-02")
    ]
    assert statuses() == {"m1": "active"}
    assert seen("messages", "kind") == [("invoice_issued",), ("payment_received",)]


# From when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "since"),
    [
        (freeze(5, ON, requested_on="2028-02-01"), ON),
        (freeze(5, ON, requested_on="2028-02-12"), "2028-02-12"),
        (freeze(5, "2028-01-10", resumes_on="2028-02-13", requested_on=ON), ON),
    ],
    ids=["ahead", "requested later", "before it began"],
)
def test_freeze_begins_on_the_first_day_that_it_and_its_request_have_come(store, tmp_path, asked, since):
    """L1.5, L4.1: what is past cannot be frozen any more."""
    club(tmp_path, memberships=[PAID], freezes=[asked])
    nightly("2028-02-09")
    found = {}
    for on in ("2028-02-09", "2028-02-10", "2028-02-11", "2028-02-12"):
        nightly(on)
        found[on] = statuses()["m1"]
    assert [on for on, status in found.items() if status == "frozen"] == [on for on in found if on >= since]


def test_freeze_loaded_late_starts_on_that_day_and_moves_by_what_is_left_of_it(store, tmp_path):
    """L4.1, L4.3: asked for 5 to 15 February, loaded on the 12th: three days."""
    ask(tmp_path, on="2028-02-11")
    arrive(tmp_path, freezes=[freeze(10, "2028-02-05")])
    nightly("2028-02-12", "2028-02-15")
    assert only("memberships", "status paid_until") == ("active", "2028-03-04")


def test_member_is_frozen_until_the_day_before_resumes_on(store, tmp_path):
    """L1.2, L4.3: the days before, on and after both ends."""
    club(tmp_path, memberships=[PAID], freezes=[freeze(3)])
    found = {}
    for on in ("2028-02-09", "2028-02-10", "2028-02-12", "2028-02-13", "2028-02-14"):
        night(on)
        found[on[-2:]] = statuses()["m1"]
    assert found == {"09": "active", "10": "frozen", "12": "frozen", "13": "active", "14": "active"}


def test_member_who_pays_in_grace_may_freeze_from_the_next_day_on(store, tmp_path):
    """L1.6: freezes come before status; f1 of the day of the payment is refused, f2 of the next begins."""
    payments = [{"amount": 115, "paid_on": ON}]
    requests = [freeze(5), freeze(5, "2028-02-11")]
    club(tmp_path, memberships=[{"started_on": "2028-02-09"}], payments=payments, freezes=requests)
    nightly("2028-02-09", "2028-02-11")
    assert refused() == {"f1": "not_active"}
    assert statuses() == {"m1": "frozen"}


# Several --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "begins", "reasons"),
    [
        ({"b": freeze(2), "a": freeze(3)}, "a", {"b": "not_active"}),
        ({"b": freeze(2, "2028-02-09", requested_on="2028-02-09"), "a": freeze(3)}, "b", {"a": "not_active"}),
        ({"a": freeze(0), "b": freeze(2), "c": freeze(3)}, "b", {"a": "freeze_empty", "c": "not_active"}),
        ({"a": freeze(11), "b": freeze(10), "c": freeze(0)}, "b", {"a": "freeze_limit", "c": "not_active"}),
    ],
)
def test_of_two_freezes_for_one_day_the_first_that_is_allowed_begins(store, tmp_path, asked, begins, reasons):
    """L1.6, L4.1: by (date, id), loaded on the 10th; the others find a membership that is no longer active."""
    ask(tmp_path, on="2028-02-09", plan={"freeze_days_max": 10})
    arrive(tmp_path, freezes=[{"freeze": name} | row for name, row in asked.items()])
    nightly(ON)
    assert refused() == reasons
    begun = "SELECT f.freeze FROM tajdid.freezes AS f WHERE started_on IS NOT NULL"
    assert store.exec_driver_sql(begun).scalars().all() == [begins]


def test_freeze_may_begin_on_the_day_on_which_another_ends(store, tmp_path):
    """L1.6: who resumes comes before who starts; the day before it is refused.

    10 ---- frozen ---- 13 ---- frozen ---- 15
    """
    requests = [freeze(3), freeze(2, "2028-02-12"), freeze(2, "2028-02-13")]
    ask(tmp_path, *requests, on=ON)
    nightly("2028-02-11", "2028-02-15")
    assert refused() == {"f2": "not_active"}
    assert only("memberships", "status paid_until") == ("active", "2028-03-06")
    assert seen("messages", "on_date kind") == [
        ("2028-02-10", "freeze_started"),
        ("2028-02-13", "freeze_ended"),
        ("2028-02-13", "freeze_started"),
        ("2028-02-15", "freeze_ended"),
    ]


def test_freezes_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: two in a row, one refused, one changed, one whose membership closes meanwhile."""
    club(
        tmp_path,
        plan={"lead_days": 20, "freeze_days_max": 4},
        memberships=[PAID, PAID, {"started_on": "2028-02-08"}],
        plan_credits=[{"quantity": 2}],
        payments=[{"amount": 115, "paid_on": "2028-02-10"}],
        closures=[{"membership": "m2", "requested_on": "2028-02-12"}],
        freezes=[
            freeze(2, "2028-02-09"),
            freeze(2, "2028-02-11"),
            freeze(3, "2028-02-11", membership="m2"),
            freeze(5, "2028-02-12", membership="m3"),
        ],
    )
    arrive(tmp_path, freezes=[freeze(1, "2028-02-11", freeze="f2", requested_on="2028-02-10")])
    state = assert_as_once_and_daily(store, "2028-02-08", "2028-02-13")
    assert state["rejects"].total() == 1
