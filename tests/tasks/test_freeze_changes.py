"""A request under the id of an earlier freeze gives it another end: which counts, from when, and how early? (L4.4)

1 Feb   carried   1 Mar          f1, as it was asked for: from 10 to 20 February
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.factories import arrive, club, flow, nightly, only, seen, statuses
from tests.support import load_rows

PAID = {"started_on": "2028-02-01", "paid_until": "2028-03-01"}
FREEZE = {"freeze": "f1", "membership": "m1", "starts_on": "2028-02-10", "resumes_on": "2028-02-20"}


def frozen(tmp_path, on: str = "2028-02-12", **also) -> None:
    """A member whose freeze was asked for on the 9th and began on the 10th."""
    club(tmp_path, **{"memberships": [PAID], "freezes": [FREEZE | {"requested_on": "2028-02-09"}]} | also)
    flow("renewals", "2028-02-09")
    freezes_of("2028-02-10", on)


def freezes_of(*days: str) -> None:
    for on in days:
        flow("freezes", on)


def change(tmp_path, resumes_on: str, asked_on: str, **also: str) -> None:
    """Another end under the same id, loaded."""
    arrive(tmp_path, freezes=[FREEZE | {"requested_on": asked_on, "resumes_on": resumes_on} | also])


def first_active(since: str, until: str) -> str | None:
    """The freezes of each day from since to until; the first on which m1 is active."""
    for n in range(int(since[-2:]), int(until[-2:]) + 1):
        freezes_of(f"{since[:8]}{n:02}")
        if statuses()["m1"] == "active":
            return f"{since[:8]}{n:02}"
    return None


@pytest.mark.parametrize(
    ("resumes_on", "resumed_on", "paid_until"),
    [
        ("2028-02-21", "2028-02-21", "2028-03-12"),
        ("2028-02-19", "2028-02-19", "2028-03-10"),
        ("2028-02-14", "2028-02-14", "2028-03-05"),
        ("2028-02-13", "2028-02-13", "2028-03-04"),
        ("2028-02-12", "2028-02-13", "2028-03-04"),
        ("2028-02-10", "2028-02-13", "2028-03-04"),
        ("2027-12-31", "2028-02-13", "2028-03-04"),
    ],
    ids=["later", "sooner", "tomorrow", "today", "yesterday", "its first day", "before its time"],
)
def test_running_freeze_ends_on_the_new_day_not_before_the_day_that_applies_it(
    store, tmp_path, resumes_on, resumed_on, paid_until
):
    """L4.4: applied on 13 February; three of the frozen days are over."""
    frozen(tmp_path)
    change(tmp_path, resumes_on, "2028-02-13")
    assert first_active("2028-02-13", "2028-02-21") == resumed_on
    assert only("memberships", "paid_until") == paid_until


@pytest.mark.parametrize(("asked_on", "resumed_on"), [("2028-02-14", "2028-02-15"), ("2028-02-20", None)])
def test_change_waits_for_the_day_on_which_it_is_asked_for(store, tmp_path, asked_on, resumed_on):
    """L1.5, L1.6: loaded on the 12th; on the 20th it is taken in before the freeze would have ended that day."""
    frozen(tmp_path)
    change(tmp_path, {"2028-02-14": "2028-02-15", "2028-02-20": "2028-02-25"}[asked_on], asked_on)
    assert first_active("2028-02-13", "2028-02-20") == resumed_on


def test_change_that_comes_after_the_end_changes_nothing(store, tmp_path):
    """L4.4, readings 18: the member is active since the 20th."""
    frozen(tmp_path, on="2028-02-20")
    change(tmp_path, "2028-02-28", "2028-02-21")
    freezes_of("2028-02-21", "2028-02-22")
    assert only("memberships", "status paid_until") == ("active", "2028-03-11")


@pytest.mark.parametrize(
    ("resumes_on", "asked_on", "reason"),
    [
        ("2028-02-12", "2028-02-09", None),
        ("2028-02-11", "2028-02-10", None),
        ("2028-02-10", "2028-02-09", "freeze_empty"),
        ("2028-02-01", "2028-02-10", "freeze_empty"),
        ("2028-02-26", "2028-02-09", "freeze_limit"),
        ("2028-02-25", "2028-02-09", None),
    ],
)
def test_freeze_that_waits_is_judged_by_its_new_end(store, tmp_path, resumes_on, asked_on, reason):
    """L4.1, L4.4: it begins on the 10th, of fifteen days at most."""
    freezes = [FREEZE | {"requested_on": "2028-02-08"}]
    club(tmp_path, plan={"freeze_days_max": 15}, memberships=[PAID], freezes=freezes)
    flow("renewals", "2028-02-08")
    change(tmp_path, resumes_on, asked_on)
    freezes_of("2028-02-09", "2028-02-10")
    assert statuses() == {"m1": "active" if reason else "frozen"}
    assert dict(seen("rejects", "record reason")) == ({"f1": reason} if reason else {})


def test_running_freeze_may_grow_beyond_the_limit_and_then_leaves_no_days(store, tmp_path):
    """L4.4, L4.1: no limit is checked again; what was planned anew counts for the next one."""
    frozen(tmp_path, plan={"freeze_days_max": 11})
    change(tmp_path, "2028-02-22", "2028-02-13")
    freezes_of("2028-02-13", "2028-02-21", "2028-02-22")
    assert only("memberships", "status paid_until") == ("active", "2028-03-13")
    arrive(tmp_path, freezes=[{"freeze": "f2", "starts_on": "2028-02-23", "resumes_on": "2028-02-24"}])
    freezes_of("2028-02-23")
    assert dict(seen("rejects", "record reason")) == {"f2": "freeze_limit"}


def test_running_freeze_that_became_shorter_leaves_its_days_to_the_next(store, tmp_path):
    """L4.4, L4.1: eleven days a year; three of ten are used, eight are left."""
    frozen(tmp_path, plan={"freeze_days_max": 11})
    change(tmp_path, "2028-02-13", "2028-02-13")
    arrive(tmp_path, freezes=[{"freeze": "f2", "starts_on": "2028-02-13", "resumes_on": "2028-02-21"}])
    freezes_of("2028-02-13")
    assert statuses() == {"m1": "frozen"}
    assert seen("rejects", "record") == []


def test_refused_freeze_is_not_brought_back_by_another_end(store, tmp_path):
    """L4.4, readings 18: it was empty; a request with an id of its own would be needed."""
    club(tmp_path, memberships=[PAID], freezes=[FREEZE | {"resumes_on": "2028-02-10"}])
    flow("renewals", "2028-02-09")
    freezes_of("2028-02-10")
    change(tmp_path, "2028-02-20", "2028-02-11")
    freezes_of("2028-02-11")
    assert statuses() == {"m1": "active"}
    assert seen("rejects", "record reason on_date") == [("f1", "freeze_empty", "2028-02-10")]


@pytest.mark.parametrize(
    ("ends", "resumed_on"),
    [
        ({"2028-02-13": "2028-02-18", "2028-02-14": "2028-02-16"}, "2028-02-16"),
        ({"2028-02-14": "2028-02-16", "2028-02-13": "2028-02-18"}, "2028-02-16"),
        ({"2028-02-13": "2028-02-16", "2028-02-14": "2028-02-18"}, "2028-02-18"),
        ({"2028-02-13": "2028-02-16", "2028-02-14": "2028-02-20"}, "2028-02-20"),
    ],
    ids=["sooner again", "loaded in another order", "later again", "back to the first"],
)
@pytest.mark.parametrize("together", [False, True], ids=["each in its file", "in one file"])
def test_of_several_changes_the_one_asked_for_last_counts(store, tmp_path, ends, resumed_on, together):
    """L4.4: one of the 13th, one of the 14th, both loaded before."""
    frozen(tmp_path)
    rows = [FREEZE | {"requested_on": asked_on, "resumes_on": resumes_on} for asked_on, resumes_on in ends.items()]
    for file in [rows] if together else [[row] for row in rows]:
        arrive(tmp_path, freezes=file)
    assert first_active("2028-02-13", "2028-02-20") == resumed_on


def test_changes_of_one_day_that_are_applied_together_count_in_the_order_of_their_lines(store, tmp_path):
    """L4.4: both asked for on the 13th; the second has the last word."""
    frozen(tmp_path)
    ends = ("2028-02-14", "2028-02-16")
    arrive(tmp_path, freezes=[FREEZE | {"requested_on": "2028-02-13", "resumes_on": end} for end in ends])
    assert first_active("2028-02-13", "2028-02-20") == "2028-02-16"


@pytest.mark.parametrize("loads", [1, 2])
def test_request_and_change_in_the_same_file_are_both_taken_in_once(store, tmp_path, loads):
    """L4.4, intake.md: however often the file is loaded, and whether the freeze is known or not."""
    rows = [
        FREEZE | {"requested_on": "2028-02-09"},
        FREEZE | {"requested_on": "2028-02-11", "resumes_on": "2028-02-15"},
    ]
    club(tmp_path, memberships=[PAID])
    found = [
        [
            (loaded.loaded, loaded.unchanged, loaded.rejected)
            for loaded in load_rows(tmp_path / "again", {"freezes": rows})
        ]
        for _ in range(loads)
    ]
    assert found == [[(2, 0, 0)], [(0, 2, 0)]][:loads]
    flow("renewals", "2028-02-09")
    assert first_active("2028-02-10", "2028-02-10") is None
    assert first_active("2028-02-11", "2028-02-20") == "2028-02-15"


def test_change_that_was_applied_and_is_loaded_again_changes_nothing(store, tmp_path):
    """L4.4, intake.md: the 18th was replaced by the 16th; its file comes once more."""
    frozen(tmp_path)
    change(tmp_path, "2028-02-18", "2028-02-13")
    freezes_of("2028-02-13")
    change(tmp_path, "2028-02-16", "2028-02-14")
    freezes_of("2028-02-14")
    change(tmp_path, "2028-02-18", "2028-02-13")
    assert first_active("2028-02-15", "2028-02-20") == "2028-02-16"


def test_freeze_that_began_today_and_is_taken_back_today_has_frozen_nothing(store, tmp_path):
    """L4.4, L1.8: loaded between two runs of the 10th; no day is gone, none is given."""
    frozen(tmp_path, on="2028-02-10")
    assert statuses() == {"m1": "frozen"}
    change(tmp_path, "2028-02-10", "2028-02-10")
    nightly("2028-02-10", "2028-02-11")
    assert only("memberships", "status paid_until") == ("active", "2028-03-01")


def test_message_of_the_end_names_the_day_to_which_it_was_changed(store, tmp_path):
    """L4.4."""
    frozen(tmp_path)
    change(tmp_path, "2028-02-14", "2028-02-13")
    freezes_of("2028-02-13", "2028-02-14")
    said = sa.text("SELECT kind, facts ->> 'resumes_on' FROM tajdid.messages ORDER BY message_id")
    assert [tuple(row) for row in store.execute(said)] == [
        ("freeze_started", "2028-02-20"),
        ("freeze_ended", "2028-02-14"),
    ]
    assert seen("messages", "kind on_date") == [("freeze_ended", "2028-02-14"), ("freeze_started", "2028-02-10")]
