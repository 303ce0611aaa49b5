"""Which periods does a membership get, from which day on? Starting and carrying over (L1.3, L3.1, L3.2)."""

from __future__ import annotations

from tests.factories import arrive, club, nightly, only, seen, statuses
from tests.support import view

UNPAID = {"grace_days": "", "on_expiry": "collect"}
"""Grace lasts: whoever does not pay is billed on."""


def periods(membership: str = "m1") -> list[tuple[str, str]]:
    return seen("periods", "starts_on ends_on", membership=membership)


def test_membership_is_pending_before_its_first_day_and_starts_on_it_or_after_it(store, tmp_path):
    """L1.5, L3.1.

    as_of                     10
    started yesterday    [9 ------------     starts, one day late
    starts today              [10 ------     starts
    starts tomorrow              [11 ---     pending
    """
    first_days = {"yesterday": "2028-03-09", "today": "2028-03-10", "tomorrow": "2028-03-11"}
    club(tmp_path, memberships=[{"membership": m, "started_on": day} for m, day in first_days.items()])
    nightly("2028-03-10")
    assert statuses() == {"yesterday": "grace", "today": "grace", "tomorrow": "pending"}
    assert seen("periods", "membership starts_on ends_on state") == [
        ("today", "2028-03-10", "2028-04-10", "open"),
        ("yesterday", "2028-03-09", "2028-04-09", "open"),
    ]
    assert only("memberships", "paid_until grace_until period_starts_on period_ends_on", membership="tomorrow") == (
        (None,) * 4
    )
    nightly("2028-03-11")
    assert statuses()["tomorrow"] == "grace"
    assert periods("tomorrow") == [("2028-03-11", "2028-04-11")]


def test_first_period_runs_from_the_first_day_to_the_next_boundary(store, tmp_path):
    """L1.3, L3.1: b(1) is one interval after the anchor, clipped to a short month's end."""
    first_periods = [
        ("1 month", "2027-01-31", "2027-02-28"),
        ("1 month", "2028-01-31", "2028-02-29"),
        ("3 month", "2027-11-30", "2028-02-29"),
        ("1 year", "2024-02-29", "2025-02-28"),
        ("2 week", "2028-02-28", "2028-03-13"),
        ("10 day", "2028-02-20", "2028-03-01"),
    ]
    intervals = {interval: interval.split() for interval, _, _ in first_periods}
    club(
        tmp_path,
        plan={"auto_renew": "false"},
        plans=[
            {"plan": name, "interval_count": count, "interval_unit": unit} for name, (count, unit) in intervals.items()
        ],
        memberships=[{"plan": interval, "started_on": started_on} for interval, started_on, _ in first_periods],
    )
    nightly("2028-02-29")
    found = [periods(f"m{place}") for place in range(1, len(first_periods) + 1)]
    assert found == [[(starts_on, ends_on)] for _, starts_on, ends_on in first_periods]


def test_membership_loaded_late_gets_every_period_due_each_with_its_own_number_price_and_invoice(store, tmp_path):
    """L2.1, L3.1, L6.1: oldest first, the period that begins on as_of included, all issued on as_of.

    30 Nov ---- 30 Dec ---- 30 Jan ---- 29 Feb ---- 30 Mar
    |  100      |  110      |  110 (120 from 31 Jan)  |  120
                                        as_of
    """
    versions = {"2000-01-01": 100, "2027-12-30": 110, "2028-01-31": 120}
    club(tmp_path, plan={"price": versions} | UNPAID, memberships=[{"started_on": "2027-11-30"}])
    nightly("2028-02-29")
    assert seen("invoices", "invoice period_starts_on period_ends_on issued_on due_on net") == [
        ("CLUB-2028-000001", "2027-11-30", "2027-12-30", "2028-02-29", "2028-03-14", "100.00"),
        ("CLUB-2028-000002", "2027-12-30", "2028-01-30", "2028-02-29", "2028-03-14", "110.00"),
        ("CLUB-2028-000003", "2028-01-30", "2028-02-29", "2028-02-29", "2028-03-14", "110.00"),
        ("CLUB-2028-000004", "2028-02-29", "2028-03-30", "2028-02-29", "2028-03-14", "120.00"),
    ]
    assert seen("periods", "starts_on invoice state") == [
        ("2027-11-30", "CLUB-2028-000001", "open"),
        ("2027-12-30", "CLUB-2028-000002", "open"),
        ("2028-01-30", "CLUB-2028-000003", "open"),
        ("2028-02-29", "CLUB-2028-000004", "open"),
    ]


def test_membership_loaded_late_that_does_not_renew_gets_its_first_period_only(store, tmp_path):
    """L3.1, L3.6."""
    club(tmp_path, plan=UNPAID, memberships=[{"started_on": "2027-08-31", "auto_renew": "false"}])
    nightly("2028-02-29")
    assert periods() == [("2027-08-31", "2027-09-30")]


def test_day_run_twice_bills_once(store, tmp_path):
    """L1.8: the second run writes nothing, and what has arrived since takes part in it."""
    written = ("invoices", "periods", "postings", "messages", "payments")
    club(tmp_path, plan=UNPAID, memberships=[{"started_on": "2028-01-31"}])
    nightly("2028-02-29")
    before = {name: view(name) for name in written}
    nightly("2028-02-29")
    assert {name: view(name) for name in written} == before
    arrive(tmp_path, memberships=[{"membership": "m2", "started_on": "2028-02-29"}])
    nightly("2028-02-29")
    assert seen("invoices", "membership invoice") == [
        ("m1", "CLUB-2028-000001"),
        ("m1", "CLUB-2028-000002"),
        ("m2", "CLUB-2028-000003"),
    ]


def test_day_missed_is_billed_as_of_its_own_date(store, tmp_path):
    """L1.7: an outage of five days ends as if there had been none."""
    club(
        tmp_path,
        plan={"interval_unit": "day", "interval_count": 2} | UNPAID,
        memberships=[{"started_on": "2028-02-27"}],
    )
    nightly("2028-02-27")
    nightly("2028-03-02")
    assert seen("invoices", "period_starts_on issued_on due_on") == [
        ("2028-02-27", "2028-02-27", "2028-03-12"),
        ("2028-02-29", "2028-02-29", "2028-03-14"),
        ("2028-03-02", "2028-03-02", "2028-03-16"),
    ]


def test_first_invoice_met_by_waiting_credit_makes_the_member_active_on_the_first_day(store, tmp_path):
    """L1.6: payments, then renewals, then unapplied credit, then status."""
    club(
        tmp_path,
        memberships=[{"started_on": "2028-02-29"}],
        payments=[{"amount": 115, "paid_on": "2028-02-29"}],
    )
    nightly("2028-02-29")
    assert only("memberships", "status paid_until") == ("active", "2028-03-29")


def test_carried_membership_keeps_its_anchor_where_paid_until_is_a_boundary(store, tmp_path):
    """L3.2: else paid_until is the anchor of what follows."""
    started_until_next = [
        ("2027-10-31", "2028-02-29", "2028-03-31"),  # a boundary of 31 Oct, clipped
        ("2027-10-31", "2028-02-28", "2028-03-28"),  # the day before it is none
        ("2027-10-31", "2028-03-01", "2028-04-01"),  # nor is the day after
        ("2027-12-31", "2028-02-29", "2028-03-31"),
        ("2027-10-29", "2028-02-29", "2028-03-29"),  # a boundary that needed no clipping
        ("2026-10-31", "2027-02-28", "2027-03-31"),  # the boundary of a common year
    ]
    carried = [{"started_on": start, "paid_until": until} for start, until, _ in started_until_next]
    club(tmp_path, plan=UNPAID, memberships=carried)
    nightly("2028-03-01")
    found = [periods(f"m{place}")[:2] for place in range(1, len(carried) + 1)]
    assert found == [[(start, until), (until, next_end)] for start, until, next_end in started_until_next]


def test_boundaries_after_a_carried_period_are_counted_from_its_anchor(store, tmp_path):
    """L1.3, L3.2: 31 Jan, 29 Feb, 31 Mar - never a month after the last end."""
    carried = {"started_on": "2027-12-31", "paid_until": "2028-01-31"}
    club(tmp_path, plan=UNPAID, memberships=[carried])
    nightly("2028-03-31")
    assert [ends_on for _, ends_on in periods()] == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_carried_period_has_no_invoice_and_holds_the_member_until_it_ends(store, tmp_path):
    """L3.2, L3.3: paid_until is the end of the carried period; billing goes on from that day.

    [1 Feb ---- carried ---- 29 Feb)[29 Feb ----
                          28        29
                          active    billed, in grace
    """
    club(tmp_path, memberships=[{"started_on": "2028-02-01", "paid_until": "2028-02-29"}])
    nightly("2028-02-28")
    assert only("memberships", "status paid_until") == ("active", "2028-02-29")
    assert seen("invoices", "invoice") == []
    assert seen("postings", "account") == []
    nightly("2028-02-29")
    assert only("memberships", "status paid_until grace_until") == ("grace", "2028-02-29", "2028-03-05")
    assert only("invoices", "period_starts_on issued_on") == ("2028-02-29", "2028-02-29")
    assert seen("periods", "state invoice") == [("carried", None), ("open", "CLUB-2028-000001")]


def test_membership_paid_until_its_first_day_has_nothing_to_carry(store, tmp_path):
    """L3.2: [started_on, paid_until) would be empty, so it is billed from its first day; a day more is carried."""
    until = {"on": "2028-02-28", "after": "2028-02-29"}
    members = [{"membership": m, "started_on": "2028-02-28", "paid_until": day} for m, day in until.items()]
    club(tmp_path, memberships=members)
    nightly("2028-02-28")
    assert seen("periods", "membership starts_on ends_on state") == [
        ("after", "2028-02-28", "2028-02-29", "carried"),
        ("on", "2028-02-28", "2028-03-28", "open"),
    ]


def test_membership_loaded_long_after_its_carried_period_is_billed_for_every_period_since(store, tmp_path):
    """L3.1, L3.2."""
    club(tmp_path, memberships=[{"started_on": "2027-10-31", "paid_until": "2027-11-30"}])
    nightly("2028-01-31")
    assert [starts_on for starts_on, _ in periods()] == ["2027-10-31", "2027-11-30", "2027-12-31", "2028-01-31"]
    assert statuses() == {"m1": "grace"}


def test_membership_whose_carried_period_is_long_over_and_that_does_not_renew_expires_at_once(store, tmp_path):
    """L3.2, L3.4: there is no open invoice that could have come late."""
    carried = {"started_on": "2027-10-31", "paid_until": "2027-11-30", "auto_renew": "false"}
    club(tmp_path, memberships=[carried])
    nightly("2028-01-31")
    assert only("memberships", "status paid_until grace_until") == ("expired", "2027-11-30", "2027-12-05")
    assert seen("invoices", "invoice") == []


def test_auto_renew_of_the_membership_outweighs_that_of_its_plan(store, tmp_path):
    """L2.1, L3.6: empty leaves it to the plan; on the day of the start as on any other.

    paid until   28 Feb: billed as it starts       29 Feb: billed the day after
    """
    choices = {"yes": "true", "no": "false", "empty": ""}
    club(
        tmp_path,
        plans=[{"plan": "renews", "auto_renew": "true"}, {"plan": "ends", "auto_renew": "false"}],
        memberships=[
            {"membership": f"{plan} {said} {until[-2:]}", "plan": plan, "auto_renew": value}
            | {"started_on": "2028-01-29", "paid_until": until}
            for plan in ("renews", "ends")
            for said, value in choices.items()
            for until in ("2028-02-28", "2028-02-29")
        ],
    )
    nightly("2028-02-28", "2028-02-29")
    renewed = {membership for (membership,) in seen("invoices", "membership")}
    assert renewed == {f"{which} {on}" for which in ("renews yes", "renews empty", "ends yes") for on in (28, 29)}
    assert {m for m, renews in seen("memberships", "membership auto_renew") if renews} == renewed
