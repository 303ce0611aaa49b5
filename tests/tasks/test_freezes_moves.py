"""What stands still while a member is frozen, and what has moved when they resume? (L4.2, L4.3)"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from tests.factories import arrive, club, day, flow, night, nightly, only, seen, statuses
from tests.oracle import calendars

START, END = "2028-02-01", "2028-03-01"
PAID = {"started_on": START, "paid_until": END}


def freeze(starts_on: str, resumes_on: str, **also: str) -> dict[str, str]:
    return {"starts_on": starts_on, "resumes_on": resumes_on} | also


def periods(**where: str) -> list[tuple[str, str, str]]:
    return seen("periods", "starts_on ends_on state", **where)


# Stands still ---------------------------------------------------------------------------------------------------------


def test_frozen_member_is_not_renewed_not_in_grace_not_expired_not_reminded(store, tmp_path):
    """L4.2: the period would end on 1 March, grace on the 2nd.

    27 Feb    28 Feb ------- frozen ------- 10 Mar      12 Mar: 1 Mar + 11 days
    active    (reminder)     9 Mar          reminder    renewed, unpaid: 13 Mar expired
    """
    club(
        tmp_path,
        plan={"grace_days": 1, "reminder_days": "2"},
        memberships=[PAID],
        freezes=[freeze("2028-02-28", "2028-03-10")],
    )
    night("2028-02-27")
    for on in ("2028-02-28", "2028-02-29", END, "2028-03-02", "2028-03-09"):
        nightly(on)
        assert statuses() == {"m1": "frozen"}, on
    assert seen("messages", "kind") == [("freeze_started",)]
    nightly("2028-03-10", "2028-03-13")
    assert seen("messages", "on_date kind")[1:] == [
        ("2028-03-10", "freeze_ended"),
        ("2028-03-10", "reminder"),
        ("2028-03-12", "invoice_issued"),
        ("2028-03-13", "membership_expired"),
    ]
    assert statuses() == {"m1": "expired"}


def test_debts_of_a_frozen_member_are_dunned_and_may_be_paid(store, tmp_path):
    """L4.2: billed and due on 23 February, frozen from the 25th; letters on the 26th and the 28th, paid on the 29th."""
    club(
        tmp_path,
        plan={"lead_days": 7, "terms_days": 0},
        memberships=[PAID],
        dunning_levels=[{"days_overdue": 3}, {"days_overdue": 5}, {"days_overdue": 7}],
        freezes=[freeze("2028-02-25", "2028-04-25")],
        payments=[{"amount": 115, "paid_on": "2028-02-29"}],
    )
    nightly("2028-02-23", END)
    assert seen("notices", "level noticed_on") == [(1, "2028-02-26"), (2, "2028-02-28")]
    assert only("memberships", "status paid_until") == ("frozen", "2028-04-01")
    assert periods() == [(START, END, "carried"), (END, "2028-04-01", "paid")]


def test_only_what_is_frozen_stands_still(store, tmp_path):
    """L4.2: the customer's other membership goes on."""
    club(tmp_path, memberships=[PAID, PAID], freezes=[freeze("2028-02-28", "2028-03-03")])
    for on in ("2028-02-27", "2028-02-28", END, "2028-03-03"):
        night(on)
    assert seen("memberships", "membership status paid_until") == [
        ("m1", "active", "2028-03-05"),
        ("m2", "grace", END),
    ]


# Moves ----------------------------------------------------------------------------------------------------------------

WEEK = {"interval_unit": "week", "lead_days": 14, "grace_days": 30}
WEEKS = ["2028-01-31", "2028-02-07", "2028-02-14", "2028-02-21", "2028-02-28"]


def moved(starts: Iterable[str], by: int) -> list[str]:
    return [(day(start) + timedelta(by)).isoformat() for start in starts]


@pytest.mark.parametrize(
    ("first_frozen", "running"),
    [("2028-02-07", 1), ("2028-02-10", 1), ("2028-02-13", 1), ("2028-02-14", 2)],
    ids=["first day of a period", "within", "last day", "first day of the next"],
)
def test_end_of_the_running_period_and_all_of_the_later_ones_move(store, tmp_path, first_frozen, running):
    """L4.3: by ten days; what began before stays.

    [carried)[paid)[paid)[open)    from 31 January, 7, 14 and 21 February
    """
    resumes_on = moved([first_frozen], 10)[0]
    club(
        tmp_path,
        plan=WEEK,
        memberships=[{"started_on": WEEKS[0], "paid_until": WEEKS[1]}],
        payments=[{"amount": 230, "paid_on": "2028-02-01"}],
        freezes=[freeze(first_frozen, resumes_on)],
    )
    for on in (WEEKS[0], WEEKS[1], first_frozen, resumes_on):
        night(on)
    starts = [*WEEKS[: running + 1], *moved(WEEKS[running + 1 :], 10)]
    found = [row for row in periods() if row[0] <= starts[3]]
    assert found == list(zip(starts, starts[1:], ["carried", "paid", "paid", "open"], strict=False))
    assert only("memberships", "paid_until") == starts[3]


def test_invoice_keeps_the_dates_with_which_it_was_issued(store, tmp_path):
    """L6.1: its period has moved."""
    club(tmp_path, plan=WEEK, memberships=[{"started_on": WEEKS[0], "paid_until": WEEKS[1]}])
    night(WEEKS[0])
    before = seen("invoices", "invoice period_starts_on period_ends_on due_on")
    arrive(tmp_path, freezes=[freeze("2028-02-01", "2028-02-03")])
    night("2028-02-01")
    night("2028-02-03")
    assert seen("invoices", "invoice period_starts_on period_ends_on due_on")[: len(before)] == before
    assert periods()[1][:2] == ("2028-02-09", "2028-02-16")


def test_next_periods_are_counted_from_the_new_anchor(store, tmp_path):
    """L4.3, L1.3: anchored on 31 January; three days later from then on.

    31 Jan   29 Feb -> 3 Mar   3 Apr   3 May
    """
    prepaid = [{"amount": 460, "paid_on": "2028-01-31"}]
    requests = [freeze("2028-02-10", "2028-02-13")]
    club(tmp_path, memberships=[{"started_on": "2028-01-31"}], payments=prepaid, freezes=requests)
    for on in ("2028-01-31", "2028-02-10", "2028-02-13", "2028-03-02", "2028-03-03", "2028-04-03"):
        night(on)
    ends = ["2028-01-31", "2028-03-03", "2028-04-03", "2028-05-03"]
    assert [row[:2] for row in periods()] == list(pairwise(ends))


@pytest.mark.parametrize(("resumes_on", "billed_on"), [("2028-02-20", "2028-02-26"), ("2028-02-28", "2028-02-28")])
def test_who_resumes_within_the_lead_days_is_billed_on_that_day(store, tmp_path, resumes_on, billed_on):
    """L1.6, L3.6: freezes come before renewals; lead 7 of an end that moves from 22 February."""
    paid = {"started_on": START, "paid_until": "2028-02-22"}
    club(tmp_path, plan={"lead_days": 7}, memberships=[paid], freezes=[freeze("2028-02-09", resumes_on)])
    club_end = day("2028-02-22") + (day(resumes_on) - day("2028-02-09"))
    for on in sorted({"2028-02-08", "2028-02-09", resumes_on, (club_end - timedelta(7)).isoformat()}):
        night(on)
    assert only("invoices", "issued_on") == max(resumes_on, (club_end - timedelta(7)).isoformat())


def test_void_period_does_not_move(store, tmp_path):
    """L4.3: expired on 3 February with it, back on request, frozen."""
    club(
        tmp_path,
        plan={"grace_days": 2, "auto_renew": "false"},
        memberships=[{"started_on": START}],
        renewals=[{"requested_on": "2028-02-04"}],
        payments=[{"amount": 115, "paid_on": "2028-02-05"}],
        freezes=[freeze("2028-02-06", "2028-02-10")],
    )
    for on in (START, "2028-02-03", "2028-02-04", "2028-02-05", "2028-02-06", "2028-02-10"):
        night(on)
    assert periods() == [(START, END, "void"), ("2028-02-04", "2028-03-08", "paid")]


def test_grace_is_as_long_after_a_freeze_that_began_on_the_end_of_the_paid_time(store, tmp_path):
    """L4.2, L4.3: paid_until moves too; five days of grace, of which none passed while frozen.

    23 Feb March billed    1 Mar frozen, unpaid    11 Mar resumed, in grace    16 Mar expired
    """
    plan = {"lead_days": 7, "grace_days": 5}
    club(tmp_path, plan=plan, memberships=[PAID], freezes=[freeze(END, "2028-03-11")])
    found = {}
    for on in ("2028-02-23", END, "2028-03-11", "2028-03-15", "2028-03-16"):
        night(on)
        found[on] = statuses()["m1"]
    assert list(found.values()) == ["active", "frozen", "grace", "grace", "expired"]


# Exactly the paid days ------------------------------------------------------------------------------------------------


def lived(tmp_path, plan: dict, freezes: list[dict[str, str]], *, until: date) -> set[date]:
    """A member who has paid for many periods ahead, on each day on which something happens; the frozen days."""
    start = min(day(row["starts_on"]) for row in freezes) - timedelta(20) if freezes else day("2028-01-31")
    club(
        tmp_path,
        plan=plan,
        memberships=[{"started_on": start.isoformat()}],
        payments=[{"amount": 115 * 30, "paid_on": start.isoformat()}],
        freezes=freezes,
    )
    events = {day(on) for row in freezes for on in (row["starts_on"], row["resumes_on"])}
    frozen: set[date] = set()
    on = start
    while on < until:
        for name in ("payments", "freezes", "renewals", "grace"):
            flow(name, on.isoformat())
        status, paid_until = only("memberships", "status paid_until")
        ahead = {event for event in events if event > on} | ({day(paid_until)} if status != "frozen" else set())
        following = min(ahead, default=until)
        if status == "frozen":
            frozen |= {on + timedelta(n) for n in range((following - on).days)}
        on = following
    return frozen


def assert_every_day_is_bought_once(frozen: set[date], plan: dict) -> None:
    """Each period has as many days that were not frozen as its invoice bought; only frozen ones lie between two."""
    rows = sorted(seen("periods", "starts_on ends_on invoice"))
    bought = {row[0]: row[1:] for row in seen("invoices", "invoice period_starts_on period_ends_on")}
    for starts_on, ends_on, invoice in rows:
        days = {day(starts_on) + timedelta(n) for n in range((day(ends_on) - day(starts_on)).days)}
        first, last = (day(text) for text in bought[invoice])
        assert len(days - frozen) == (last - first).days, starts_on
        interval = {"unit": plan["interval_unit"], "count": 1, "calendar": plan["calendar"]}
        assert first.isoformat() <= starts_on
        assert abs((calendars.boundary(first, 1, **interval) - last).days) <= 3
    for (_, ends_on, _), (following, _, _) in pairwise(rows):
        assert {day(ends_on) + timedelta(n) for n in range((day(following) - day(ends_on)).days)} <= frozen
        assert ends_on <= following


def some_freezes(count: int) -> list[dict[str, str]]:
    """So many freezes of 2, 5, 8 … days, 41 days apart; another follows the second on the day on which that ends."""
    begins = [day("2028-02-20") + timedelta(41 * n) for n in range(count)]
    rows = [freeze(on.isoformat(), (on + timedelta(2 + 3 * n)).isoformat()) for n, on in enumerate(begins)]
    if count > 1:
        rows.append(freeze(rows[1]["resumes_on"], moved([rows[1]["resumes_on"]], 4)[0]))
    return rows


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
@pytest.mark.parametrize("unit", ["month", "year"])
@pytest.mark.parametrize("count", [0, 1, 5])
def test_member_frozen_n_times_in_a_year_has_exactly_the_paid_days_that_were_bought(
    store, tmp_path, count, unit, calendar
):
    """L4.3: no paid day is lost and none is free, whatever a month is."""
    plan = {"interval_unit": unit, "calendar": calendar, "lead_days": 0}
    rows = some_freezes(count)
    frozen = lived(tmp_path, plan, rows, until=day("2029-03-15"))
    assert len(frozen) == sum((day(row["resumes_on"]) - day(row["starts_on"])).days for row in rows)
    assert_every_day_is_bought_once(frozen, plan)


@pytest.mark.parametrize("lead_days", [0, 7])
@pytest.mark.parametrize("starts_on", ["2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02"])
def test_member_frozen_around_the_end_of_a_period_has_exactly_the_paid_days_that_were_bought(
    store, tmp_path, starts_on, lead_days
):
    """L4.3: the day before its last day, its last day, its end and the day after; [1 Feb, 1 Mar) and the next ones."""
    plan = {"interval_unit": "month", "calendar": "gregorian", "lead_days": lead_days}
    club(
        tmp_path,
        plan=plan,
        memberships=[{"started_on": START}],
        payments=[{"amount": 115 * 5, "paid_on": START}],
        freezes=[freeze(starts_on, "2028-03-12")],
    )
    for on in sorted({START, "2028-02-23", END, starts_on, "2028-03-12", "2028-04-12"}):
        night(on)
    count = (day("2028-03-12") - day(starts_on)).days
    assert_every_day_is_bought_once({day(starts_on) + timedelta(n) for n in range(count)}, plan)
