"""Freezes, lots, points and dunning (L4, L7, L8), as Lago, Odoo, OCA, ERPNext, Tryton, Daftra and others expect them.

Where a peer orders lots by a priority, ours expire in that order; where it takes the oldest first, ours started first.
Peers that include the last day of a span are read as half-open (L1.2).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.factories import club, flow, nightly, only, seen
from tests.vectors.asking import Fact, day, day_after, each, facts_of

TODAY = date(2028, 3, 1)


def charges_of(lots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One charge a lot: `priority` decides when it expires, `age_days` when it started."""
    return [
        {
            "quantity": lot["minor"],
            "charged_on": TODAY - timedelta(lot.get("age_days", 0)),
            "expires_on": date(2029, 1, 1) + timedelta(lot["priority"]),
        }
        for lot in lots
    ]


def remaining_after(tmp_path, fact: Fact, *quantities: int) -> list[int]:
    """What is left of each lot, in the order of the fact, after usages of a day."""
    usages = [{"quantity": quantity, "used_on": TODAY} for quantity in quantities]
    charges = charges_of(fact.input["lots"])
    club(tmp_path, credit_charges=charges, credit_usages=usages)
    flow("credits", TODAY.isoformat())
    left = dict(seen("lots", "source_id remaining"))
    return [int(float(left[f"h{place}"])) for place in range(1, len(charges) + 1)]


@each(facts_of("lots.consume"))
def test_usage_takes_the_lots_in_their_order(store, tmp_path, fact):
    assert remaining_after(tmp_path, fact, fact.input["consume_minor"]) == fact.expected["remaining_minor"]


@each(facts_of("lots.consume_sequence"))
def test_usages_one_after_the_other_take_what_is_left(store, tmp_path, fact):
    assert remaining_after(tmp_path, fact, *fact.input["consume_minor"]) == fact.expected["remaining_minor"]


@each(facts_of("lots.void"))
def test_usage_of_more_than_there_is_takes_nothing(store, tmp_path, fact):
    left = remaining_after(tmp_path, fact, fact.input["consume_minor"])
    assert left == [lot["minor"] for lot in fact.input["lots"]]
    assert len(seen("movements", "kind", kind="usage")) == fact.expected["consumptions"]
    assert only("rejects", "reason") == "insufficient_balance"


@each(facts_of("lots.order", where=lambda fact: "lots" in fact.input))
def test_soonest_expiry_first_then_creation_never_expiring_last(store, tmp_path, fact):
    """One unit of each of four lots is taken by four usages; the lot of each tells the order."""
    on = date(2026, 1, 1)
    charges = [
        {"charge": str(lot["id"]), "quantity": 1, "charged_on": on, "expires_on": lot["expires"] or ""}
        for lot in fact.input["lots"]
    ]
    usages = [{"usage": f"u{place}", "quantity": 1, "used_on": on} for place in range(len(charges))]
    club(tmp_path, credit_charges=charges, credit_usages=usages)
    flow("credits", on.isoformat())
    query = """
        SELECT l.source_id FROM tajdid.movements AS m JOIN tajdid.lots AS l USING (lot_id)
        WHERE m.kind = 'usage' ORDER BY m.source_id"""
    assert [int(lot) for (lot,) in store.exec_driver_sql(query)] == fact.expected["order"]


@each(facts_of("lots.expiry_date"))
def test_points_expire_so_many_days_after_they_were_earned(store, tmp_path, fact):
    earned_on = fact.input["issued"]
    rule = {"spend_amount": 1, "points": 1, "valid_days": fact.input["expire_after_days"]}
    club(
        tmp_path,
        memberships=[{"started_on": earned_on}],
        payments=[{"amount": 115, "paid_on": earned_on}],
        loyalty_rules=[rule],
    )
    nightly(earned_on)
    assert only("lots", "expires_on", source="earn") == fact.expected["expires"]


@each(facts_of("lots.expire_all"))
def test_all_open_lots_expire_on_their_day(store, tmp_path, fact):
    charges = [
        {"quantity": quantity, "charged_on": TODAY, "expires_on": TODAY + timedelta(fact.input["expire_after_days"])}
        for quantity in fact.input["open_lots"]
    ]
    club(tmp_path, credit_charges=charges)
    flow("credits", TODAY.isoformat())
    flow("credits", (TODAY + timedelta(fact.input["run_after_days"])).isoformat())
    left = [float(remaining) for _, remaining in seen("lots", "source_id remaining")]
    assert (sum(left), sum(1 for value in left if value)) == (fact.expected["balance"], fact.expected["lots_open"])


@each(facts_of("expired_credit_unspendable"))
def test_expired_credit_cannot_be_spent(store, tmp_path, fact):
    i = fact.input
    expires_on, used_on = (TODAY + timedelta(i[name]) for name in ("ttl_days", "day"))
    club(
        tmp_path,
        credit_charges=[{"quantity": i["credit"], "charged_on": TODAY, "expires_on": expires_on}],
        credit_usages=[{"quantity": i["use"], "used_on": used_on}],
    )
    flow("credits", TODAY.isoformat())
    flow("credits", used_on.isoformat())
    assert (only("rejects", "reason") == "insufficient_balance") != fact.expected["accepted"]
    assert float(only("lots", "remaining")) == fact.expected["balance"]


@each(facts_of("points_earned", "points_earned_after_redemption"))
def test_points_of_an_invoice_are_the_whole_steps_of_what_money_paid(store, tmp_path, fact):
    """Redeemed beforehand: 10 points worth 1 each."""
    i, redeemed = fact.input, fact.input["redeemed_amount"]
    club(
        tmp_path,
        company={"point_value": 1},
        plan={"price": i["grand_total"], "tax_rate": 0},
        memberships=[{"started_on": TODAY}],
        credit_charges=[{"credit_type": "points", "quantity": 10, "charged_on": TODAY}] if redeemed else [],
        redemptions=[{"points": redeemed, "requested_on": TODAY + timedelta(1)}] if redeemed else [],
        payments=[{"amount": i["grand_total"] - redeemed, "paid_on": TODAY + timedelta(1)}],
        loyalty_rules=[{"spend_amount": i["collection_factor"], "points": 1}],
    )
    nightly(TODAY.isoformat(), (TODAY + timedelta(2)).isoformat())
    assert float(only("lots", "quantity", source="earn")) == fact.expected["points"]


@each(facts_of("freeze_shifts_dates", where=lambda fact: fact.input["line_start"] <= fact.input["freeze_start"]
               and fact.input["line_end"] is not None))  # fmt: skip
def test_freeze_moves_the_end_by_the_frozen_days(store, tmp_path, fact):
    """OCA ends the line and begins a successor; with us the same days stay one period."""
    i = fact.input
    resumes_on = day_after(day(i["freeze_end"]))
    club(
        tmp_path,
        memberships=[{"started_on": i["line_start"], "paid_until": day_after(day(i["line_end"]))}],
        freezes=[{"starts_on": i["freeze_start"], "resumes_on": resumes_on}],
    )
    for name, on in (
        ("renewals", i["line_start"]),
        ("freezes", i["freeze_start"]),
        ("freezes", resumes_on.isoformat()),
    ):
        flow(name, on)
    assert only("memberships", "paid_until") == day_after(day(fact.expected["successor"]["end"])).isoformat()


@each(facts_of("freeze_extends_end", where=lambda fact: fact.input["add_to_membership"]))
def test_months_of_freezing_are_added_to_the_membership(store, tmp_path, fact):
    """Three months that end with the old end: 1 March to 1 June."""
    end = day(fact.input["end"])
    starts_on = end.replace(month=end.month - fact.input["freeze_months"])
    club(
        tmp_path,
        memberships=[{"started_on": "2024-01-01", "paid_until": end}],
        freezes=[{"starts_on": starts_on, "resumes_on": end}],
    )
    for name, on in (("renewals", "2024-01-01"), ("freezes", starts_on.isoformat()), ("freezes", end.isoformat())):
        flow(name, on)
    assert only("memberships", "paid_until") == fact.expected["end"]


@each(facts_of("freeze_refused"))
def test_freeze_of_an_expired_or_unpaid_membership_is_refused(store, tmp_path, fact):
    expired = "expired" in fact.input["case"]
    asked_on = TODAY + timedelta(20 if expired else 1)
    club(
        tmp_path,
        memberships=[{"started_on": TODAY}],
        freezes=[{"starts_on": asked_on, "resumes_on": asked_on + timedelta(7)}],
    )
    nightly(TODAY.isoformat(), asked_on.isoformat())
    assert only("memberships", "status") == ("expired" if expired else "grace")
    assert (only("rejects", "reason") == "not_active") != fact.expected["accepted"]


@each(facts_of("dunning_level_by_overdue_days"))
def test_level_by_days_overdue(store, tmp_path, fact):
    """Due on 1 March; one that is blocked after its first notice stays at that level."""
    i, blocked = fact.input, "blocked" in (fact.input["previous"] or "")
    levels = [{"level": place, "days_overdue": days} for place, days in enumerate(i["levels_days"], start=1)]
    club(
        tmp_path,
        plan={"terms_days": 0, "grace_days": 60},
        memberships=[{"started_on": TODAY}],
        dunning_levels=levels,
    )
    nightly(TODAY.isoformat(), (TODAY + timedelta(i["levels_days"][0] if blocked else i["overdue_day"])).isoformat())
    if blocked:
        store.exec_driver_sql("UPDATE tajdid.customers SET dunning_blocked = TRUE")
        flow("dunning", (TODAY + timedelta(i["levels_days"][0] + 1)).isoformat())
    noticed = [level for (level,) in seen("notices", "level")]
    assert max(noticed, default=0) == fact.expected.get("level", 0)
    assert len(noticed) == fact.expected.get("dunnings", 1)


@each(facts_of("reminder_again_after_renewal"))
def test_new_end_is_reminded_of_again(store, tmp_path, fact):
    club(
        tmp_path,
        plan={"interval_unit": "week", "reminder_days": "2", "grace_days": 60},
        memberships=[{"started_on": TODAY, "paid_until": TODAY + timedelta(7)}],
    )
    nightly(TODAY.isoformat(), (TODAY + timedelta(13)).isoformat())
    assert (len(seen("messages", "message", kind="reminder")) == 2) == fact.expected["second_reminder"]


@pytest.mark.parametrize("fact", facts_of("invoice_cancel_removes_points"))
def test_void_invoice_has_earned_nothing(store, tmp_path, fact):
    club(
        tmp_path,
        plan={"grace_days": 2},
        memberships=[{"started_on": TODAY}],
        loyalty_rules=[{"spend_amount": 1, "points": 1}],
    )
    nightly(TODAY.isoformat(), (TODAY + timedelta(3)).isoformat())
    assert only("memberships", "status") == "expired"
    assert bool(seen("lots", "source")) == fact.expected["entry_exists"]
