"""What becomes of credits while a member is frozen, and after? (L4.3)

1 Feb ---- 10 Feb frozen ------ 20 Feb resumed ---- 1 Mar     11 Mar
|------------ 8 hours, for the month --------------|          |
|------------ so moved: 1 March + 10 days ------------------->|
"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, night, nightly, only, seen

START, END = "2028-02-01", "2028-03-01"
FROZEN = {"starts_on": "2028-02-10", "resumes_on": "2028-02-20"}
ASKED = {"quantity": 1}


def granted(tmp_path, *, valid_days: int | str = "", lead_days: int = 0, **also) -> None:
    """A member who has paid for February from its first day on, with eight hours, and freezes on the 10th."""
    club(
        tmp_path,
        plan={"lead_days": lead_days, "grace_days": 30},
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": START}],
        plan_credits=[{"quantity": 8, "valid_days": valid_days}],
        freezes=[FROZEN],
        **also,
    )
    night(START)
    night("2028-02-09")


def lots(**where: str) -> list[tuple[str, str, str]]:
    return seen("lots", "starts_on expires_on remaining", **where)


def usages(tmp_path, *days: str) -> dict[str, bool]:
    """Ask for an hour on each day, run it, and say on which days it was granted."""
    for on in days:
        arrive(tmp_path, credit_usages=[ASKED | {"usage": on, "used_on": on}])
        night(on)
    refused = {record for (record,) in seen("rejects", "record", entity="credit_usages")}
    return {on: on not in refused for on in days}


def expired_on(*days: str) -> list[str]:
    """The nights of some days, and on which of them something expired."""
    for on in days:
        night(on)
    return [on for (on,) in seen("movements", "on_date", kind="expiry")]


def test_lot_of_the_running_period_cannot_be_spent_while_frozen(store, tmp_path):
    """L4.3: the day before, the first and the last frozen day, the day on which the member resumes."""
    granted(tmp_path)
    assert usages(tmp_path, "2028-02-09", "2028-02-10", "2028-02-19", "2028-02-20") == {
        "2028-02-09": True,
        "2028-02-10": False,
        "2028-02-19": False,
        "2028-02-20": True,
    }
    assert set(seen("rejects", "reason")) == {("insufficient_balance",)}


def test_lot_of_the_running_period_moves_with_its_end(store, tmp_path):
    """L4.3: from 1 to 11 March; used on the 10th, the rest expires on the 11th."""
    granted(tmp_path)
    night("2028-02-10")
    assert lots() == [(START, END, "8")]
    night("2028-02-20")
    assert lots() == [(START, "2028-03-11", "8")]
    assert usages(tmp_path, "2028-03-10") == {"2028-03-10": True}
    assert expired_on("2028-03-11") == ["2028-03-11"]
    assert only("movements", "quantity", kind="expiry") == "-7"


def test_lot_that_would_expire_while_frozen_does_not(store, tmp_path):
    """L4.3: the freeze lasts until 5 March, over the end of the period: 1 March + 24 days."""
    granted(tmp_path)
    arrive(tmp_path, freezes=[FROZEN | {"freeze": "f1", "requested_on": "2028-02-09", "resumes_on": "2028-03-05"}])
    assert expired_on("2028-02-10", END, "2028-03-04", "2028-03-05", "2028-03-24") == []
    assert lots() == [(START, "2028-03-25", "8")]
    assert expired_on("2028-03-25") == ["2028-03-25"]


@pytest.mark.parametrize(
    ("valid_days", "expires_on", "expiry"),
    [
        (9, "2028-02-10", "2028-02-20"),
        (15, "2028-02-16", "2028-02-20"),
        (19, "2028-02-20", "2028-02-20"),
        (22, "2028-02-23", "2028-02-23"),
    ],
)
def test_lot_for_some_days_of_the_running_period_keeps_its_dates_and_waits_while_frozen(
    store, tmp_path, valid_days, expires_on, expiry
):
    """Readings 15, 16: over on the first frozen day, in the freeze, on the day of resumption, after it."""
    granted(tmp_path, valid_days=valid_days)
    found = expired_on("2028-02-10", "2028-02-16", "2028-02-19", "2028-02-20", "2028-02-23")
    assert lots() == [(START, expires_on, "0")]
    assert found == [expiry]


def test_lot_for_some_days_of_the_running_period_cannot_be_spent_while_frozen_and_can_afterwards(store, tmp_path):
    """Readings 16: valid until 23 February."""
    granted(tmp_path, valid_days=22)
    assert list(usages(tmp_path, "2028-02-10", "2028-02-20", "2028-02-22").values()) == [False, True, True]


@pytest.mark.parametrize(("valid_days", "until"), [("", "2028-04-11"), (5, "2028-03-16")])
def test_lot_of_a_later_period_moves_whole(store, tmp_path, valid_days, until):
    """L4.3: March was billed on the 8th and paid on the 9th: from 11 March on, for the period or for five days."""
    granted(tmp_path, valid_days=valid_days, lead_days=22)
    arrive(tmp_path, payments=[{"payment": "p2", "amount": 115, "paid_on": "2028-02-09"}])
    for on in ("2028-02-10", "2028-02-20"):
        night(on)
    assert lots(source_id="CLUB-2028-000002") == [("2028-03-11", until, "8")]
    assert usages(tmp_path, "2028-03-10", "2028-03-11")["2028-03-11"]


def test_lot_granted_while_frozen_is_held_and_moves_too(store, tmp_path):
    """L7.2, L4.3: March was billed before, and is paid on the 15th."""
    granted(tmp_path, lead_days=22)
    night("2028-02-10")
    arrive(tmp_path, payments=[{"payment": "p2", "amount": 115, "paid_on": "2028-02-15"}])
    night("2028-02-15")
    assert lots(source_id="CLUB-2028-000002") == [(END, "2028-04-01", "8")]
    night("2028-02-20")
    assert lots(source_id="CLUB-2028-000002") == [("2028-03-11", "2028-04-11", "8")]


def test_lot_of_a_period_that_was_over_before_the_freeze_is_free(store, tmp_path):
    """L4.3: for forty days from 1 February, frozen in March: neither held nor moved."""
    club(
        tmp_path,
        memberships=[{"started_on": START}],
        payments=[{"amount": 230, "paid_on": START}],
        plan_credits=[{"quantity": 8, "valid_days": 40}],
        freezes=[{"starts_on": "2028-03-05", "resumes_on": "2028-03-20"}],
    )
    for on in (START, END, "2028-03-05"):
        night(on)
    assert usages(tmp_path, "2028-03-06") == {"2028-03-06": True}
    assert expired_on("2028-03-12") == ["2028-03-12"]
    night("2028-03-20")
    assert lots(source_id="CLUB-2028-000001") == [(START, "2028-03-12", "0")]


def test_top_ups_points_and_lots_of_other_memberships_are_free(store, tmp_path):
    """L4.3: only lots granted for the periods that the freeze holds stand still.

    8 of m1, held   4 of m2   2 topped up until 15 February   points until the 15th
    """
    until = {"charged_on": START, "expires_on": "2028-02-15"}
    club(
        tmp_path,
        plans=[{}, {"plan": "other"}],
        memberships=[{"started_on": START}, {"started_on": START, "plan": "other"}],
        payments=[{"amount": 230, "paid_on": START}],
        plan_credits=[{"quantity": 8}, {"plan": "other", "quantity": 4}],
        credit_charges=[until | {"quantity": 2}, until | {"quantity": 9, "credit_type": "points"}],
        freezes=[FROZEN],
        credit_usages=[{"quantity": 7, "used_on": "2028-02-11"}, {"quantity": 6, "used_on": "2028-02-11"}],
    )
    for on in (START, "2028-02-10", "2028-02-11", "2028-02-15", "2028-02-20"):
        night(on)
    assert seen("rejects", "record reason") == [("u1", "insufficient_balance")]
    assert seen("lots", "source source_id credit_type remaining expires_on") == [
        ("charge", "h1", "hour", "0", "2028-02-15"),
        ("charge", "h2", "points", "0", "2028-02-15"),
        ("grant", "CLUB-2028-000001", "hour", "8", "2028-03-11"),
        ("grant", "CLUB-2028-000002", "hour", "0", END),
    ]
    assert seen("movements", "credit_type quantity on_date", kind="expiry") == [("points", "-9", "2028-02-15")]


def test_lots_of_a_frozen_membership_that_closes_are_free_again(store, tmp_path):
    """L4.3, L5.3: its freeze is over; nothing has moved, what is left expires on 1 March."""
    granted(tmp_path, closures=[{"requested_on": "2028-02-12"}])
    night("2028-02-10")
    assert list(usages(tmp_path, "2028-02-11", "2028-02-12").values()) == [False, True]
    assert expired_on("2028-02-20", "2028-02-29", END) == [END]
    assert lots() == [(START, END, "0")]


def test_lots_stay_with_their_periods_over_several_freezes(store, tmp_path):
    """L4.3: three days and five days, one after the other: 1 March + 8."""
    granted(tmp_path)
    arrive(
        tmp_path,
        freezes=[
            {"freeze": "f1", "starts_on": "2028-02-10", "resumes_on": "2028-02-13", "requested_on": "2028-02-09"},
            {"freeze": "f2", "starts_on": "2028-02-13", "resumes_on": "2028-02-18"},
        ],
    )
    nightly("2028-02-10", "2028-02-18")
    assert lots() == [(START, "2028-03-09", "8")]
    assert only("memberships", "period_ends_on") == "2028-03-09"
