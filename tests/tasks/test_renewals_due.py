"""When is the next period billed, and who has to wait for a person? Lead days, zero totals, quarantine (L3.6)."""

from __future__ import annotations

import sqlalchemy as sa

from tests.factories import arrive, club, flow, night, nightly, only, seen, statuses

AS_OF = "2028-02-29"
DAILY = {"interval_unit": "day", "grace_days": "", "on_expiry": "collect"}
"""A period a day, and grace lasts."""


def invoice_counts() -> dict[str, int]:
    """How many invoices each membership has."""
    found = [membership for (membership,) in seen("invoices", "membership")]
    return {membership: found.count(membership) for membership in found}


def quarantined(store: sa.Connection) -> list[tuple[str, str, str]]:
    """membership, day, reason of those that wait for a person."""
    query = "SELECT membership, on_date::text, reason FROM tajdid.quarantine WHERE released_at IS NULL ORDER BY 1, 2"
    return [tuple(row) for row in store.execute(sa.text(query))]


def release(store: sa.Connection) -> None:
    """A person has looked at all that wait."""
    store.execute(sa.text("UPDATE tajdid.quarantine SET released_at = clock_timestamp()"))


def past_the_intake(store: sa.Connection, membership: str, started_on: str, carried_until: str | None = None) -> None:
    """A membership that the intake would have refused: its plan has no price for its first period (L2.1)."""
    insert = "INSERT INTO tajdid.memberships (membership, customer, plan, started_on, carried_until)"
    values = {"membership": membership, "started_on": started_on, "carried_until": carried_until}
    store.execute(sa.text(f"{insert} VALUES (:membership, 'u', 'unpriced', :started_on, :carried_until)"), values)


# Lead days -----------------------------------------------------------------------------------------------------------


def test_next_period_is_billed_lead_days_before_the_last_one_ends(store, tmp_path):
    """L3.6: as soon as last period end - lead_days <= as_of, and late rather than never.

    as_of 26 Feb, lead 3   28 Feb      29 Feb     1 Mar
                           yes, late   yes        tomorrow
    """
    ends = {"late": "2028-02-28", "today": "2028-02-29", "tomorrow": "2028-03-01"}
    carried = [{"membership": m, "started_on": "2028-02-01", "paid_until": end} for m, end in ends.items()]
    club(tmp_path, plan={"lead_days": 3}, memberships=carried)
    nightly("2028-02-26")
    first_day = [("late", "2028-02-28", "2028-02-26"), ("today", "2028-02-29", "2028-02-26")]
    assert seen("invoices", "membership period_starts_on issued_on") == first_day
    assert set(statuses().values()) == {"active"}
    nightly("2028-02-27")
    assert seen("invoices", "membership period_starts_on issued_on") == [
        *first_day,
        ("tomorrow", "2028-03-01", "2028-02-27"),
    ]


def test_invoice_is_due_terms_days_after_its_issue_not_after_its_period_begins(store, tmp_path):
    """L3.6."""
    carried = {"started_on": "2028-02-01", "paid_until": "2028-02-29"}
    club(tmp_path, plan={"lead_days": 5, "terms_days": 10}, memberships=[carried])
    nightly("2028-02-24")
    assert only("invoices", "issued_on due_on") == ("2028-02-24", "2028-03-05")


def test_lead_longer_than_the_interval_bills_several_periods_ahead(store, tmp_path):
    """L3.6: the loop goes on while the end of the last period lies within the lead.

    as_of 29 Feb, lead 3:  29  1  2  3 |
    """
    club(tmp_path, plan=DAILY | {"lead_days": 3}, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF)
    assert [start for (start,) in seen("periods", "starts_on")] == [AS_OF, "2028-03-01", "2028-03-02", "2028-03-03"]
    nightly("2028-03-01")
    assert seen("invoices", "period_starts_on", issued_on="2028-03-01") == [("2028-03-04",)]


def test_member_in_lasting_grace_is_billed_on(store, tmp_path):
    """L3.4, L3.6: active or in grace renews, so debts add up."""
    club(tmp_path, plan=DAILY | {"interval_count": 2}, memberships=[{"started_on": "2028-02-27"}])
    night("2028-02-27")
    nightly(AS_OF)
    assert statuses() == {"m1": "grace"}
    assert seen("periods", "starts_on state") == [("2028-02-27", "open"), (AS_OF, "open")]


def test_expired_member_is_not_renewed(store, tmp_path):
    """L3.6: the day of expiry still renews (renewals come before status, L1.6), the days after it do not."""
    club(
        tmp_path,
        plan={"interval_unit": "day", "interval_count": 2, "grace_days": 2, "on_expiry": "collect"},
        memberships=[{"started_on": "2028-02-28"}],
    )
    for on in ("2028-02-28", "2028-03-01", "2028-03-03"):
        night(on)
    assert statuses() == {"m1": "expired"}
    assert seen("periods", "starts_on") == [("2028-02-28",), ("2028-03-01",)]


# Zero totals ---------------------------------------------------------------------------------------------------------


def test_zero_total_is_paid_at_issue(store, tmp_path):
    """L3.6: one by price, one by discount, one by its own unit price; each has its number and message, no posting."""
    free = {"price": {"started_on": AS_OF, "plan": "free"}}
    free |= {"discount": {"started_on": AS_OF, "plan": "gym", "discount_percent": 100}}
    free |= {"own": {"started_on": AS_OF, "plan": "gym", "unit_price": 0}}
    club(
        tmp_path,
        plans=[{}, {"plan": "free", "price": 0}],
        memberships=[{"membership": name} | row for name, row in free.items()],
    )
    nightly(AS_OF)
    assert seen("invoices", "membership total open status") == [(name, "0.00", "0.00", "paid") for name in sorted(free)]
    assert set(seen("periods", "state")) == {("paid",)}
    assert set(seen("memberships", "status paid_until")) == {("active", "2028-03-29")}
    assert len(seen("messages", "message")) == 3
    assert seen("postings", "amount") == []


def test_period_billed_for_nothing_moves_paid_until_to_the_first_that_costs(store, tmp_path):
    """L3.3, L3.6: the first two of a late member's three periods are free."""
    club(
        tmp_path,
        plan={"price": {"2000-01-01": 0, AS_OF: 100}},
        memberships=[{"started_on": "2027-12-31"}],
    )
    nightly(AS_OF)
    assert [state for _, state in seen("periods", "starts_on state")] == ["paid", "paid", "open"]
    assert only("memberships", "status paid_until grace_until") == ("grace", AS_OF, "2028-03-05")


# Too many periods ----------------------------------------------------------------------------------------------------


def test_member_further_behind_than_400_periods_waits_for_a_person_and_others_go_on(store, tmp_path):
    """L3.6: at the ceiling all is well, one more and 400 are billed, then nothing until it is released.

    exactly   26 Jan 2027 ... 29 Feb 2028   400 periods
    beyond    25 Jan 2027 ... 28 Feb 2028   400 periods, that of 29 Feb is one too many
    """
    started = {"exactly": "2027-01-26", "beyond": "2027-01-25", "other": AS_OF}
    club(tmp_path, plan=DAILY, memberships=[{"membership": m, "started_on": on} for m, on in started.items()])
    nightly(AS_OF)
    assert invoice_counts() == {"exactly": 400, "beyond": 400, "other": 1}
    assert max(seen("periods", "ends_on", membership="beyond")) == (AS_OF,)
    assert quarantined(store) == [("beyond", AS_OF, "too_many_periods")]
    nightly("2028-03-01")
    assert invoice_counts() == {"exactly": 401, "beyond": 400, "other": 2}
    release(store)
    nightly("2028-03-02")
    assert invoice_counts() == {"exactly": 402, "beyond": 403, "other": 3}
    assert quarantined(store) == []


def test_ceiling_counts_the_periods_billed_not_the_carried_one(store, tmp_path):
    """L3.2, L3.6."""
    started = {"exactly": "2027-01-26", "beyond": "2027-01-25"}
    carried = [{"membership": m, "started_on": "2026-12-01", "paid_until": until} for m, until in started.items()]
    club(tmp_path, plan=DAILY, memberships=carried)
    flow("renewals", AS_OF)
    assert invoice_counts() == {"exactly": 400, "beyond": 400}
    assert quarantined(store) == [("beyond", AS_OF, "too_many_periods")]


def test_member_released_on_the_day_it_was_set_aside_is_set_aside_again_where_nothing_has_changed(store, tmp_path):
    """L3.6: 400 periods a run; a person may release it and run the same day again (L1.8)."""
    club(tmp_path, plan=DAILY, memberships=[{"started_on": "2025-12-01"}])
    nightly(AS_OF)
    release(store)
    nightly(AS_OF)
    assert invoice_counts() == {"m1": 800}
    assert quarantined(store) == [("m1", AS_OF, "too_many_periods")]


# No price ------------------------------------------------------------------------------------------------------------


def unpriced_club(tmp_path) -> None:
    """An ordinary member, and a plan that has a price only from 1 March 2028 on."""
    unpriced = {"plan": "unpriced", "price": {"2028-03-01": 50}}
    club(tmp_path, plans=[{}, unpriced], memberships=[{"membership": "z", "started_on": AS_OF}])


def test_member_without_a_price_waits_for_a_person_and_stops_nobody(store, tmp_path):
    """L2.1, L3.6: it stays pending, takes no number, and the next day does not find it again."""
    unpriced_club(tmp_path)
    past_the_intake(store, "a", AS_OF)
    nightly(AS_OF, "2028-03-01")
    assert statuses() == {"a": "pending", "z": "grace"}
    assert seen("invoices", "membership invoice") == [("z", "CLUB-2028-000001")]
    assert quarantined(store) == [("a", AS_OF, "no_price")]


def test_late_member_of_whose_periods_one_has_no_price_is_billed_for_none(store, tmp_path):
    """L2.1, L3.1: the 2nd to 4th of its periods have a price; oldest first means not before the first."""
    unpriced_club(tmp_path)
    past_the_intake(store, "a", "2028-02-15")
    flow("renewals", "2028-05-31")
    assert statuses()["a"] == "pending"
    assert seen("periods", "starts_on", membership="a") == []
    assert quarantined(store) == [("a", "2028-05-31", "no_price")]


def test_carried_member_without_a_price_starts_and_waits_when_its_next_period_falls_due(store, tmp_path):
    """L3.2, L3.6."""
    unpriced_club(tmp_path)
    past_the_intake(store, "a", "2028-02-01", carried_until=AS_OF)
    nightly("2028-02-28")
    assert statuses()["a"] == "active"
    assert quarantined(store) == []
    nightly(AS_OF)
    assert statuses()["a"] == "grace"
    assert seen("periods", "state", membership="a") == [("carried",)]
    assert quarantined(store) == [("a", AS_OF, "no_price")]


def test_member_released_with_a_price_is_billed_late_and_in_grace_from_that_day(store, tmp_path):
    """L3.1, L3.4, L3.6."""
    unpriced_club(tmp_path)
    past_the_intake(store, "a", AS_OF)
    nightly(AS_OF)
    arrive(tmp_path, plan_prices=[{"plan": "unpriced", "effective_from": "2028-02-01", "price": 40}])
    release(store)
    nightly("2028-03-01")
    assert only("invoices", "issued_on net", membership="a") == ("2028-03-01", "40.00")
    assert only("memberships", "status grace_until", membership="a") == ("grace", "2028-03-06")
