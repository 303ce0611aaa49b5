"""Does the story of a membership say what happened, when, under which rule, and why it is what it is on a day?"""

from __future__ import annotations

import pytest

from models.errors import WrongUsage
from reports.explain import explain
from tests.factories import arrive, club, day, flow, night, nightly

INVOICE, SECOND, NOTE = "CLUB-2028-000001", "CLUB-2028-000002", "CLUB-2028-000003"
WEEKLY = {"interval_unit": "week", "grace_days": 5}


def told(store, on: str, membership: str = "m1") -> list[tuple[str, str, str]]:
    """Date, rule and words of each event."""
    return [(event.on_date.isoformat(), event.rule, event.text) for event in explain(store, membership, day(on)).events]


def standing(store, on: str, membership: str = "m1") -> str:
    return explain(store, membership, day(on)).standing


def lapsing(tmp_path) -> None:
    """Billed on 28 Feb and 6 March, the first paid on 1 March, 40 of the second on 8 March; over on 11 March."""
    club(tmp_path, plan=WEEKLY, memberships=[{"started_on": "2028-02-28", "quantity": 2, "discount_percent": "2.50"}])
    night("2028-02-28")
    paid = [
        {"payment": "p1", "amount": "224.25", "paid_on": "2028-03-01", "invoice": INVOICE},
        {"payment": "p2", "amount": 40, "paid_on": "2028-03-08"},
    ]
    arrive(tmp_path, payments=paid)
    for on in ("2028-03-01", "2028-03-06", "2028-03-08", "2028-03-11"):
        night(on)


# The story -----------------------------------------------------------------------------------------------------------


def test_story_tells_every_decision_with_its_date_rule_and_figures_oldest_first(store, tmp_path):
    """contract.md: why the membership is what it is: every decision, its date, its rule number, its figures."""
    lapsing(tmp_path)
    bill = "(100.00 SAR × 2 less 2.5 %, tax 29.25 SAR)"
    assert told(store, "2028-03-11") == [
        (
            "2028-02-28",
            "L3.1",
            f"Period [2028-02-28, 2028-03-06) opened; invoice {INVOICE} of 224.25 SAR {bill}, due on 2028-03-13",
        ),
        ("2028-02-28", "L3.1", "pending → grace: paid until 2028-02-28, grace until 2028-03-04"),
        ("2028-03-01", "L6.2", f"Payment p1 steers to {INVOICE}: 224.25 SAR"),
        ("2028-03-01", "L6.3", f"Invoice {INVOICE} is paid"),
        ("2028-03-01", "L3.4", "grace → active: paid until 2028-03-06, grace until 2028-03-11"),
        (
            "2028-03-06",
            "L3.6",
            f"Period [2028-03-06, 2028-03-13) opened; invoice {SECOND} of 224.25 SAR {bill}, due on 2028-03-20",
        ),
        ("2028-03-06", "L3.4", "active → grace: paid until 2028-03-06, grace until 2028-03-11"),
        ("2028-03-08", "L6.2", f"Payment p2 meets, as unapplied credit, {SECOND}: 40.00 SAR"),
        ("2028-03-11", "L3.5", "grace → expired: paid until 2028-03-06, grace until 2028-03-11"),
        ("2028-03-11", "L3.5", f"Payment p2 leaves {SECOND}: 40.00 SAR"),
        ("2028-03-11", "L3.5", f"Credit note {NOTE} of -224.25 SAR makes {SECOND} void"),
    ]


def test_story_of_a_day_leaves_out_what_came_later(store, tmp_path):
    """contract.md `--on D`: up to that day and including it."""
    lapsing(tmp_path)
    all_of_it = told(store, "2028-03-11")
    for on in ("2028-02-27", "2028-02-28", "2028-03-01", "2028-03-10"):
        assert told(store, on) == [event for event in all_of_it if event[0] <= on]


def test_each_event_names_the_run_that_decided_it(store, tmp_path):
    """house rule 4: and the story of a day is in the order of its runs."""
    lapsing(tmp_path)
    flows = dict(store.exec_driver_sql("SELECT run_id, flow FROM tajdid.runs").all())
    events = explain(store, "m1", day("2028-03-11")).events
    assert [flows[event.run] for event in events if event.on_date == day("2028-03-01")] == [
        "payments",
        "payments",
        "grace",
    ]
    assert [event.run for event in events] == sorted(event.run for event in events)


def test_story_of_a_carried_and_late_membership(store, tmp_path):
    """L3.2, L3.6: carried over, then billed a day late; of nothing, so it is paid at once."""
    club(
        tmp_path,
        plan=WEEKLY | {"lead_days": 3},
        memberships=[{"started_on": "2028-02-01", "paid_until": "2028-03-07", "unit_price": 0}],
    )
    nightly("2028-03-05")
    assert told(store, "2028-03-05") == [
        ("2028-03-05", "L3.2", "Period [2028-02-01, 2028-03-07) was billed elsewhere and is carried over"),
        (
            "2028-03-05",
            "L3.6",
            f"Period [2028-03-07, 2028-03-14) opened, due for billing since 2028-03-04; invoice {INVOICE} of 0.00 SAR"
            " (0.00 SAR × 1, tax 0.00 SAR), due on 2028-03-19",
        ),
        ("2028-03-05", "L3.1", "pending → active: paid until 2028-03-14, grace until 2028-03-19"),
        ("2028-03-05", "L6.3", f"Invoice {INVOICE} is paid"),
    ]


def test_period_billed_ahead_on_the_first_day_is_not_said_to_be_late(store, tmp_path):
    """L3.1, L3.6: lead 10 reaches back to 25 Feb, but nothing is due of a membership that begins on the 28th."""
    club(tmp_path, plan=WEEKLY | {"lead_days": 10}, memberships=[{"started_on": "2028-02-28"}])
    nightly("2028-02-28")
    opened = [text.split(";")[0] for _, rule, text in told(store, "2028-02-28") if text.startswith("Period")]
    assert opened == ["Period [2028-02-28, 2028-03-06) opened", "Period [2028-03-06, 2028-03-13) opened"]


def test_amounts_of_the_story_have_the_decimals_of_their_currency(store, tmp_path):
    """L2.4."""
    dinar = {"currency": "KWD", "price": "10.125", "tax_rate": "0.05"}
    club(tmp_path, plan=WEEKLY | dinar, memberships=[{"started_on": "2028-02-28"}])
    nightly("2028-02-28")
    (_, _, text), *_ = told(store, "2028-02-28")
    assert "of 10.631 KWD (10.125 KWD × 1, tax 0.506 KWD)" in text


def test_story_tells_why_a_membership_was_set_aside(store, tmp_path):
    """L3.6."""
    plan = {"interval_unit": "day", "grace_days": "", "on_expiry": "collect"}
    club(tmp_path, plan=plan, memberships=[{"started_on": "2027-01-25"}])
    nightly("2028-02-29")
    set_aside = [text for _, _, text in told(store, "2028-02-29") if text.startswith("Set aside")]
    assert set_aside == [
        "Set aside for a person (too_many_periods): More than 400 periods are due, the next from 2028-02-29; "
        "check started_on and paid_until."
    ]


def test_facts_say_who_what_plan_and_whether_it_renews(store, tmp_path):
    club(
        tmp_path,
        plans=[{"plan": "gym", "name": "Gym"}, {"plan": "two", "name": "Two weeks", **WEEKLY, "interval_count": 2}],
        memberships=[
            {"customer": "ali", "started_on": "2028-02-28"},
            {"plan": "two", "started_on": "2028-02-28", "paid_until": "2028-03-13", "auto_renew": "false"},
        ],
    )
    nightly("2028-02-28")
    assert explain(store, "m1", day("2028-02-28")).facts == (
        "Customer ali, plan gym (Gym, every month), started on 2028-02-28; renews by itself."
    )
    assert explain(store, "m2", day("2028-02-28")).facts == (
        "Customer u, plan two (Two weeks, every 2 weeks), started on 2028-02-28, carried over until 2028-03-13; "
        "does not renew by itself."
    )


def test_membership_that_nobody_loaded_is_wrong_usage(store, tmp_path):
    """contract.md: exit code 2, one readable line with id, value, expectation."""
    club(tmp_path, memberships=[{"started_on": "2028-02-28"}])
    with pytest.raises(WrongUsage, match="Membership nobody is not known; expected the id of a loaded membership"):
        explain(store, "nobody", day("2028-02-28"))


# Where it stands -----------------------------------------------------------------------------------------------------


def test_standing_on_each_kind_of_day(store, tmp_path):
    """L3.4, L3.5: before the start, in grace by its days, active, in grace again, expired."""
    lapsing(tmp_path)
    unless = f"expires on 4 March 2028 unless {INVOICE} is paid (L3.4)"
    expected = {
        "2028-02-27": "pending: it starts with the first business day on or after 28 February 2028 (L3.1)",
        "2028-02-28": f"grace day 1 of 5; {unless}",
        "2028-02-29": f"grace day 2 of 5; {unless}",
        "2028-03-01": "active: paid until 6 March 2028 (L3.4)",
        "2028-03-05": "active: paid until 6 March 2028 (L3.4)",
        "2028-03-06": f"grace day 1 of 5; expires on 11 March 2028 unless {SECOND} is paid (L3.4)",
        "2028-03-10": f"grace day 5 of 5; expires on 11 March 2028 unless {SECOND} is paid (L3.4)",
        "2028-03-11": "expired since 11 March 2028: paid until 6 March 2028 (L3.4, L3.5)",
        "2028-03-20": "expired since 11 March 2028: paid until 6 March 2028 (L3.4, L3.5), as of 2028-03-11; "
        "2028-03-20 has not been run",
    }
    assert {on: standing(store, on) for on in expected} == expected


def test_day_with_two_changes_of_status_ends_with_the_last(store, tmp_path):
    """L1.6: pending, grace by the renewals, active by the status stage, all on the first day."""
    started, paid = {"started_on": "2028-02-28"}, {"amount": 115, "paid_on": "2028-02-28"}
    club(tmp_path, plan=WEEKLY, memberships=[started], payments=[paid])
    nightly("2028-02-28")
    assert standing(store, "2028-02-28") == "active: paid until 6 March 2028 (L3.4)"


def test_grace_of_an_invoice_that_came_late_is_counted_from_its_issue(store, tmp_path):
    """L3.4: started on 1 Feb, loaded on 28 Feb."""
    club(tmp_path, plan={"grace_days": 5}, memberships=[{"started_on": "2028-02-01"}])
    nightly("2028-02-28", "2028-02-29")
    assert standing(store, "2028-02-29") == (
        f"grace day 2 of 5; expires on 4 March 2028 unless {INVOICE} is paid (L3.4)"
    )


def test_grace_of_a_member_who_does_not_renew_ends_with_no_invoice_to_pay(store, tmp_path):
    """L3.4."""
    carried = {"started_on": "2028-02-01", "paid_until": "2028-02-28", "auto_renew": "false"}
    club(tmp_path, plan={"grace_days": 5}, memberships=[carried])
    nightly("2028-02-28")
    assert standing(store, "2028-02-28") == (
        "grace day 1 of 5; expires on 4 March 2028 unless a new period is paid (L3.4)"
    )


def test_grace_that_lasts_says_so(store, tmp_path):
    """L2.1: the plan has no grace days."""
    club(tmp_path, plan={"grace_days": ""}, memberships=[{"started_on": "2028-02-28"}])
    nightly("2028-02-28")
    assert standing(store, "2028-02-28") == (
        f"grace since 28 February 2028; it lasts until {INVOICE} is paid: the plan sets no end to grace (L3.4)"
    )


def test_expired_member_of_a_plan_that_collects_is_shown_its_debt_and_its_way_back(store, tmp_path):
    """L3.5: 2 March expired, 4 March paid and active again."""
    club(
        tmp_path,
        plan=WEEKLY | {"grace_days": 3, "on_expiry": "collect"},
        memberships=[{"started_on": "2028-02-28"}],
        payments=[{"amount": 115, "paid_on": "2028-03-04"}],
    )
    for on in ("2028-02-28", "2028-03-02", "2028-03-04"):
        night(on)
    assert standing(store, "2028-03-02") == (
        f"expired since 2 March 2028: paid until 28 February 2028; {INVOICE} is still open (L3.4, L3.5)"
    )
    assert standing(store, "2028-03-04") == "active: paid until 6 March 2028 (L3.4)"


def test_member_whose_debt_was_settled_after_the_status_of_the_day_is_said_to_be_active_from_tomorrow(store, tmp_path):
    """L1.6: m1 expires on 1 March and its money pays m2, which is in grace until the next day's status.

    Whatever the words, they count no negative days and threaten nobody whose debt is paid.
    """
    plans = [WEEKLY | {"grace_days": 2}, WEEKLY | {"plan": "other", "price": 50, "tax_rate": "0.2", "terms_days": 30}]
    started = {"started_on": "2028-02-28"}
    club(tmp_path, plans=plans, memberships=[started, started | {"plan": "other"}])
    nightly("2028-02-28")
    arrive(tmp_path, payments=[{"amount": 60, "paid_on": "2028-02-29", "membership": "m1"}])
    nightly("2028-02-29", "2028-03-01")
    said = standing(store, "2028-03-01", "m2")
    assert said.startswith("grace")
    assert "day -" not in said
    assert "expires" not in said


def test_member_without_a_price_is_said_to_wait_for_a_person(store, tmp_path):
    """L3.6: its first day is over, and no business day will start it before it is released."""
    club(tmp_path, plans=[{}, {"plan": "unpriced", "price": {"2030-01-01": 50}}], customers=[{}])
    insert = "INSERT INTO tajdid.memberships (membership, customer, plan, started_on)"
    store.exec_driver_sql(f"{insert} VALUES ('m1', 'u', 'unpriced', '2028-02-28')")
    flow("renewals", "2028-02-29")
    said = standing(store, "2028-02-29")
    assert "it starts with the first business day on or after 28 February 2028" not in said
    assert "no_price" in said or "person" in said or "quarantine" in said
