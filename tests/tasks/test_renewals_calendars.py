"""Periods counted from the end of a long month, in each calendar; and what a calendar does not reach (L1.4)."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from persiantools.jdatetime import JalaliDate

from tests.factories import arrive, club, day, flow, only, seen, statuses
from tests.oracle import calendars

UNPAID = {"grace_days": "", "on_expiry": "collect"}
"""Grace lasts: whoever does not pay is billed on."""
JALALI = {"calendar": "jalali"}
HIJRI = {"calendar": "hijri"}


def periods(membership: str = "m1") -> list[tuple[str, str]]:
    return seen("periods", "starts_on ends_on", membership=membership)


def anchored(anchor: str, count: int, *, unit: str, calendar: str) -> list[tuple[str, str]]:
    """The first periods from an anchor, as the calendar's library counts them."""
    ends = [calendars.boundary(day(anchor), n, unit=unit, count=1, calendar=calendar) for n in range(count + 1)]
    return list(pairwise(end.isoformat() for end in ends))


def broken(on: str) -> list[int]:
    """How many rows the audit of a day finds broken."""
    return [result.counts["broken"] for run in flow("audit", on) for result in run.results]


def waiting(store: sa.Connection) -> list[tuple[str, str, str]]:
    """membership, reason, message of those that wait for a person."""
    query = "SELECT membership, reason, message FROM tajdid.quarantine WHERE released_at IS NULL ORDER BY membership"
    return [tuple(row) for row in store.execute(sa.text(query))]


# Years ----------------------------------------------------------------------------------------------------------------


YEARS = [
    # 31 Farvardin 1403, a leap year: 30 Mehr to 30 Esfand, then 31 Farvardin again.
    ("2024-04-19", 13, "month", "jalali"),
    # 30 Esfand 1403: 29 Esfand of four years, then 30 Esfand 1408.
    ("2025-03-20", 6, "year", "jalali"),
    # 30 Dhu al-Hijja 1445.
    ("2024-07-06", 13, "month", "hijri"),
    ("2024-07-06", 6, "year", "hijri"),
    ("2024-01-31", 13, "month", "gregorian"),
    ("2024-02-29", 6, "year", "gregorian"),
]
"""anchor, how many periods, unit, calendar"""


@pytest.mark.parametrize("late", [False, True], ids=["day by day", "late"])
@pytest.mark.parametrize("year", YEARS, ids=str)
def test_years_from_a_month_end_have_neither_gap_nor_overlap(store, tmp_path, year, late):
    """L1.3, L1.4: run on each boundary and on the day before it, or once for all: the same periods from the anchor."""
    anchor, count, unit, calendar = year
    expected = anchored(anchor, count, unit=unit, calendar=calendar)
    plan = {"interval_unit": unit, "calendar": calendar} | UNPAID
    club(tmp_path, plan=plan, memberships=[{"started_on": anchor}])
    last = expected[-1][0]
    days = [last] if late else sorted({eve for on, _ in expected for eve in (on, day_before(on)) if eve >= anchor})
    for on in days:
        flow("renewals", on)
    assert periods() == expected
    assert all(ends_on == starts_on for (_, ends_on), (starts_on, _) in pairwise(periods()))
    issued = seen("invoices", "period_starts_on issued_on")
    assert issued == [(starts_on, last if late else starts_on) for starts_on, _ in expected]
    assert broken(last) == [0]


def day_before(on: str) -> str:
    return (day(on) - timedelta(1)).isoformat()


def test_31_farvardin_monthly_ends_each_month_of_1403_on_its_last_day(store, tmp_path):
    club(tmp_path, plan=JALALI | UNPAID, memberships=[{"started_on": "2024-04-19"}])
    flow("renewals", "2025-04-20")
    ends = [JalaliDate(day(ends_on)).isoformat() for _, ends_on in periods()][:12]
    months = [f"1403-{month:02}-{31 if month <= 6 else 30}" for month in range(2, 13)]
    assert ends == [*months, "1404-01-31"]


def test_lead_days_are_counted_back_from_a_boundary_of_the_calendar(store, tmp_path):
    """L3.6: 31 Farvardin 1404 (20 April), 31 Ordibehesht (21 May); lead 3."""
    club(tmp_path, plan=JALALI | {"lead_days": 3}, memberships=[{"started_on": "2025-04-20"}])
    flow("renewals", "2025-04-20")
    flow("renewals", "2025-05-17")
    assert len(periods()) == 1
    flow("renewals", "2025-05-18")
    assert periods() == [("2025-04-20", "2025-05-21"), ("2025-05-21", "2025-06-21")]


# Carried over ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid_until", "ends_on"),
    [
        # 29 Esfand 1404 is b(11) of 31 Farvardin 1404; the day before and the day after are new anchors.
        ("2026-03-20", "2026-04-20"),
        ("2026-03-19", "2026-04-17"),
        ("2026-03-21", "2026-04-21"),
        # The 20th of a month is a boundary of the Gregorian calendar and none of this one: 1 Esfand.
        ("2026-02-20", "2026-03-21"),
    ],
)
def test_carried_member_keeps_its_anchor_where_paid_until_is_a_boundary_of_its_calendar(
    store, tmp_path, paid_until, ends_on
):
    """L3.2."""
    club(tmp_path, plan=JALALI, memberships=[{"started_on": "2025-04-20", "paid_until": paid_until}])
    flow("renewals", paid_until)
    assert periods() == [("2025-04-20", paid_until), (paid_until, ends_on)]
    assert broken(paid_until) == [0]


# What the calendar does not reach -------------------------------------------------------------------------------------


def last_hijri_club(tmp_path, **edge: str) -> None:
    """A member of a Hijri plan at the end of Umm al-Qura (17 November 2077), another of it, and a Gregorian one."""
    plans = [{"plan": "hijri"} | HIJRI, {"plan": "gym"}]
    early, other = {"membership": "early", "started_on": "2077-10-01"}, {"membership": "other", "plan": "gym"}
    edges = {"membership": "edge", "started_on": "2077-10-18"} | edge
    club(tmp_path, plan=UNPAID, plans=plans, memberships=[early, edges, other | {"started_on": "2077-10-20"}])


def test_member_whose_next_period_leaves_the_calendar_waits_for_a_person_and_others_go_on(store, tmp_path):
    """L1.4, L3.6: `edge` would begin its first period on 1 Dhu al-Hijja 1500, the last month there is.

    early   1 Oct ---- 31 Oct ----?      its period from 31 October has no end
    edge         18 Oct ----?
    other            20 Oct ---- 20 Nov ---- 20 Dec
    """
    last_hijri_club(tmp_path)
    flow("renewals", "2077-10-18")
    flow("renewals", "2077-10-20")
    assert statuses() == {"early": "grace", "edge": "pending", "other": "grace"}
    assert [(who, reason) for who, reason, _ in waiting(store)] == [("edge", "outside_calendar")]
    ((_, message),) = [(who, text) for who, _, text in waiting(store)]
    assert message == (
        "No end for the period from 2077-10-18, counted from 2077-10-18 in the hijri calendar, which is known for"
        " 1924-08-01 to 2077-11-16. Close the membership and begin one of a gregorian plan, or update to a version"
        " that knows more years and release it."
    )
    flow("renewals", "2077-10-30")
    assert [who for who, _, _ in waiting(store)] == ["edge"]
    flow("renewals", "2077-11-20")
    assert {who: reason for who, reason, _ in waiting(store)} == dict.fromkeys(("early", "edge"), "outside_calendar")
    assert periods("other")[-1] == ("2077-11-20", "2077-12-20")
    assert seen("invoices", "membership invoice") == [
        ("early", "CLUB-2077-000001"),
        ("other", "CLUB-2077-000002"),
        ("other", "CLUB-2077-000003"),
    ]
    assert broken("2077-11-20") == [0]


def test_late_member_of_whose_periods_one_leaves_the_calendar_is_billed_for_none(store, tmp_path):
    """L1.4, L3.1: oldest first, and the last of three has no end; a person decides about them together."""
    last_hijri_club(tmp_path, started_on="2077-08-20")
    flow("renewals", "2077-11-01")
    assert periods("edge") == []
    assert ("edge", "outside_calendar") in [(who, reason) for who, reason, _ in waiting(store)]


def test_period_that_is_not_due_yet_may_leave_the_calendar(store, tmp_path):
    """The day before it falls due nobody waits."""
    last_hijri_club(tmp_path, started_on="2077-09-18")
    flow("renewals", "2077-10-17")
    assert waiting(store) == []
    assert len(periods("edge")) == 1


def test_carried_member_whose_next_period_leaves_the_calendar_starts_and_waits_when_it_falls_due(store, tmp_path):
    """L3.2, L3.6."""
    last_hijri_club(tmp_path, started_on="2077-10-01", paid_until="2077-11-15")
    flow("renewals", "2077-10-20")
    assert statuses()["edge"] == "active"
    flow("renewals", "2077-11-15")
    assert periods("edge") == [("2077-10-01", "2077-11-15")]
    assert ("edge", "outside_calendar") in [(who, reason) for who, reason, _ in waiting(store)]


def test_member_that_the_intake_did_not_see_outside_the_calendar_waits_too(store, tmp_path):
    """Neither its anchor nor a boundary is known; the message names the day from which it is billed."""
    club(tmp_path, plan=HIJRI, customers=[{}])
    insert = "INSERT INTO tajdid.memberships (membership, customer, plan, started_on)"
    store.exec_driver_sql(f"{insert} VALUES ('a', 'u', 'gym', '2090-01-31')")
    arrive(tmp_path, memberships=[{"membership": "b", "started_on": "2077-09-20"}])
    flow("renewals", "2090-01-31")
    assert [(who, reason) for who, reason, _ in waiting(store)] == [
        ("a", "outside_calendar"),
        ("b", "outside_calendar"),
    ]
    assert waiting(store)[0][2].startswith(
        "No end for the period from 2090-01-31, counted from 2090-01-31 in the hijri"
    )
    assert seen("periods", "membership") == []


def test_weeks_of_a_plan_go_on_where_its_calendar_ends(store, tmp_path):
    """L1.4: days and weeks are the same in all calendars."""
    plan = HIJRI | UNPAID | {"interval_unit": "week"}
    club(tmp_path, plan=plan, memberships=[{"started_on": "2077-11-10"}])
    flow("renewals", "2077-11-24")
    assert only("memberships", "status") == "grace"
    assert periods()[-1] == ("2077-11-24", "2077-12-01")
