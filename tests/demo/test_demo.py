"""The demo's files are complete, valid but for five rows, the same every time, and lifelike."""

import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal

import pytest

from models.demo import demo_files
from models.demo.periods import boundary
from models.demo.plans import PLANS, Plan
from models.demo.rejects import deliberately_bad_payments
from models.demo.rows import COLUMNS, row
from models.demo.setting import Setting
from tests.demo.facts import DAYS, DEMO_DAYS, FIRST_DAY, MEMBERS, Files, Row

REQUIRED = {
    "companies": "company name timezone currency invoice_prefix",
    "close_reasons": "company reason customer_may_choose",
    "credit_types": "company credit_type unit decimals",
    "plans": "plan company name interval_unit interval_count currency tax_rate tax_included terms_days lead_days "
    "auto_renew closable on_expiry",
    "plan_prices": "plan effective_from price",
    "plan_credits": "plan credit_type quantity",
    "loyalty_rules": "rule company priority spend_amount points",
    "dunning_levels": "company level days_overdue",
    "customers": "customer company kind name",
    "memberships": "membership customer plan started_on",
    "payments": "payment customer amount currency paid_on",
    "refunds": "refund customer amount currency refunded_on",
    "freezes": "freeze membership requested_on starts_on resumes_on",
    "closures": "closure membership requested_on origin effective",
    "renewals": "renewal membership requested_on",
    "credit_charges": "charge customer credit_type quantity charged_on starts_on",
    "credit_usages": "usage customer credit_type quantity used_on",
    "redemptions": "redemption customer points requested_on",
}
"""The columns that intake.md marks with a star."""
KEYS = {
    "close_reasons": 2,
    "credit_types": 2,
    "plan_prices": 2,
    "plan_credits": 2,
    "dunning_levels": 2,
}
"""How many columns make the id, where it is not the first alone."""
DECIMALS = {"SAR": 2, "IRR": 2, "KWD": 3}


@pytest.fixture(scope="module")
def good_payments(files: Files) -> list[Row]:
    return [payment for payment in files["payments"] if not payment["payment"].startswith("BAD-")]


def by_id(rows: list[Row]) -> dict[str, Row]:
    """Rows by their first column, the external id."""
    return {next(iter(record.values())): record for record in rows}


def plan_named(code: str) -> Plan:
    return next(plan for plan in PLANS if plan.code == code)


def test_same_arguments_give_the_same_rows(files: Files) -> None:
    assert demo_files(first_day=FIRST_DAY, days=DAYS, members=MEMBERS, seed=1447) == files


def test_another_seed_gives_other_people(files: Files) -> None:
    other = demo_files(first_day=FIRST_DAY, days=DAYS, members=MEMBERS, seed=1448)
    assert other["customers"] != files["customers"]
    assert other["plans"] == files["plans"]


def test_a_demo_without_a_day_or_with_too_few_members_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 10 memberships and 1 day"):
        demo_files(first_day=FIRST_DAY, days=0)
    with pytest.raises(ValueError, match="A demo of 9 memberships"):
        demo_files(first_day=FIRST_DAY, days=DAYS, members=9)


@pytest.mark.parametrize(("first_day", "days"), [(date(2028, 2, 29), 1), (date(2027, 12, 31), 400)])
def test_any_first_day_and_length_and_the_smallest_size_will_do(first_day: date, days: int) -> None:
    small = demo_files(first_day=first_day, days=days, members=10)
    assert len(small["memberships"]) == 10
    assert {customer["company"] for customer in small["customers"]} == set(by_id(small["companies"]))


def test_files_and_columns_stand_in_the_order_of_intake(files: Files) -> None:
    assert list(files) == list(REQUIRED)
    for entity, rows in files.items():
        assert all(tuple(record) == COLUMNS[entity] for record in rows)


def test_every_required_column_is_filled_and_every_value_is_text(files: Files) -> None:
    for entity, rows in files.items():
        assert rows
        for record in rows:
            assert all(type(value) is str and value == value.strip() for value in record.values())
            assert all(record[column] for column in REQUIRED[entity].split()), (entity, record)


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        row("companies", colour="red")


def test_ids_are_unique(files: Files) -> None:
    """But those of freezes: the same id again is a change (L4.4)."""
    for entity, rows in files.items():
        key = ("freeze", "requested_on") if entity == "freezes" else COLUMNS[entity][: KEYS.get(entity, 1)]
        counted = Counter(tuple(record[column] for column in key) for record in rows)
        assert max(counted.values()) == 1, entity


def test_references_resolve_within_one_company(files: Files, good_payments: list[Row]) -> None:
    companies, plans = by_id(files["companies"]), by_id(files["plans"])
    customers, memberships = by_id(files["customers"]), by_id(files["memberships"])
    assert all(plan["company"] in companies for plan in plans.values())
    assert {price["plan"] for price in files["plan_prices"]} == set(plans)
    for membership in memberships.values():
        assert customers[membership["customer"]]["company"] == plans[membership["plan"]]["company"]
    for record in [*good_payments, *files["refunds"]]:
        company = companies[customers[record["customer"]]["company"]]
        assert record["currency"] == company["currency"]
    for payment in good_payments:
        if payment["membership"]:
            assert memberships[payment["membership"]]["customer"] == payment["customer"]


def test_exactly_five_payments_are_wrong_on_purpose(files: Files, good_payments: list[Row]) -> None:
    bad = deliberately_bad_payments(Setting(FIRST_DAY, DAYS, MEMBERS, 1447))
    assert len(bad) == 5
    assert files["payments"] == good_payments + bad
    assert len({record["reference"] for record in bad}) == 5


def test_every_other_amount_and_date_can_be_read(files: Files, good_payments: list[Row]) -> None:
    for record in [*good_payments, *files["refunds"]]:
        assert re.fullmatch(rf"\d+\.\d{{{DECIMALS[record['currency']]}}}", record["amount"])
        assert Decimal(record["amount"]) > 0
        assert record.get("paid_on", record.get("refunded_on")) in DEMO_DAYS
    for membership in files["memberships"]:
        started_on = date.fromisoformat(membership["started_on"])
        assert not membership["paid_until"] or started_on < date.fromisoformat(membership["paid_until"])
        assert started_on.isoformat() in DEMO_DAYS or started_on < FIRST_DAY


def test_renewing_plans_do_not_expire_on_the_day_they_bill(files: Files) -> None:
    """L2.2; held by all plans, as a membership may renew by its own word."""
    for plan in files["plans"]:
        assert plan["grace_days"] == "" or int(plan["grace_days"]) >= 1 or int(plan["lead_days"]) >= 1


def test_every_membership_has_a_price_from_its_first_day(files: Files) -> None:
    """L2.1: a plan without a price version for the start would have the membership rejected."""
    first_prices = {price["plan"]: price["effective_from"] for price in reversed(files["plan_prices"])}
    assert all(first_prices[held["plan"]] <= held["started_on"] for held in files["memberships"])


def test_each_company_sells_varied_plans_and_raises_a_price_in_the_middle(files: Files) -> None:
    for company in by_id(files["companies"]):
        plans = {plan["plan"]: plan for plan in files["plans"] if plan["company"] == company}
        rises = [
            price for price in files["plan_prices"] if price["plan"] in plans and price["effective_from"] in DEMO_DAYS
        ]
        assert 4 <= len(plans) <= 7
        assert rises
        for column in ("terms_days", "lead_days", "grace_days", "auto_renew", "on_expiry", "closable", "reminder_days"):
            assert len({plan[column] for plan in plans.values()}) > 1, column
        assert sum(plan["grace_days"] == "" for plan in plans.values()) == 1


def test_tehran_counts_in_jalali_months_and_one_plan_of_riyadh_in_hijri_ones(files: Files) -> None:
    """L1.4; the Hijri plan has its members."""
    calendars = {plan["plan"]: plan["calendar"] for plan in files["plans"]}
    assert {calendar for plan, calendar in calendars.items() if plan.startswith("sepidar")} == {"jalali"}
    assert {calendar for plan, calendar in calendars.items() if plan.startswith("dhow")} == {"gregorian"}
    hijri = [plan for plan, calendar in calendars.items() if calendar == "hijri"]
    assert hijri == ["himma-hijri"]
    assert sum(membership["plan"] in hijri for membership in files["memberships"]) > 50


def test_memberships_are_shared_45_30_25(files: Files) -> None:
    plans = by_id(files["plans"])
    held = Counter(plans[membership["plan"]]["company"] for membership in files["memberships"])
    assert held == {"himma": 1350, "sepidar": 900, "dhow": 750}


def test_memberships_are_mostly_carried_over_and_some_begin_in_the_demo(files: Files) -> None:
    memberships = files["memberships"]
    new = [membership["started_on"] for membership in memberships if membership["started_on"] in DEMO_DAYS]
    assert 0.75 < sum(bool(membership["paid_until"]) for membership in memberships) / MEMBERS < 0.9
    assert len(set(new)) > DAYS * 0.9
    assert {"2028-01-31", "2028-02-29"} <= set(new)
    assert any(membership["discount_percent"] for membership in memberships)
    assert any(membership["unit_price"] for membership in memberships)


def test_a_business_day_renews_one_membership_in_forty(files: Files, good_payments: list[Row]) -> None:
    """Counts the boundaries in the demo of memberships that auto-renew and whose customers pay at all."""
    payers = {payment["customer"] for payment in good_payments}
    renewals = Counter[str]()
    for membership in files["memberships"]:
        plan = plan_named(membership["plan"])
        renews = membership["auto_renew"] == "true" or (plan.auto_renew and not membership["auto_renew"])
        if renews and membership["customer"] in payers:
            anchor = date.fromisoformat(membership["paid_until"] or membership["started_on"])
            first = 0 if membership["paid_until"] else 1
            renewals.update(boundary(plan, anchor, number).isoformat() for number in range(first, DAYS))
    on_demo_days = [renewals[day] for day in DEMO_DAYS]
    assert sum(on_demo_days) / DAYS >= MEMBERS / 40
    assert min(on_demo_days) >= MEMBERS / 120


def test_payments_arrive_on_every_day_mostly_for_the_sum_due(files: Files, good_payments: list[Row]) -> None:
    assert {payment["paid_on"] for payment in good_payments} == DEMO_DAYS
    monthly = [
        membership["membership"]
        for membership in files["memberships"]
        if membership["plan"] == "sepidar-month" and not membership["unit_price"] and not membership["discount_percent"]
    ]
    paid = [payment["amount"] for payment in good_payments if payment["membership"] in monthly]
    exact = sum(amount in ("26950000.00", "30690000.00") for amount in paid)
    assert 0.65 < exact / len(paid) < 0.95
    assert {"26950000.00", "30690000.00"} <= set(paid)


def test_every_way_of_paying_is_used(files: Files, good_payments: list[Row]) -> None:
    assert {payment["method"] for payment in good_payments} == {"mada", "shetab", "knet", "card", "transfer", "cash"}
    unnamed = sum(not payment["membership"] for payment in good_payments)
    assert 0.05 < unnamed / len(good_payments) < 0.25


def test_some_refunds_ask_for_money_that_was_spent(files: Files, good_payments: list[Row]) -> None:
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in good_payments:
        paid[payment["customer"]] += Decimal(payment["amount"])
    impossible = [refund for refund in files["refunds"] if Decimal(refund["amount"]) > paid[refund["customer"]]]
    assert 0 < len(impossible) < len(files["refunds"]) < 100
