"""What becomes of points that paid an invoice which then becomes void? (L3.5)"""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.factories import arrive, club, night, only, seen

START, ON, OVER = "2028-02-01", "2028-02-02", "2028-02-04"
"""Billed; paid in part by points; expired, where the plan has three days of grace."""


def lapses(tmp_path, *nights: str, charges: dict[str, tuple], asked: dict[str, int], **also) -> None:
    """A member whose points pay a part of the invoice: lots by name with quantity and end, redemptions by name."""
    club(
        tmp_path,
        **{"plan": {"grace_days": 3}, "company": {"point_value": "0.10"}, "memberships": [{"started_on": START}]}
        | also,
        credit_charges=[
            {"charge": name, "credit_type": "points", "quantity": quantity, "charged_on": START, "expires_on": until}
            for name, (quantity, until) in charges.items()
        ],
        redemptions=[{"redemption": name, "points": points, "requested_on": ON} for name, points in asked.items()],
    )
    for on in (START, ON, *nights):
        night(on)


def left() -> dict[str, Decimal]:
    return {source: Decimal(rest) for source, rest in seen("lots", "source_id remaining", credit_type="points")}


def moved(kind: str) -> list[tuple[str, str, str]]:
    return seen("movements", "quantity on_date source_id", kind=kind)


def test_points_go_back_to_their_lot_when_the_invoice_becomes_void(store, tmp_path):
    """L3.5, L10: by a movement `return` of the redemption, and the reverse of its book entry."""
    lapses(tmp_path, OVER, charges={"h": (500, "")}, asked={"d": 300})
    assert left() == {"h": 500}
    assert moved("redemption") == [("-300", ON, "d")]
    assert moved("return") == [("300", OVER, "d")]
    assert only("invoices", "paid open status", kind="membership") == ("0.00", "0.00", "void")
    assert seen("postings", "account amount on_date", source="d") == [
        ("points_expense", "-30.00", OVER),
        ("points_expense", "30.00", ON),
        ("receivable", "-30.00", ON),
        ("receivable", "30.00", OVER),
    ]


def test_each_lot_gets_back_what_was_taken_from_it(store, tmp_path):
    """L3.5: d1 took 100 and 50, d2 100 and 20, of lots that expire one after the other."""
    charges = {"a": (100, "2028-03-01"), "b": (150, "2028-04-01"), "c": (200, "")}
    lapses(tmp_path, charges=charges, asked={"d1": 150, "d2": 120})
    assert left() == {"a": 0, "b": 0, "c": 180}
    night(OVER)
    assert left() == {"a": 100, "b": 150, "c": 200}
    assert moved("return") == [("100", OVER, "d1"), ("100", OVER, "d2"), ("20", OVER, "d2"), ("50", OVER, "d1")]


def test_money_and_points_go_back_each_where_it_came_from(store, tmp_path):
    """L3.5: 30.00 of points, 40.00 of money."""
    lapses(tmp_path, OVER, charges={"h": (500, "")}, asked={"d": 300}, payments=[{"amount": 40, "paid_on": ON}])
    assert left() == {"h": 500}
    assert seen("customer_credit", "amount") == [("40.00",)]


@pytest.mark.parametrize(
    ("expires_on", "expired"),
    [
        ("2028-02-03", [("-200", "2028-02-03", "h"), ("-300", OVER, "h")]),
        (OVER, [("-500", OVER, "h")]),
        ("2028-02-05", [("-500", "2028-02-05", "h")]),
    ],
)
def test_points_that_go_back_to_a_lot_that_is_over_expire_on_the_same_day(store, tmp_path, expires_on, expired):
    """L3.5, L7.4: over before, over on that day, over on the next."""
    lapses(tmp_path, "2028-02-03", OVER, "2028-02-05", charges={"h": (500, expires_on)}, asked={"d": 300})
    assert moved("return") == [("300", OVER, "d")]
    assert moved("expiry") == expired
    assert left() == {"h": 0}


@pytest.mark.parametrize("effective", ["now", "period_end"])
def test_points_go_back_when_a_closing_credits_the_invoice(store, tmp_path, effective):
    """L5.3: closed on the 3rd, or with the week on the 8th; they can be redeemed again the day after."""
    lapses(
        tmp_path,
        charges={"h": (500, "2028-02-20")},
        asked={"d": 300},
        plan={"grace_days": 30, "interval_unit": "week"},
        closures=[{"requested_on": "2028-02-03", "effective": effective}],
    )
    closed_on = {"now": "2028-02-03", "period_end": "2028-02-08"}[effective]
    night("2028-02-03")
    night(closed_on)
    assert moved("return") == [("300", closed_on, "d")]
    assert left() == {"h": 500}


def test_points_stay_paid_where_the_plan_collects(store, tmp_path):
    """L3.5: the debt stays, and so does what was paid of it."""
    collects = {"grace_days": 3, "on_expiry": "collect"}
    lapses(tmp_path, OVER, charges={"h": (500, "")}, asked={"d": 300}, plan=collects)
    assert left() == {"h": 200}
    assert only("invoices", "paid open") == ("30.00", "85.00")


def test_points_that_came_back_may_pay_again_and_come_back_again(store, tmp_path):
    """L3.5, L7.1: void on the 4th; renewed on request on the 5th, paid in part on the 6th, void again on the 8th."""
    lapses(tmp_path, OVER, charges={"h": (500, "")}, asked={"d": 300})
    arrive(
        tmp_path,
        renewals=[{"requested_on": "2028-02-05"}],
        redemptions=[{"redemption": "e", "points": 400, "requested_on": "2028-02-06"}],
    )
    for on in ("2028-02-05", "2028-02-06"):
        night(on)
    assert left() == {"h": 100}
    night("2028-02-08")
    assert left() == {"h": 500}
    assert moved("return") == [("300", OVER, "d"), ("400", "2028-02-08", "e")]


def test_points_come_back_once_however_often_the_day_is_run(store, tmp_path):
    """L1.8."""
    lapses(tmp_path, OVER, charges={"h": (500, "")}, asked={"d": 300})
    arrive(tmp_path, payments=[{"amount": 1, "paid_on": OVER}])
    night(OVER)
    night("2028-02-05")
    assert left() == {"h": 500}


def test_points_that_paid_what_stays_do_not_come_back(store, tmp_path):
    """L3.5: the first week was paid by points in full; the second becomes void with what points paid of it."""
    lapses(
        tmp_path,
        charges={"h": (2000, "")},
        asked={"d1": 1150, "d2": 300},
        plan={"grace_days": 3, "interval_unit": "week", "lead_days": 7},
    )
    assert left() == {"h": 550}
    for on in ("2028-02-08", "2028-02-11"):
        night(on)
    assert sorted(state for (state,) in seen("periods", "state"))[:2] == ["paid", "void"]
    assert left() == {"h": 850}
