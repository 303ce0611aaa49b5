"""Who is reminded that a period ends, on which day, how often? (L9)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import arrive, club, day, flow, night, nightly, seen
from tests.tasks.repeating import assert_as_once_and_daily

START, END = "2028-02-01", "2028-03-01"
PAID = {"started_on": START, "paid_until": END}
BY_HAND = {"auto_renew": "false"}
"""Nothing follows the period that ends on 1 March."""


def before(days: int, end: str = END) -> str:
    """So many days before the end; below zero: after it."""
    return (day(end) - timedelta(days)).isoformat()


def reminded(tmp_path, *days: int, reminder_days: str = "14;7;1", **also) -> None:
    """A member whose period ends on 1 March, and the reminders of some days before that."""
    plan = BY_HAND | {"reminder_days": reminder_days}
    club(tmp_path, **{"plan": plan, "memberships": [PAID]} | also)
    for name in ("payments", "renewals", "grace"):
        flow(name, START)
    for each in days:
        flow("reminders", before(each))


def reminders(store, of: str = "m1") -> list[tuple[str, int]]:
    """On which day a membership was reminded, and by which k."""
    rows = store.exec_driver_sql(
        "SELECT on_date::text, (facts ->> 'days_before')::int FROM tajdid.messages"
        f" WHERE kind = 'reminder' AND subject = '{of}' ORDER BY on_date, message_id"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([15], []),
        ([15, 14], [(14, 14)]),
        ([14, 13, 12, 8], [(14, 14)]),
        ([14, 8, 7, 6], [(14, 14), (7, 7)]),
        ([14, 7, 2, 1], [(14, 14), (7, 7), (1, 1)]),
        ([14, 7, 1, 0, -1], [(14, 14), (7, 7), (1, 1)]),
    ],
    ids=str,
)
def test_reminder_is_sent_on_the_day_on_which_it_is_due(store, tmp_path, days, found):
    """L9: once `period end - k <= as_of < period end`; before, on and after each."""
    reminded(tmp_path, *days)
    assert reminders(store) == [(before(on), k) for on, k in found]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([10], [(10, 14)]),
        ([7], [(7, 7)]),
        ([5, 4], [(5, 7)]),
        ([5, 1], [(5, 7), (1, 1)]),
        ([1], [(1, 1)]),
        ([0], []),
        ([-3], []),
    ],
    ids=str,
)
def test_of_several_that_are_due_only_the_nearest_is_sent(store, tmp_path, days, found):
    """L9: and the farther ones never; on the end it is too late."""
    reminded(tmp_path, *days)
    assert reminders(store) == [(before(on), k) for on, k in found]


@pytest.mark.parametrize(
    ("reminder_days", "days", "found"),
    [
        ("", [29, 14, 1], []),
        ("0", [1, 0], []),
        ("3", [4, 3, 2], [(3, 3)]),
        ("1;7;14", [14, 7, 1], [(14, 14), (7, 7), (1, 1)]),
        ("7;7", [7, 6], [(7, 7)]),
        ("29", [29, 28], [(29, 29)]),
        ("400;2", [29, 3, 2], [(29, 400), (2, 2)]),
    ],
)
def test_plan_says_how_many_days_before(store, tmp_path, reminder_days, days, found):
    """L2.1, L9: none, on the end itself, one, in any order, twice the same, the whole period, longer than it."""
    reminded(tmp_path, *days, reminder_days=reminder_days)
    assert reminders(store) == [(before(on), k) for on, k in found]


def test_reminder_tells_what_ends_and_whether_it_renews(store, tmp_path):
    """L9: of the membership, where it says; else of the plan."""
    terms = {"plan": {}, "yes": {"auto_renew": "true"}, "no": {"auto_renew": "false"}}
    for_all = [PAID | {"membership": name} | row for name, row in terms.items()]
    reminded(tmp_path, 7, plan={"reminder_days": "7"}, memberships=for_all)
    facts = store.exec_driver_sql("SELECT subject, facts FROM tajdid.messages WHERE kind = 'reminder'").all()
    told = {"plan": "gym", "period_ends_on": END, "days_before": 7}
    assert dict(facts) == {name: told | {"renews": name != "no"} for name in terms}


# Whose ----------------------------------------------------------------------------------------------------------------


def test_only_active_and_grace_members_are_reminded(store, tmp_path):
    """L9: of a period that ends on 1 March each; in grace is who has not paid for it yet.

    2 Feb billed: grace lasts for one, is over on the 3rd for another   20 Feb frozen, closed
    """
    billed = {"started_on": START}
    terms = {
        "active": PAID,
        "grace": billed | {"plan": "patient"},
        "expired": billed | {"on": "collects"},
        "frozen": PAID,
        "closed": PAID,
        "closing": PAID,
        "pending": {"started_on": "2028-02-28"},
    }
    plan = BY_HAND | {"reminder_days": "7", "grace_days": 1, "on_expiry": "collect"}
    club(
        tmp_path,
        plans=[plan, plan | {"plan": "patient", "grace_days": ""}],
        memberships=[
            {name: value for name, value in row.items() if name != "on"} | {"membership": member}
            for member, row in terms.items()
        ],
        freezes=[{"membership": "frozen", "starts_on": "2028-02-20", "resumes_on": "2028-03-20"}],
        closures=[
            {"membership": "closed", "requested_on": "2028-02-20"},
            {"membership": "closing", "requested_on": "2028-02-20", "effective": "period_end"},
        ],
    )
    for on in (START, "2028-02-03", "2028-02-20", before(7)):
        night(on)
    statuses = dict(seen("memberships", "membership status"))
    assert statuses == {name: "active" if name == "closing" else name for name in terms}
    said = "SELECT subject FROM tajdid.messages WHERE kind = 'reminder' ORDER BY subject"
    assert store.exec_driver_sql(said).scalars().all() == ["active", "closing", "grace"]


def test_reminder_is_about_the_current_period_though_the_next_one_is_billed(store, tmp_path):
    """L9, L3.3, readings 36: March is billed on 16 February; what ends soon is February."""
    club(tmp_path, plan={"lead_days": 14, "reminder_days": "7"}, memberships=[PAID])
    for on in (START, before(14), before(7), "2028-03-02"):
        night(on)
    assert reminders(store) == [(before(7), 7)]


def test_every_period_has_reminders_of_its_own(store, tmp_path):
    """L9: weeks, three days before each end; the key holds the end."""
    club(
        tmp_path,
        plan={"interval_unit": "week", "reminder_days": "3"},
        memberships=[{"started_on": START}],
        payments=[{"amount": 500, "paid_on": START}],
    )
    for on in (START, "2028-02-05", "2028-02-08", "2028-02-11", "2028-02-12", "2028-02-15", "2028-02-19"):
        night(on)
    assert reminders(store) == [("2028-02-05", 3), ("2028-02-12", 3), ("2028-02-19", 3)]


def test_status_of_the_day_decides(store, tmp_path):
    """L1.6: reminders come after status: expired today, and active again today."""
    plan = BY_HAND | {"reminder_days": "27", "grace_days": 2, "on_expiry": "collect"}
    club(
        tmp_path,
        plan=plan,
        memberships=[{"started_on": START}, {"started_on": START, "customer": "pays"}],
        payments=[{"customer": "pays", "amount": 115, "paid_on": "2028-02-04"}],
    )
    for on in (START, "2028-02-03", "2028-02-04"):
        night(on)
    assert (reminders(store, "m1"), reminders(store, "m2")) == ([], [("2028-02-04", 27)])


# Moved ----------------------------------------------------------------------------------------------------------------


def test_end_that_a_freeze_has_moved_has_reminders_of_its_own(store, tmp_path):
    """L9: reminded of 1 March by 7 on 23 February; frozen from the 24th for ten days: of 11 March on the 4th and 10th.

    28 Feb and 29 Feb, when the last one of 1 March would have been due, it is frozen
    """
    club(
        tmp_path,
        plan=BY_HAND | {"reminder_days": "7;1"},
        memberships=[PAID],
        freezes=[{"starts_on": "2028-02-24", "resumes_on": "2028-03-05"}],
    )
    for on in (START, "2028-02-23", "2028-02-24", "2028-02-29", "2028-03-04", "2028-03-05", "2028-03-06", "2028-03-10"):
        night(on)
    assert reminders(store) == [("2028-02-23", 7), ("2028-03-05", 7), ("2028-03-10", 1)]


@pytest.mark.parametrize("resumes_on", ["2028-02-20", "2028-02-26"])
def test_member_who_resumes_is_reminded_when_the_new_end_is_near(store, tmp_path, resumes_on):
    """L9: frozen from 10 February; of 11 March and of 17 March, seven days before."""
    freeze = {"starts_on": "2028-02-10", "resumes_on": resumes_on}
    end = before(-(day(resumes_on) - day("2028-02-10")).days)
    club(tmp_path, plan=BY_HAND | {"reminder_days": "7"}, memberships=[PAID], freezes=[freeze])
    for on in (START, "2028-02-10", resumes_on, before(8, end), before(7, end)):
        night(on)
    assert reminders(store) == [(before(7, end), 7)]


# Once -----------------------------------------------------------------------------------------------------------------


def test_reminder_is_sent_once(store, tmp_path):
    """L9, L1.8: the day again, with news and without; the days after it."""
    reminded(tmp_path, 7, 7)
    arrive(tmp_path, payments=[{"amount": 1, "paid_on": before(7)}])
    flow("reminders", before(7))
    flow("reminders", before(6))
    assert reminders(store) == [(before(7), 7)]


def test_reminder_goes_by_the_best_channel_in_the_customers_language(store, tmp_path):
    """As every message does."""
    reminded(tmp_path, 7, customers=[{"whatsapp": "+966500000001", "language": "ar"}])
    assert seen("messages", "kind customer channel language on_date status") == [
        ("reminder", "u", "whatsapp", "ar", before(7), "queued")
    ]


def test_reminders_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: m1 on the 3rd and the 5th; m2 on the 3rd, and after its freeze on the 6th and the 7th."""
    club(
        tmp_path,
        plan={"interval_unit": "week", "reminder_days": "3;1", "grace_days": 1},
        memberships=[{"started_on": START, "paid_until": "2028-02-06"}] * 2,
        freezes=[{"membership": "m2", "starts_on": "2028-02-04", "resumes_on": "2028-02-06"}],
    )
    nightly(START)
    state = assert_as_once_and_daily(store, "2028-02-02", "2028-02-08")
    assert sum(count for row, count in state["messages"].items() if "reminder" in row) == 5
