"""Which lots do paid periods and top-ups give, with which dates? (L7.1, L7.2)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, night, nightly, only, seen

START, END = "2028-02-01", "2028-03-01"
MEMBER = {"memberships": [{"started_on": START}], "payments": [{"amount": 115, "paid_on": START}]}


def credits_of(*days: str) -> None:
    """The flow of credits of some days."""
    for on in days:
        flow("credits", on)


def lots(columns: str = "source source_id quantity starts_on expires_on", **where: str) -> list[tuple]:
    return seen("lots", columns, **where)


# Grants ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("valid_days", "until"), [("", END), (1, "2028-02-02"), (29, END), (45, "2028-03-17")])
def test_paid_period_gives_a_lot_for_the_period_or_for_valid_days_from_its_start(store, tmp_path, valid_days, until):
    """L7.2: a day, exactly the month, more than the month."""
    club(tmp_path, plan_credits=[{"quantity": 8, "valid_days": valid_days}], **MEMBER)
    night(START)
    assert lots() == [("grant", "CLUB-2028-000001", "8", START, until)]
    assert seen("movements", "kind quantity on_date source_id") == [("grant", "8", START, "CLUB-2028-000001")]


def test_each_credit_of_the_plan_gives_a_lot_whatever_the_quantity_of_the_membership(store, tmp_path):
    """L7.2, readings 30: two hours and half a pass, for three seats; the other plan has none."""
    club(
        tmp_path,
        plans=[{}, {"plan": "other"}],
        plan_credits=[{"quantity": 2}, {"credit_type": "pass", "quantity": "0.5"}],
        memberships=[{"started_on": START, "quantity": 3}, {"started_on": START, "plan": "other"}],
        payments=[{"amount": 500, "paid_on": START}],
    )
    night(START)
    assert lots("credit_type source_id quantity remaining") == [
        ("hour", "CLUB-2028-000001", "2", "2"),
        ("pass", "CLUB-2028-000001", "0.5", "0.5"),
    ]


def test_carried_period_and_free_period_and_void_period(store, tmp_path):
    """L7.2, L3.2, L3.6: a carried one gives nothing, a free one at once, one that is never paid nothing."""
    terms = {"carried": {"paid_until": END}, "free": {"discount_percent": 100}, "unpaid": {}}
    club(
        tmp_path,
        plan_credits=[{"quantity": 8}],
        memberships=[{"membership": name, "started_on": START} | row for name, row in terms.items()],
    )
    night(START)
    night("2028-02-06")
    (free,) = seen("invoices", "invoice", membership="free")
    assert lots("source_id starts_on") == [(*free, START)]


@pytest.mark.parametrize(
    ("paid_on", "valid_days", "kinds"),
    [
        ("2028-02-10", "", ["grant"]),
        ("2028-02-29", "", ["grant"]),
        (END, "", ["expiry", "grant"]),
        ("2028-02-10", 9, ["expiry", "grant"]),
        ("2028-02-10", 10, ["grant"]),
    ],
)
def test_period_that_is_paid_late_gives_its_lot_on_that_day_with_its_own_dates(
    store, tmp_path, paid_on, valid_days, kinds
):
    """L7.2, L7.4: one that is over by then expires at once; its expires_on is the first day on which it is."""
    club(
        tmp_path,
        plan={"grace_days": "", "auto_renew": "false"},
        plan_credits=[{"quantity": 8, "valid_days": valid_days}],
        memberships=[{"started_on": START}],
        payments=[{"amount": 115, "paid_on": paid_on}],
    )
    for on in (START, "2028-02-09", paid_on):
        night(on)
    assert [kind for kind, _ in seen("movements", "kind on_date")] == kinds
    assert {on for (on,) in seen("movements", "on_date")} == {paid_on}
    assert lots("starts_on remaining") == [(START, "0" if "expiry" in kinds else "8")]


def test_period_paid_ahead_gives_a_lot_that_cannot_be_spent_before_it_begins(store, tmp_path):
    """L7.2, L7.3: March is billed and paid on 23 February; nothing can be used on the 29th."""
    used = [{"quantity": 1, "used_on": on} for on in ("2028-02-29", END)]
    club(
        tmp_path,
        plan={"lead_days": 7},
        plan_credits=[{"quantity": 8}],
        memberships=[{"started_on": START, "paid_until": END}],
        payments=[{"amount": 115, "paid_on": "2028-02-23"}],
        credit_usages=used,
    )
    for on in (START, "2028-02-23", "2028-02-29", END):
        night(on)
    assert lots("source starts_on remaining") == [("grant", END, "7")]
    assert seen("rejects", "record reason") == [("u1", "insufficient_balance")]


def test_invoice_grants_once(store, tmp_path):
    """L7.2, readings 31: not again on a later day, nor for a credit that the plan has had only since."""
    club(tmp_path, plan_credits=[{"quantity": 8}], credit_types=[{}, {"credit_type": "pass"}], **MEMBER)
    nightly(START)
    arrive(tmp_path, plan_credits=[{"quantity": 9}, {"credit_type": "pass", "quantity": 1}])
    nightly(START, "2028-02-02")
    assert lots("credit_type quantity") == [("hour", "8")]


def test_what_is_paid_after_the_grants_of_a_day_is_granted_on_the_next(store, tmp_path):
    """L1.6: m1 expires on 3 February; its 60 pay m2 in the last stage of the day."""
    plans = [{"grace_days": 2}, {"plan": "other", "price": 50, "tax_rate": "0.2", "grace_days": 9, "terms_days": 30}]
    club(
        tmp_path,
        plans=plans,
        plan_credits=[{"plan": "other", "quantity": 8}],
        memberships=[{"started_on": START}, {"started_on": START, "plan": "other"}],
        payments=[{"amount": 60, "paid_on": "2028-02-02", "membership": "m1"}],
    )
    nightly(START, "2028-02-03")
    assert (only("invoices", "status", membership="m2"), lots()) == ("paid", [])
    nightly("2028-02-04")
    assert seen("movements", "kind on_date") == [("grant", "2028-02-04")]


# Charges --------------------------------------------------------------------------------------------------------------


def test_top_up_gives_a_lot_with_its_own_dates_on_its_day(store, tmp_path):
    """L7.2, L1.5: one to come, one without an end, one that was over before it was loaded."""
    club(
        tmp_path,
        credit_charges=[
            {"quantity": "2.5", "charged_on": "2028-02-03", "starts_on": "2028-02-10", "expires_on": END},
            {"quantity": 3, "charged_on": "2028-02-03"},
            {"quantity": 4, "charged_on": START, "expires_on": "2028-02-02"},
        ],
    )
    credits_of("2028-02-02")
    assert lots("source_id") == [("h3",)]
    credits_of("2028-02-03")
    assert lots("source source_id quantity remaining starts_on expires_on") == [
        ("charge", "h1", "2.5", "2.5", "2028-02-10", END),
        ("charge", "h2", "3", "3", "2028-02-03", None),
        ("charge", "h3", "4", "0", START, "2028-02-02"),
    ]
    assert seen("movements", "kind quantity on_date source_id") == [
        ("charge", "2.5", "2028-02-03", "h1"),
        ("charge", "3", "2028-02-03", "h2"),
        ("charge", "4", "2028-02-02", "h3"),
        ("expiry", "-4", "2028-02-02", "h3"),
    ]
