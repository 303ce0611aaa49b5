"""Receipts, grace, points and what is about to expire: who is told, on which day, how often?"""

from __future__ import annotations

from typing import Any

import pytest

from tasks.settings import settings
from tests.factories import arrive, club, flow, nightly, seen
from tests.tasks.repeating import assert_as_once_and_daily
from tests.tasks.undoing import undone

ON = "2028-02-01"
MEMBER = {"started_on": ON}
POINTS = [{"spend_amount": 10, "valid_days": 20}]


BILLING = ("payments", "renewals", "grace")
LOTS = ("credits", "reminders")


def days(flows: tuple[str, ...], *numbers: int) -> None:
    """These flows on some days of February, one after the other."""
    for number in numbers:
        for name in flows:
            flow(name, f"2028-02-{number:02}")


def said(kind: str) -> list[tuple[Any, ...]]:
    """Whom a kind of message was written to, and when; cancelled ones left out."""
    return seen("messages", "customer on_date", kind=kind, status="queued")


# Receipts -------------------------------------------------------------------------------------------------------------


def test_each_payment_has_one_receipt_on_the_day_that_takes_it_in(store, tmp_path):
    """L1.5, L6.2: also one that is left over; the day again writes no second one."""
    club(
        tmp_path,
        memberships=[MEMBER],
        payments=[{"amount": 300, "paid_on": ON}, {"amount": 5, "paid_on": "2028-02-03"}],
    )
    for on in (ON, ON, "2028-02-02", "2028-02-03"):
        nightly(on)
    assert said("payment_received") == [("u", ON), ("u", "2028-02-03")]
    facts = store.exec_driver_sql(
        "SELECT facts FROM tajdid.messages WHERE kind = 'payment_received' ORDER BY 1"
    ).scalars()
    assert {"amount_minor": 500, "currency": "SAR", "method": None, "paid_on": "2028-02-03"} in list(facts)


@pytest.mark.parametrize(("paid_on", "told"), [("2028-01-02", 1), ("2028-01-01", 0)])
def test_a_payment_of_long_ago_is_no_news(store, tmp_path, paid_on, told):
    """A history that is loaded with a new store: 30 days are told of, 31 are not."""
    club(tmp_path, memberships=[MEMBER], payments=[{"amount": 115, "paid_on": paid_on}])
    nightly(ON)
    assert len(said("payment_received")) == told


def test_receipt_of_an_undone_payment_is_cancelled_and_written_again(store, tmp_path):
    club(tmp_path, customers=[{"customer": "u"}], payments=[{"amount": 115, "paid_on": ON}])
    nightly(ON)
    assert undone(store, "payments", ON).counts["cancelled_messages"] == 1
    assert said("payment_received") == []
    nightly(ON)
    assert said("payment_received") == [("u", ON)]


# Grace ----------------------------------------------------------------------------------------------------------------


def in_grace(tmp_path, *, terms: int, grace: int | str, **also: Any) -> None:
    plan = {"terms_days": terms, "grace_days": grace} | also.pop("plan", {})
    club(tmp_path, plan=plan, **{"memberships": [MEMBER]} | also)


@pytest.mark.parametrize(
    ("terms", "grace", "told"),
    [
        (3, 10, "2028-02-05"),  # due on the 4th, told when that has passed
        (0, 10, "2028-02-02"),
        (3, "", "2028-02-05"),  # grace that lasts
        (14, 5, "2028-02-02"),  # over before it is due: the day after the invoice
        (3, 4, "2028-02-02"),  # over on the day after it is due
        (3, 5, "2028-02-05"),
    ],
)
def test_grace_is_told_of_when_it_outlives_the_due_day(store, tmp_path, terms, grace, told):
    """L3.4: a new member is in grace at once, and has the invoice of that day; every day until the 7th."""
    in_grace(tmp_path, terms=terms, grace=grace)
    days(BILLING, 1)
    days(("grace",), *range(2, 8))
    assert said("grace_started") == [("u", told)]


def test_member_billed_today_gets_no_notice_today_and_one_who_pays_in_time_gets_none(store, tmp_path):
    in_grace(tmp_path, terms=3, grace=10, payments=[{"amount": 115, "paid_on": "2028-02-05"}])
    days(BILLING, 1)
    assert (seen("memberships", "status"), said("grace_started")) == ([("grace",)], [])
    days(BILLING, 4, 5, 6)
    assert said("grace_started") == []


def test_grace_of_a_day_is_over_before_it_can_be_told_of(store, tmp_path):
    in_grace(tmp_path, terms=0, grace=1)
    days(BILLING, 1, 2, 3)
    assert (said("grace_started"), said("membership_expired")) == ([], [("u", "2028-02-02")])


def test_membership_that_does_not_renew_is_told_the_day_after_its_time_has_ended(store, tmp_path):
    """L3.2: nothing is open; paid until the 5th."""
    carried = {"started_on": "2028-01-05", "paid_until": "2028-02-05", "auto_renew": "false"}
    in_grace(tmp_path, terms=14, grace=9, memberships=[carried])
    days(BILLING, 4, 5, 6, 7)
    assert said("grace_started") == [("u", "2028-02-06")]


def test_each_paid_until_is_told_of_once(store, tmp_path):
    """Weeks: the first is paid late, the second is not; run twice."""
    week = {"interval_unit": "week"}
    in_grace(tmp_path, terms=1, grace=30, plan=week, payments=[{"amount": 115, "paid_on": "2028-02-05"}])
    for number in (1, 2, 3, 5, 8, 9, 10, 11):
        days(BILLING, number, number)
    assert said("grace_started") == [("u", "2028-02-03"), ("u", "2028-02-10")]


def test_grace_of_long_ago_is_no_news(store, tmp_path):
    """A member whose time ended two months before a store with lasting grace was loaded."""
    carried = {"started_on": "2027-11-01", "paid_until": "2027-12-01", "auto_renew": "false"}
    in_grace(tmp_path, terms=0, grace="", memberships=[carried])
    days(BILLING, 1, 2)
    assert said("grace_started") == []


def test_who_is_frozen_or_has_left_is_not_told(store, tmp_path):
    """L4.2: frozen on the day on which the paid time ends; closed on the day on which it would be told."""
    carried = {"started_on": "2028-01-05", "paid_until": "2028-02-05", "auto_renew": "false"}
    in_grace(
        tmp_path,
        terms=0,
        grace=20,
        memberships=[carried, carried],
        freezes=[{"membership": "m1", "starts_on": "2028-02-05", "resumes_on": "2028-02-25"}],
        closures=[{"membership": "m2", "requested_on": "2028-02-06"}],
    )
    days(("closures", "freezes", *BILLING), 4, 5, 6, 7)
    assert said("grace_started") == []


# Points ---------------------------------------------------------------------------------------------------------------


def test_points_are_told_of_with_the_invoice_that_earned_them(store, tmp_path):
    """L7.5: one a customer and invoice; none for an invoice that earns nothing."""
    club(
        tmp_path,
        plans=[{}, {"plan": "small", "price": 5}],
        loyalty_rules=POINTS,
        memberships=[MEMBER, MEMBER, MEMBER | {"plan": "small"}],
        payments=[{"amount": 300, "paid_on": ON}],
    )
    for on in (ON, ON, "2028-02-02"):
        nightly(on)
    assert said("points_earned") == [("u", "2028-02-02")] * 2 or said("points_earned") == [("u", ON)] * 2
    facts = store.exec_driver_sql(
        "SELECT DISTINCT facts ->> 'points' FROM tajdid.messages WHERE kind = 'points_earned'"
    )
    assert facts.scalars().all() == ["11"]


def test_points_that_were_undone_are_told_of_again(store, tmp_path):
    club(tmp_path, loyalty_rules=POINTS, memberships=[MEMBER], payments=[{"amount": 115, "paid_on": ON}])
    nightly(ON)
    assert undone(store, "points", ON).counts["cancelled_messages"] == 1
    assert said("points_earned") == []
    nightly(ON)
    assert said("points_earned") == [("u", ON)]


# About to expire ------------------------------------------------------------------------------------------------------


def charged(expires_on: str, quantity: str = "4.5", **also: Any) -> dict[str, Any]:
    return {"quantity": quantity, "charged_on": ON, "expires_on": expires_on} | also


def test_credits_are_told_of_seven_days_before_they_expire(store, tmp_path):
    """L7.4: `expires_on` is the first day on which they are over; once, whatever the day, and not when it has come."""
    club(tmp_path, credit_charges=[charged("2028-02-20")])
    days(LOTS, 12, 13, 13, 14, 20)
    assert said("credits_expiring") == [("u", "2028-02-13")]
    key = "SELECT key, facts ->> 'quantity' FROM tajdid.messages WHERE kind = 'credits_expiring'"
    assert store.exec_driver_sql(key).all() == [("hour/2028-02-20", "4.5")]


def test_what_expires_on_a_day_is_one_message_a_type(store, tmp_path):
    """Two lots of hours on the 20th, one on the 21st, visits on the 20th; another customer's."""
    more = [charged("2028-02-20", credit_type="visit"), charged("2028-02-20", customer="v"), charged("2028-02-21", "1")]
    club(tmp_path, credit_charges=[charged("2028-02-20"), charged("2028-02-20", "1"), *more])
    days(LOTS, 1, 15)
    assert said("credits_expiring") == [("u", "2028-02-15")] * 3 + [("v", "2028-02-15")]
    sums = "SELECT facts ->> 'quantity' FROM tajdid.messages WHERE key = 'hour/2028-02-20' AND customer = 'u'"
    assert store.exec_driver_sql(sums).scalar_one() == "5.5"


def test_what_is_used_up_never_ends_or_lives_for_a_week_is_not_told_of(store, tmp_path):
    """A lot that lives no longer than the notice is nothing to be surprised by."""
    club(
        tmp_path,
        credit_charges=[
            charged("2028-02-20", customer="used"),
            charged("", customer="ever"),
            charged("2028-02-08", customer="week"),
            charged("2028-02-09", customer="longer"),
        ],
        credit_usages=[{"customer": "used", "quantity": "4.5", "used_on": "2028-02-02"}],
    )
    days(LOTS, 1, 2, 3, 15)
    assert said("credits_expiring") == [("longer", "2028-02-02")]


def test_points_that_expire_are_told_of_as_points(store, tmp_path):
    club(tmp_path, loyalty_rules=POINTS, memberships=[MEMBER], payments=[{"amount": 115, "paid_on": ON}])
    days(("payments", "renewals", "points", "reminders"), 1, 13, 14, 15)
    assert (said("points_expiring"), said("credits_expiring")) == ([("u", "2028-02-14")], [])


def test_what_a_freeze_holds_does_not_expire_and_is_not_told_of(store, tmp_path):
    """L4.3: hours of February; frozen from the 20th until the 25th, they end on 6 March."""
    club(
        tmp_path,
        plan_credits=[{"quantity": 2}],
        memberships=[MEMBER],
        payments=[{"amount": 115, "paid_on": ON}],
        freezes=[{"starts_on": "2028-02-20", "resumes_on": "2028-02-25"}],
    )
    days(("freezes", "payments", "renewals", "grace", *LOTS), 1, 19, 20, 24, 25, 27, 28)
    assert said("credits_expiring") == [("u", "2028-02-28")]


@pytest.mark.parametrize(("notice", "told"), [("0", []), ("1", [("u", "2028-02-19")]), ("30", [])])
def test_how_many_days_before_is_a_setting(store, tmp_path, monkeypatch, notice, told):
    """0: never; 30 days are longer than the lot lives."""
    monkeypatch.setenv("TAJDID_EXPIRY_NOTICE_DAYS", notice)
    settings.cache_clear()
    club(tmp_path, credit_charges=[charged("2028-02-20")])
    days(LOTS, 1, 12, 18, 19)
    monkeypatch.undo()
    settings.cache_clear()
    assert said("credits_expiring") == told


def test_undone_warnings_are_cancelled_and_written_again(store, tmp_path):
    club(tmp_path, credit_charges=[charged("2028-02-20")])
    days(LOTS, 1, 15)
    assert undone(store, "reminders", "2028-02-15").counts == {"cancelled_messages": 1}
    flow("reminders", "2028-02-16")
    assert said("credits_expiring") == [("u", "2028-02-16")]


# All of them ----------------------------------------------------------------------------------------------------------


def test_told_twice_or_late_is_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8; dunning_blocked keeps from letters of dunning alone."""
    club(
        tmp_path,
        plan={"interval_unit": "week", "terms_days": 1, "grace_days": 30},
        loyalty_rules=[{"spend_amount": 10, "valid_days": 8}],
        customers=[{"customer": "u", "dunning_blocked": "true"}],
        memberships=[MEMBER],
        credit_charges=[charged("2028-02-10")],
    )
    nightly(ON)
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-04"}])
    state = assert_as_once_and_daily(store, "2028-02-02", "2028-02-06")
    kinds = {value for row in state["messages"] for value in row}
    assert kinds >= {"payment_received", "grace_started", "points_earned", "credits_expiring", "points_expiring"}
