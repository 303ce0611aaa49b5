"""What the demo's members hold besides time, use and redeem, and how the whole demo looks to the rules."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from models.demo import demo_files
from tests.demo.facts import DAYS, DEMO_DAYS, FIRST_DAY, Files
from tests.oracle import Files as OracleFiles
from tests.oracle import Oracle


@pytest.fixture(scope="module")
def company_of(files: Files) -> dict[str, str]:
    """Customer -> its company."""
    return {customer["customer"]: customer["company"] for customer in files["customers"]}


def test_quantities_fit_the_credit_types_of_the_customer_s_company(files: Files, company_of: dict[str, str]) -> None:
    decimals = {(kind["company"], kind["credit_type"]): int(kind["decimals"]) for kind in files["credit_types"]}
    plans = {plan["plan"]: plan["company"] for plan in files["plans"]}
    held = [(plans[credit["plan"]], credit) for credit in files["plan_credits"]]
    held += [(company_of[used["customer"]], used) for used in files["credit_charges"] + files["credit_usages"]]
    for company, record in held:
        quantity = Decimal(record["quantity"])
        assert 0 < quantity == round(quantity, decimals[company, record["credit_type"]]), record


def test_charges_are_of_points_packages_and_presents_some_without_an_end(files: Files) -> None:
    """L7.2; points brought along are charged on the first day."""
    charges = files["credit_charges"]
    for charge in charges:
        assert charge["charged_on"] in DEMO_DAYS
        assert charge["charged_on"] <= charge["starts_on"]
        assert not charge["expires_on"] or charge["starts_on"] < charge["expires_on"]
    assert {charge["charged_on"] for charge in charges if charge["credit_type"] == "points"} == {FIRST_DAY.isoformat()}
    assert any(not charge["expires_on"] for charge in charges)
    assert any(charge["charged_on"] < charge["starts_on"] for charge in charges)
    assert any(charge["expires_on"] in DEMO_DAYS for charge in charges)


def test_members_use_what_they_hold_a_few_times(files: Files) -> None:
    """L7.3: on every day after the first, and for what their own membership gives or was charged."""
    usages = files["credit_usages"]
    customers = {membership["membership"]: membership["customer"] for membership in files["memberships"]}
    assert all(customers[usage["membership"]] == usage["customer"] for usage in usages)
    assert {usage["used_on"] for usage in usages} >= DEMO_DAYS - {FIRST_DAY.isoformat()}
    assert 2 < len(usages) / len({usage["customer"] for usage in usages}) < 8
    assert "points" not in {usage["credit_type"] for usage in usages}


def test_points_are_redeemed_whole_for_a_membership_or_for_whatever_is_unpaid(files: Files) -> None:
    """L7.6; the numbers of invoices are not known beforehand."""
    redemptions = files["redemptions"]
    customers = {membership["membership"]: membership["customer"] for membership in files["memberships"]}
    assert {bool(redemption["membership"]) for redemption in redemptions} == {True, False}
    for redemption in redemptions:
        assert redemption["points"].isdigit()
        assert redemption["requested_on"] in DEMO_DAYS
        assert customers.get(redemption["membership"], redemption["customer"]) == redemption["customer"]
        assert not redemption["invoice"]


def test_nobody_uses_anything_after_leaving(files: Files) -> None:
    gone = {
        closure["membership"]: closure["requested_on"]
        for closure in files["closures"]
        if closure["origin"] == "staff" and closure["effective"] == "now" and closure["reason_code"]
    }
    for usage in files["credit_usages"]:
        assert usage["used_on"] < gone.get(usage["membership"], "9999")


def test_a_smaller_demo_runs_through_the_rules_with_few_refusals() -> None:
    """Every kind of movement and every level occurs; what is refused is a small part of what is asked for."""
    files, oracle_files = demo_files(first_day=FIRST_DAY, days=DAYS, members=600), OracleFiles()
    for entity, rows in files.items():
        for record in rows:
            if not record.get("payment", "").startswith("BAD-"):
                oracle_files.add(entity, dict(record))
    oracle = Oracle(oracle_files)
    oracle.run(FIRST_DAY, FIRST_DAY + timedelta(days=DAYS - 1))
    club = oracle.club
    kinds = {"grant", "charge", "earn", "usage", "redemption", "return", "expiry"}
    assert {movement.kind for movement in club.movements} == kinds
    assert {notice.level for notice in club.notices} == {1, 2, 3}
    assert {membership.status for membership in club.memberships.values()} == {
        "active", "grace", "expired", "frozen", "closed",
    }  # fmt: skip
    refused = Counter(reject.entity for reject in club.rejects)
    for entity in ("freezes", "closures", "renewals", "credit_usages", "redemptions"):
        assert refused[entity] <= len(files[entity]) * 0.3, (entity, refused)
    assert refused.total() < sum(len(files[entity]) for entity in refused) * 0.05
