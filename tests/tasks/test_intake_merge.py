"""New, the same, changed, or no longer to be changed: what becomes of a record whose id is known? (intake.md)"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from flows.business_day import run_days
from models.intake.catalogue import ENTITIES
from tests.tasks.intake_club import ORDINARY, club, counts, load, message, reasons, rejected, row, stored

CHANGES: dict[str, dict[str, Any]] = {
    "companies": {"name": "Acme & Sons"},
    "close_reasons": {"customer_may_choose": "false"},
    "credit_types": {"decimals": "2"},
    "plans": {"grace_days": None},
    "plan_prices": {"price": "120.00"},
    "plan_credits": {"quantity": "3"},
    "loyalty_rules": {"points": "2"},
    "dunning_levels": {"fee": None},
    "customers": {"tags": "vip;new", "custom": '{"a": 1}'},
    "memberships": {"unit_price": "90.00"},
    "payments": {"amount": "116.00"},
    "refunds": {"reason": "moved"},
    "freezes": {"starts_on": "2028-02-11"},
    "closures": {"effective": "period_end"},
    "renewals": {"requested_on": "2028-03-02"},
    "credit_charges": {"quantity": "3"},
    "credit_usages": {"note": "late"},
    "redemptions": {"points": "11"},
}
"""A change of each entity that is welcome as long as nothing depends on the record."""
WAITING = ["payments", "refunds", "freezes", "closures", "renewals", "credit_charges", "credit_usages", "redemptions"]


@pytest.fixture(autouse=True)
def _club(store, tmp_path):
    club()
    load(tmp_path, "memberships", row("memberships"))


def apply(store: sa.Connection, entity: str) -> None:
    """Mark all records of an entity as applied, as a business day would."""
    table = ENTITIES[entity].table
    marks = {"applied_on": date(2028, 3, 1), "run_id": 1, "outcome": "done"}
    store.execute(sa.update(table).values({name: value for name, value in marks.items() if name in table.c}))


# Again ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ORDINARY)
def test_the_same_record_again_changes_nothing_and_another_content_updates_it(tmp_path, entity):
    load(tmp_path, entity, row(entity))
    before = stored(entity)
    assert counts(load(tmp_path, entity, row(entity))) == (0, 1, 0)
    assert stored(entity) == before
    changed = row(entity, **CHANGES[entity])
    assert counts(load(tmp_path, entity, changed)) == (1, 0, 0)
    assert stored(entity) != before
    assert counts(load(tmp_path, entity, changed)) == (0, 1, 0)
    assert counts(load(tmp_path, entity, row(entity))) == (1, 0, 0)
    assert stored(entity) == before
    assert rejected("reason") == []


def test_the_same_content_may_be_written_otherwise(tmp_path):
    load(tmp_path, "customers", row("customers", custom='{"a": 1, "b": 2}', dunning_blocked="false"))
    assert counts(load(tmp_path, "customers", row("customers", custom='{"b": 2.0, "a": 1}'))) == (0, 1, 0)
    load(tmp_path, "payments", row("payments", amount="115", reference=""))
    assert counts(load(tmp_path, "payments", row("payments", amount="115.00"))) == (0, 1, 0)
    same = row("memberships", quantity="1.0", discount_percent="0.00", paid_until="2028-01-31")
    assert counts(load(tmp_path, "memberships", same)) == (0, 1, 0)


def test_a_column_that_is_missing_says_empty(tmp_path):
    """intake.md: missing or empty is NULL; a file says everything of its records."""
    load(tmp_path, "customers", row("customers", city="Riyadh"))
    assert counts(load(tmp_path, "customers", row("customers"))) == (1, 0, 0)
    assert stored("customers", "city")[0] == (None,)


def test_new_same_changed_and_bad_records_of_one_file_are_told_apart(tmp_path):
    load(tmp_path, "customers", row("customers", customer="C2"), row("customers", customer="C3"))
    loaded = load(
        tmp_path,
        "customers",
        row("customers", customer="C4"),
        row("customers", customer="C2"),
        row("customers", customer="C3", name="Other"),
        row("customers", customer="C5", kind="robot"),
    )
    assert counts(loaded) == (2, 1, 1)
    assert ("C3", "Other") in stored("customers", "customer", "name")


# Repeated in a file ---------------------------------------------------------------------------------------------------


def test_a_record_that_stands_twice_in_a_file_with_the_same_content_is_loaded_once(tmp_path):
    same = [row("payments"), row("payments"), row("payments", amount="115")]
    assert counts(load(tmp_path, "payments", *same)) == (1, 2, 0)
    assert counts(load(tmp_path, "payments", *same)) == (0, 3, 0)


def test_of_an_id_that_stands_twice_in_a_file_with_other_content_the_first_is_loaded(tmp_path):
    other = row("payments", amount="1", method="cash")
    assert counts(load(tmp_path, "payments", row("payments"), other, row("payments"), other)) == (1, 1, 2)
    assert stored("payments", "amount_minor") == [(11500,)]
    assert rejected("record", "reason", "line") == [("P1", "duplicate_in_file", 3), ("P1", "duplicate_in_file", 5)]
    assert rejected("message")[0][0] == (
        "the id stands in line 2 too, with another amount, method; expected it once. "
        "Correct payments.csv line 3 and load it again."
    )


def test_a_bad_record_does_not_stand_in_the_way_of_a_good_one_with_its_id(tmp_path):
    bad = [row("payments", amount="x"), row("payments", customer="nobody")]
    assert counts(load(tmp_path, "payments", *bad, row("payments"))) == (1, 0, 2)


def test_a_key_of_several_columns_is_the_same_only_if_all_of_them_are(tmp_path):
    versions = [("2021-01-01", "1"), ("2022-01-01", "1"), ("2022-01-01", "1"), ("2022-01-01", "2")]
    rows = [row("plan_prices", effective_from=day, price=price) for day, price in versions]
    assert counts(load(tmp_path, "plan_prices", *rows)) == (2, 1, 1)
    assert reasons() == {"month/2022-01-01": "duplicate_in_file"}


# Applied --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", WAITING)
def test_a_fact_that_a_business_day_has_applied_is_never_rewritten(store, tmp_path, entity):
    load(tmp_path, entity, row(entity))
    apply(store, entity)
    before = stored(entity)
    assert counts(load(tmp_path, entity, row(entity, **CHANGES[entity]))) == (0, 0, 1)
    assert stored(entity) == before
    assert set(reasons().values()) == {"changed_after_applied"}
    (changed,) = CHANGES[entity]
    assert message().startswith(f"{changed} is {CHANGES[entity][changed]}")
    assert "expected no change, because a business day has applied the record." in message()
    assert message().endswith("Load it as it is stored, or load a new record that corrects it.")
    assert counts(load(tmp_path, entity, row(entity))) == (0, 1, 0)


def test_the_message_tells_what_is_stored_as_a_file_would_say_it(store, tmp_path):
    load(tmp_path, "payments", row("payments"))
    apply(store, "payments")
    load(tmp_path, "payments", row("payments", currency="KWD", amount="1.234", method="cash"))
    assert message().startswith(
        "amount is 1.234, stored as 115.00; currency is KWD, stored as SAR; method is cash, stored as empty; expected"
    )


# Locked ---------------------------------------------------------------------------------------------------------------


def locked(folder, entity: str, **changes: Any) -> list[str]:
    """Which of these changes the stored row does not take, each tried by itself."""
    found = []
    for n, (name, value) in enumerate(changes.items()):
        if load(folder, entity, row(entity, **{name: value}), name=f"{entity}-{name}-{n}.csv").rejected:
            found.append(name)
        else:
            load(folder, entity, row(entity))
    assert set(reasons().values()) <= {"changed_after_applied"}
    return found


MEMBERSHIP = {
    "customer": "C2",
    "plan": "other",
    "started_on": "2028-01-30",
    "paid_until": "2028-02-29",
    "auto_renew": "false",
    "quantity": "2",
    "unit_price": "90.00",
    "discount_percent": "10",
}
PLAN = {
    "company": "kwt",
    "currency": "KWD",
    "interval_unit": "week",
    "interval_count": "2",
    "name": "Month",
    "tax_rate": "0.05",
    "tax_included": "true",
    "grace_days": None,
    "on_expiry": "collect",
}
COMPANY = {"invoice_prefix": "NEW", "currency": "KWD", "name": "New", "timezone": "Asia/Dubai", "language": "ar"}


def test_what_has_not_begun_may_change(tmp_path):
    load(tmp_path, "customers", row("customers", customer="C2"))
    load(tmp_path, "plans", row("plans", plan="other"))
    load(tmp_path, "plan_prices", row("plan_prices", plan="other"))
    assert locked(tmp_path, "memberships", **MEMBERSHIP) == []
    assert locked(tmp_path, "companies", **COMPANY) == []


def test_of_what_a_business_day_has_counted_with_only_what_is_to_come_may_change(tmp_path):
    """A membership keeps who, what and since when; a plan how it counts; a company the numbers of its invoices."""
    load(tmp_path, "customers", row("customers", customer="C2"))
    load(tmp_path, "plans", row("plans", plan="other"))
    load(tmp_path, "plan_prices", row("plan_prices", plan="other"))
    list(run_days("nightly", date(2028, 1, 31)))
    assert locked(tmp_path, "memberships", **MEMBERSHIP) == ["customer", "plan", "started_on", "paid_until"]
    assert locked(tmp_path, "plans", **PLAN) == ["company", "currency", "interval_unit", "interval_count"]
    assert locked(tmp_path, "companies", **COMPANY) == ["invoice_prefix", "currency"]
    assert locked(tmp_path, "customers", company="kwt", name="New") == ["company"]


def test_of_a_plan_whose_memberships_have_not_begun_the_counting_may_change(tmp_path):
    """Company and currency may not: customers of the one and prices in the other depend on them."""
    assert locked(tmp_path, "plans", **PLAN) == ["company", "currency"]


def test_a_currency_in_whose_minor_units_amounts_are_kept_may_not_change(tmp_path):
    """100.00 SAR would become 10.000 KWD."""
    new = row("plans", plan="new")
    load(tmp_path, "plans", new | {"currency": "KWD"})
    assert counts(load(tmp_path, "plans", new)) == (1, 0, 0)
    load(tmp_path, "plan_prices", row("plan_prices", plan="new"))
    assert counts(load(tmp_path, "plans", new | {"currency": "KWD"})) == (0, 0, 1)
    load(tmp_path, "dunning_levels", row("dunning_levels"))
    assert locked(tmp_path, "companies", **COMPANY) == ["currency"]


def test_a_customer_with_money_stays_with_its_company(tmp_path):
    load(tmp_path, "customers", row("customers", customer="C2"))
    load(tmp_path, "payments", row("payments", customer="C2"))
    assert counts(load(tmp_path, "customers", row("customers", customer="C2", company="kwt"))) == (0, 0, 1)
    assert "because the customer has memberships, payments or credits" in message()


def test_the_message_stays_one_short_line_whatever_the_texts(store, tmp_path):
    load(tmp_path, "payments", row("payments", reference="old\n" * 2_000))
    apply(store, "payments")
    load(tmp_path, "payments", row("payments", reference="new\n" * 2_000))
    assert "reference is new\ufffdnew" in message() and "(8000 characters), stored as old\ufffd" in message()
    assert "\n" not in message() and len(message()) < 500
