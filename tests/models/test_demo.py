"""The demo's files are complete, valid but for five rows, the same every time, and lifelike."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest

from models.demo import demo_files
from models.demo.periods import boundary
from models.demo.plans import PLANS, Plan
from models.demo.rejects import deliberately_bad_payments
from models.demo.rows import COLUMNS, Row, row
from models.demo.setting import Setting

FIRST_DAY = date(2028, 1, 3)
DAYS = 75
MEMBERS = 3000
DEMO_DAYS = {(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS)}

REQUIRED = {
    "companies": "company name timezone currency invoice_prefix",
    "plans": "plan company name interval_unit interval_count currency tax_rate tax_included terms_days lead_days "
    "auto_renew closable on_expiry",
    "plan_prices": "plan effective_from price",
    "customers": "customer company kind name",
    "memberships": "membership customer plan started_on",
    "payments": "payment customer amount currency paid_on",
    "refunds": "refund customer amount currency refunded_on",
}
"""The columns that intake.md marks with a star."""
DECIMALS = {"SAR": 2, "IRR": 2, "KWD": 3}
ARABIC_ONLY, PERSIAN_ONLY = set("يكةىأإ"), set("یکگچپژ")

Files = dict[str, list[Row]]


@pytest.fixture(scope="module")
def files() -> Files:
    return demo_files(first_day=FIRST_DAY, days=DAYS, members=MEMBERS)


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
    for entity, rows in files.items():
        key = COLUMNS[entity][:2] if entity == "plan_prices" else COLUMNS[entity][:1]
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
        assert 4 <= len(plans) <= 6
        assert rises
        for column in ("terms_days", "lead_days", "grace_days", "auto_renew", "on_expiry", "closable", "reminder_days"):
            assert len({plan[column] for plan in plans.values()}) > 1, column
        assert sum(plan["grace_days"] == "" for plan in plans.values()) == 1


def test_the_gym_has_a_saudi_tax_number(files: Files) -> None:
    """ZATCA: fifteen digits beginning and ending with 3; of corporate customers too."""
    customers = [customer for customer in files["customers"] if customer["country"] == "SA" and customer["tax_number"]]
    assert customers
    for record in [by_id(files["companies"])["himma"], *customers]:
        assert re.fullmatch(r"3\d{13}3", record["tax_number"])


def test_memberships_are_shared_45_30_25(files: Files) -> None:
    plans = by_id(files["plans"])
    held = Counter(plans[membership["plan"]]["company"] for membership in files["memberships"])
    assert held == {"himma": 1350, "sepidar": 900, "dhow": 750}


@pytest.mark.parametrize(
    ("company", "script", "least"),
    [("himma", r"[\u0621-\u06ff]", 0.85), ("sepidar", r"[\u0621-\u06ff]", 0.9), ("dhow", "[A-Za-z]", 0.85)],
)
def test_customers_are_named_as_their_city_names_people(files: Files, company: str, script: str, least: float) -> None:
    named = [customer["name"] for customer in files["customers"] if customer["company"] == company]
    assert sum(bool(re.match(script, name)) for name in named) / len(named) >= least
    assert len(set(named)) / len(named) > 0.8


def test_arabic_names_have_no_persian_letters_and_persian_ones_no_arabic(files: Files) -> None:
    for customer in files["customers"]:
        foreign = ARABIC_ONLY if customer["company"] == "sepidar" else PERSIAN_ONLY
        assert not foreign & set(customer["name"]), customer["name"]


def test_nobody_real_can_be_reached(files: Files) -> None:
    """Reserved mail domains (RFC 2606), and mobile prefixes that no operator has."""
    reserved = re.compile(r"[^@\s]+@(example\.(com|org)|[a-z0-9-]+\.example)")
    for customer in files["customers"]:
        assert not customer["email"] or (customer["email"].isascii() and reserved.fullmatch(customer["email"]))
        assert re.fullmatch(r"(\+96652\d{7}|\+9892[678]\d{7}|\+9655[34]\d{6})?", customer["whatsapp"])
        dialled = re.sub(r"^\+(966|98|965)|^0| ", "", customer["phone"])
        assert re.fullmatch(r"(52\d{7}|92[678]\d{7}|5[34]\d{6})?", dialled), customer["phone"]
    assert all(reserved.fullmatch(company["email_from"]) for company in files["companies"])


def test_most_customers_can_be_reached_but_not_all(files: Files) -> None:
    customers = files["customers"]
    with_mail = sum(bool(customer["email"]) for customer in customers)
    unreachable = sum(not customer["email"] and not customer["phone"] for customer in customers)
    assert 0.7 < with_mail / len(customers) < 0.95
    assert 0.02 < unreachable / len(customers) < 0.1


def test_some_customers_speak_another_language_or_hold_two_memberships(files: Files) -> None:
    languages = {company["company"]: company["language"] for company in files["companies"]}
    native = sum(customer["language"] == languages[customer["company"]] for customer in files["customers"])
    assert 0.8 < native / len(files["customers"]) < 1
    held = Counter(membership["customer"] for membership in files["memberships"])
    assert set(held.values()) == {1, 2}


def test_only_organizations_buy_several_seats(files: Files) -> None:
    customers = by_id(files["customers"])
    for membership in files["memberships"]:
        seats = int(membership["quantity"] or 1)
        assert (seats > 1) == (customers[membership["customer"]]["kind"] == "organization")


def test_customers_join_when_their_first_membership_begins(files: Files) -> None:
    starts: dict[str, str] = {}
    for membership in files["memberships"]:
        starts[membership["customer"]] = min(membership["started_on"], starts.get(membership["customer"], "9999"))
    assert {customer["customer"]: customer["joined_on"] for customer in files["customers"]} == starts


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
