"""What do usages take from which lots, what is refused, and what expires? (L7.3, L7.4)"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.factories import arrive, club, flow, nightly, only, seen
from tests.tasks.repeating import assert_as_once_and_daily, at_once

START, END = "2028-02-01", "2028-03-01"


def credits_of(*days: str) -> None:
    """The flow of credits of some days."""
    for on in days:
        flow("credits", on)


def left() -> dict[str, Decimal]:
    """What remains, by the charge or invoice that gave it."""
    return {source: Decimal(remaining) for source, remaining in seen("lots", "source_id remaining")}


def refused() -> list[str]:
    return [record for (record,) in seen("rejects", "record", entity="credit_usages", reason="insufficient_balance")]


# Spending -------------------------------------------------------------------------------------------------------------


def stock(tmp_path, charges: dict[str, tuple], *usages: dict, **also) -> None:
    """Lots by name: quantity, starts_on, expires_on; usages of 10 February, unless they say otherwise."""
    club(
        tmp_path,
        credit_charges=[
            {"charge": name, "quantity": quantity, "charged_on": START, "starts_on": since, "expires_on": until}
            for name, (quantity, since, until) in charges.items()
        ],
        credit_usages=[{"used_on": "2028-02-10"} | usage for usage in usages],
        **also,
    )
    credits_of("2028-02-09")


@pytest.mark.parametrize(
    ("charges", "first"),
    [
        ({"a": (5, START, "2028-02-20"), "b": (5, START, "2028-02-19")}, "b"),
        ({"a": (5, START, ""), "b": (5, START, "2030-01-01")}, "b"),
        ({"a": (5, "2028-02-02", ""), "b": (5, "2028-02-03", "2028-02-11")}, "b"),
        ({"a": (5, "2028-02-03", "2028-02-20"), "b": (5, "2028-02-02", "2028-02-20")}, "b"),
        ({"a": (5, "2028-02-03", ""), "b": (5, "2028-02-02", "")}, "b"),
        ({"b": (5, START, ""), "c": (5, START, "")}, "b"),
        ({"c": (5, START, "2028-02-20"), "b": (5, START, "2028-02-20")}, "b"),
        ({"a": (5, START, "2028-02-10"), "b": (5, START, "2028-03-10")}, "b"),
        ({"a": (5, "2028-02-11", "2028-02-12"), "b": (5, START, "2028-03-10")}, "b"),
    ],
    ids=["soonest", "never last", "never last, though older", "then oldest", "oldest of never",
         "then first made", "made by (date, id)", "not one that is over", "not one to come"],
)  # fmt: skip
def test_lots_are_spent_soonest_expiry_first_never_last_then_oldest(store, tmp_path, charges, first):
    """L7.3: three of the ten that there are."""
    stock(tmp_path, charges, {"quantity": 3})
    credits_of("2028-02-10")
    assert refused() == []
    assert left()[first] == 2
    assert {kind for kind, source in seen("movements", "kind source_id") if source == "u1"} == {"usage"}


@pytest.mark.parametrize(
    ("on", "granted"),
    [("2028-02-04", False), ("2028-02-05", True), ("2028-02-11", True), ("2028-02-12", False)],
)
def test_lot_may_be_spent_from_its_start_until_the_day_before_it_expires(store, tmp_path, on, granted):
    """L1.2, L7.3: [5, 12) February."""
    club(
        tmp_path,
        credit_charges=[{"quantity": 1, "charged_on": START, "starts_on": "2028-02-05", "expires_on": "2028-02-12"}],
        credit_usages=[{"quantity": 1, "used_on": on}],
    )
    credits_of(START, on)
    assert refused() == ([] if granted else ["u1"])


def test_usage_may_take_from_several_lots_one_movement_each(store, tmp_path):
    """L7.3: 6 of 1, 4 and 9."""
    charges = {"a": (4, START, "2028-03-02"), "b": (1, START, END), "c": (9, START, "")}
    stock(tmp_path, charges, {"quantity": 6})
    credits_of("2028-02-10")
    assert left() == {"a": 0, "b": 0, "c": 8}
    assert sorted(seen("movements", "quantity on_date", source_id="u1")) == [
        ("-1", "2028-02-10"),
        ("-1", "2028-02-10"),
        ("-4", "2028-02-10"),
    ]


@pytest.mark.parametrize(("quantity", "granted"), [("9.9", True), ("10", True), ("10.1", False)])
def test_usage_takes_all_that_it_asks_for_or_nothing(store, tmp_path, quantity, granted):
    """L7.3: of 4 and 6; what is over, to come, another's, or of another kind does not count."""
    charges = {
        "a": (4, START, "2028-02-20"),
        "b": (6, START, ""),
        "over": (5, START, "2028-02-10"),
        "to come": (5, "2028-02-11", ""),
    }
    stock(tmp_path, charges, {"quantity": quantity})
    arrive(tmp_path, customers=[{"customer": "rich", "company": "club", "kind": "person", "name": "Rich"}])
    arrive(tmp_path, credit_types=[{"credit_type": "pass"}])
    arrive(
        tmp_path,
        credit_charges=[
            {"charge": "other", "customer": "rich", "quantity": 50, "charged_on": START},
            {"charge": "pass", "credit_type": "pass", "quantity": 50, "charged_on": START},
        ],
    )
    credits_of("2028-02-10")
    assert refused() == ([] if granted else ["u1"])
    assert left()["a"] == (0 if granted else 4)


def test_refused_usage_is_a_reject_of_its_day_and_decided_once(store, tmp_path):
    """L7.3, intake.md: what is charged on the next day comes too late."""
    stock(tmp_path, {"a": (1, START, "")}, {"quantity": 2})
    credits_of("2028-02-10")
    arrive(tmp_path, credit_charges=[{"quantity": 5, "charged_on": "2028-02-11"}])
    credits_of("2028-02-11")
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "credit_usages", "u1", "insufficient_balance", "2028-02-10")
    ]
    assert left() == {"a": 1, "h1": 5}


@pytest.mark.parametrize(
    ("asked", "not_granted", "rest"),
    [
        ({"a": 6, "b": 5, "c": 4}, ["b"], 0),
        ({"a": 11, "b": 10}, ["a"], 0),
        ({"c": 6, "b": 5, "a": 4}, ["c"], 1),
        ({"a": 11, "b": 12, "c": 3, "d": 8, "e": 7}, ["a", "b", "d"], 0),
        ({"a": "0.1", "b": "9.9", "c": "0.1"}, ["c"], 0),
    ],
)
def test_refused_usage_leaves_the_next_of_the_day_its_share(store, tmp_path, asked, not_granted, rest):
    """L7.3, L1.6: by (used_on, id); ten hours in two lots."""
    usages = [{"usage": name, "quantity": quantity} for name, quantity in asked.items()]
    stock(tmp_path, {"x": (4, START, "2028-02-20"), "y": (6, START, "")}, *usages)
    credits_of("2028-02-10")
    assert refused() == not_granted
    assert left()["x"] + left()["y"] == rest


def test_usages_loaded_late_come_in_the_order_of_their_days(store, tmp_path):
    """L1.6: z of the 9th before a of the 10th; both are decided on the 10th."""
    usages = [{"usage": "a", "quantity": 4}, {"usage": "z", "quantity": 4, "used_on": "2028-02-09"}]
    stock(tmp_path, {"x": (5, START, "")})
    arrive(tmp_path, credit_usages=[{"used_on": "2028-02-10"} | row for row in usages])
    credits_of("2028-02-10")
    assert refused() == ["a"]


# Expiry ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run_on", "expired_on"),
    [
        (["2028-02-11", "2028-02-12", "2028-02-13"], "2028-02-12"),
        (["2028-02-11", "2028-02-14"], "2028-02-14"),
        (["2028-02-11"], None),
    ],
)
def test_what_is_left_expires_by_one_movement_on_the_first_business_day_on_which_it_is_over(
    store, tmp_path, run_on, expired_on
):
    """L7.4: on expires_on, or on the first day run after it, not before; 3 of 5 are left."""
    stock(tmp_path, {"a": (5, START, "2028-02-12")}, {"quantity": 2})
    credits_of("2028-02-10", *run_on)
    expired = [("-3", expired_on, "a")] if expired_on else []
    assert seen("movements", "quantity on_date source_id", kind="expiry") == expired
    assert left() == {"a": 0 if expired_on else 3}


def test_lot_that_is_used_up_and_lot_that_never_expires_do_not_expire(store, tmp_path):
    """L7.4: there is nothing left to expire; five years later the other is still there."""
    stock(tmp_path, {"used": (5, START, "2028-02-12"), "never": (5, START, "")}, {"quantity": 5})
    credits_of("2028-02-10", "2028-02-12", "2033-02-12")
    assert left() == {"never": 5, "used": 0}
    assert seen("movements", "kind", kind="expiry") == []


def test_lot_that_is_over_is_not_spent_on_the_day_on_which_it_expires_though_usages_come_first(store, tmp_path):
    """L1.6, L7.3: on expires_on it can no longer be used."""
    stock(tmp_path, {"a": (5, START, "2028-02-10")}, {"quantity": 1})
    credits_of("2028-02-10")
    assert refused() == ["u1"]
    assert only("movements", "quantity", kind="expiry") == "-5"


# Together -------------------------------------------------------------------------------------------------------------


def test_what_is_granted_and_charged_today_may_be_used_today(store, tmp_path):
    """L1.6: grants and charges come before usages; 8 of the month that is paid today, 2 topped up today."""
    club(
        tmp_path,
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": START}],
        plan_credits=[{"quantity": 8}],
        credit_charges=[{"quantity": 2, "charged_on": START}],
        credit_usages=[{"quantity": 10, "used_on": START}],
    )
    nightly(START)
    assert (refused(), left()) == ([], {"CLUB-2028-000001": 0, "h1": 0})


def test_balance_is_the_sum_of_the_movements(store, tmp_path):
    """L7.1: filled, used twice, expired."""
    stock(tmp_path, {"a": (5, START, "2028-02-12")}, {"quantity": 1}, {"quantity": "1.5"})
    credits_of("2028-02-10")
    assert left() == {"a": Decimal("2.5")}
    credits_of("2028-02-12")
    assert sum(Decimal(quantity) for (quantity,) in seen("movements", "quantity")) == 0


def story(tmp_path) -> None:
    """Grants, top-ups, usages of which some are refused, and what expires, in the five days from 1 February."""
    used = {"a": (3, 2), "b": (9, 2), "c": (6, 3), "d": (4, 3), "e": (2, 4), "f": (1, 5)}
    club(
        tmp_path,
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": "2028-02-02"}],
        plan_credits=[{"quantity": 8, "valid_days": 3}],
        credit_charges=[
            {"quantity": 5, "charged_on": "2028-02-03", "expires_on": "2028-02-05"},
            {"quantity": 2, "charged_on": START},
        ],
        credit_usages=[
            {"usage": name, "quantity": quantity, "used_on": f"2028-02-0{on}"} for name, (quantity, on) in used.items()
        ],
    )


def test_credits_run_twice_or_late_are_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8."""
    story(tmp_path)
    state = assert_as_once_and_daily(store, START, "2028-02-05")
    assert (state["lots"].total(), state["rejects"].total()) == (3, 2)


@pytest.mark.parametrize("beside", ["nightly", "credits"])
def test_two_processes_at_once_spend_no_lot_twice(own_database, tmp_path, beside):
    """L7.1: ten hours; 6 and 3 are granted, 5 is not, whichever process does it."""
    charges = {"x": (4, START, "2028-02-20"), "y": (6, START, "")}
    usages = [{"usage": name, "quantity": quantity} for name, quantity in {"a": 6, "b": 5, "c": 3}.items()]
    stock(tmp_path, charges, *usages)
    assert at_once("2028-02-10", "nightly", beside) == [0, 0]
    assert left() == {"x": 0, "y": 1}
    assert refused() == ["b"]
    assert sum(Decimal(quantity) for (quantity,) in seen("movements", "quantity", kind="usage")) == -9
