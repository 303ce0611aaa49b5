"""What a night bills, catches up, applies and refuses (L1.7, L1.8, L2, L3, L6.2), as other systems expect it of theirs.

Dates that a fact leaves open (a year, "today", any price) are ours and fixed. Peers that put several periods on one
invoice as items are compared item by item: we issue one invoice for each period.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from flows.business_day import run_days
from models.errors import ClosedDay
from models.rules.boundaries import days_between
from tests.support import view
from tests.vectors.asking import ask, day, day_after, each, facts_of
from tests.vectors.club import invoice_count, load_club, run


def periods_billed() -> list[tuple[date, date]]:
    return [(row["period_starts_on"], row["issued_on"]) for row in view("invoices", "invoice")]


@each(facts_of("catchup.missed_day"))
def test_day_missed_in_an_outage_is_billed_for_its_own_date(store, tmp_path, fact):
    """down from 1 April, due on the 10th, back on the 11th: the 11th first does the 1st to the 10th"""
    down, _ = (day(f"2024-{at}") for at in fact.input["down"])
    due, restart = (day(f"2024-{fact.input[name]}") for name in ("due", "restart"))
    load_club(tmp_path, memberships=[{"started_on": due.replace(month=3)}])
    run(down - timedelta(1))
    before = invoice_count(store)
    run(restart)
    assert (invoice_count(store) > before) == fact.expected["must_invoice"]
    assert periods_billed()[before:] == [(due, due)]


@each(facts_of("missed_day_must_still_bill"))
def test_first_run_after_the_billing_day_still_bills(store, tmp_path, fact):
    due = day(fact.input["next_invoice_date"])
    load_club(tmp_path, memberships=[{"started_on": due.replace(month=2), "paid_until": due}])
    run(day(fact.input["job_first_runs"]))
    assert invoice_count(store) == fact.expected["ours"]
    assert invoice_count(store) != fact.expected["peer_invoices"]


@each(facts_of("missed_day_must_still_bill"))
def test_flow_that_did_not_run_on_the_billing_day_bills_it_later(store, tmp_path, fact):
    """run alone a flow does no missed days: nothing may ask whether a period is due today"""
    due = day(fact.input["next_invoice_date"])
    load_club(tmp_path, memberships=[{"started_on": due.replace(month=2)}])
    list(run_days("renewals", due - timedelta(1)))
    before = invoice_count(store)
    list(run_days("renewals", day(fact.input["job_first_runs"])))
    assert invoice_count(store) - before == fact.expected["ours"]


@each(facts_of("billing.no_change_rerun"))
def test_later_run_without_a_new_period_bills_nothing(store, tmp_path, fact):
    i = fact.input
    load_club(tmp_path, memberships=[{"started_on": i["start"], "unit_price": i["monthly"]}])
    run(day(i["first_target"]))
    before = invoice_count(store)
    run(day(i["second_target"]))
    assert before
    assert (invoice_count(store) - before or None) == fact.expected["second_invoice"]


@each(facts_of("billing.phase_price_changes"))
def test_each_period_has_the_newest_price_at_its_start(store, tmp_path, fact):
    i, e = fact.input, fact.expected
    prices = [{"effective_from": since, "price": price} for since, price in i["prices"]]
    load_club(tmp_path, prices=prices, memberships=[{"started_on": i["prices"][0][0]}])
    run(day(i["target"]))
    assert invoice_count(store) == e["items"]
    assert sum(row["open"] for row in view("invoices")) == Decimal(e["balance"])


@each(facts_of("already_billed_is_by_period_not_posting_date"))
def test_period_billed_after_its_end_does_not_hide_the_next(store, tmp_path, fact):
    """period 1 from 15 January is billed on 20 February, when period 2 has begun"""
    load_club(tmp_path, memberships=[{"started_on": "2024-01-15"}])
    run(date(2024, 2, 20))
    starts = [starts_on for starts_on, _ in periods_billed()]
    assert (date(2024, 2, 15) in starts) == fact.expected["period_2_invoiced"]


@each(facts_of("ended_membership_not_charged"))
def test_membership_that_does_not_renew_is_not_billed_after_its_end(store, tmp_path, fact):
    """the peer includes the last day and bills on the 21st: for us the first day that would be a new period"""
    ends_on = day_after(day(fact.input["end"]))
    assert ends_on.day == fact.input["bill_day"]
    load_club(tmp_path, memberships=[{"started_on": "2017-06-21", "paid_until": ends_on, "auto_renew": False}])
    run(ends_on)
    assert (invoice_count(store) > 0) == fact.expected["charged_on_2017_07_21"]


@each(facts_of("renew_within_tolerance"))
def test_renewal_within_grace_counts_from_the_old_end(store, tmp_path, fact):
    i, e = fact.input, fact.expected
    membership = {"started_on": "2024-05-01", "paid_until": i["end"]}
    load_club(tmp_path, plan={"grace_days": i["tolerance_days"]}, memberships=[membership])
    run(day(i["renewed_on"]))
    (row,) = view("invoices")
    assert (row["period_starts_on"], row["period_ends_on"]) == (day(e["counted_from"]), day(e["new_end"]))


@each(facts_of("overdue.due_date"))
def test_invoice_is_due_after_its_terms_and_overdue_from_the_next_day(store, tmp_path, fact):
    i, e = fact.input, fact.expected
    load_club(tmp_path, plan={"terms_days": i["net_term_days"]}, memberships=[{"started_on": i["invoice_date"]}])
    run(day(i["invoice_date"]))
    (row,) = view("invoices")
    assert row["due_on"] == day(e["due"])
    types = {"due_on": sa.Date, "day": sa.Date}
    days = [(row["due_on"], day(e["due"])), (row["due_on"], day(e["overdue_from"]))]
    assert ask(store, types, days, lambda asked: days_between(asked.due_on, asked.day)) == [(0,), (1,)]


@each(facts_of("price_override"))
def test_own_price_of_a_membership_is_used_instead_of_the_plans(store, tmp_path, fact):
    load_club(tmp_path, memberships=[{"started_on": "2024-01-01", "unit_price": fact.input["given"]}])
    run(date(2024, 1, 1))
    (row,) = view("invoices")
    assert row["total"] == fact.expected["unit_price"]


@each(facts_of("invoice.balance"))
def test_unapplied_credit_lowers_what_is_left_of_an_invoice(store, tmp_path, fact):
    """charge 100, account credit used -20: here a payment of 20 that came first"""
    (_, charge), (_, credit) = fact.input["items"]
    payment = {"amount": -Decimal(credit), "paid_on": "2024-01-01"}
    load_club(tmp_path, memberships=[{"started_on": "2024-01-01", "unit_price": charge}], payments=[payment])
    run(date(2024, 1, 1))
    (row,) = view("invoices")
    assert row["total"] == Decimal(fact.expected["charged"])
    assert row["open"] == Decimal(fact.expected["balance"])


@each(facts_of("account.balance"))
def test_credit_of_an_account_whose_invoices_are_paid_stays_unapplied(store, tmp_path, fact):
    balances = [Decimal(balance) for balance in fact.input["invoice_balances"]]
    credit = Decimal(fact.input["account_credit"])
    payment = {"amount": 100 * len(balances) + credit, "paid_on": "2024-01-01"}
    load_club(tmp_path, memberships=[{"started_on": "2024-01-01"}] * len(balances), payments=[payment])
    run(date(2024, 1, 1))
    open_amounts = [row["open"] for row in view("invoices")]
    assert open_amounts == balances
    unapplied = sum(row["amount"] for row in view("customer_credit"))
    assert sum(open_amounts) - unapplied == Decimal(fact.expected["account_balance"])


@each(facts_of("run_older_than_last_run_rejected"))
def test_run_for_a_day_before_the_last_one_is_refused(store, fact):
    today = date(2024, 6, 30)
    assert fact.input == {"last_run": "today", "new_run": "today-15"}
    assert run(today)
    with pytest.raises(ClosedDay):
        list(run_days("nightly", today - timedelta(15)))
    assert not fact.expected["accepted"]


@each(facts_of("discount_over_100_rejected", "next_invoice_before_start_rejected"))
def test_membership_that_makes_no_sense_is_rejected(store, tmp_path, fact):
    i = fact.input
    row = {"started_on": i.get("start", "2018-01-01"), "discount_percent": i.get("discount_percent", 0)}
    billed_next = {"paid_until": i["next_invoice_date"]} if "next_invoice_date" in i else {}
    memberships = load_club(tmp_path, memberships=[row | billed_next])["memberships"]
    assert (memberships.loaded, memberships.rejected) == (int(fact.expected["accepted"]), 1)


@each(facts_of("idempotency.same_id"))
def test_payment_that_is_loaded_again_is_the_one_there_already(store, tmp_path, fact):
    payment = {"amount": 10, "paid_on": "2024-01-01"}
    loaded = [load_club(tmp_path, memberships=[], payments=[payment])["payments"] for _ in range(2)]
    assert [(of.loaded, of.unchanged) for of in loaded] == [(1, 0), (0, 1)]
    assert fact.expected == {"result": "exists"}
