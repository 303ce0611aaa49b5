"""What each demo company holds its members to: reasons, credits, loyalty, dunning, in its language and its money."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

from tests.demo.facts import DAYS, DEMO_DAYS, FIRST_DAY, Files, Row

SCRIPTS = {"ar": r"[\u0621-\u0652 \u0640]+", "fa": r"[\u0621-\u06cc\u200c ]+", "en": "[A-Za-z' ]+"}
FOREIGN: dict[str, set[str]] = {"ar": set("یکگچپژ"), "fa": set("يكةىأإ"), "en": set()}
DECIMALS = {"himma": 2, "sepidar": 2, "dhow": 3}
COMPANIES = list(DECIMALS)


@pytest.mark.parametrize("company", COMPANIES)
def test_lists_are_written_in_the_language_of_their_company(files: Files, company: str) -> None:
    language = next(record["language"] for record in files["companies"] if record["company"] == company)
    written = [reason["label"] for reason in files["close_reasons"] if reason["company"] == company]
    for credit_type in files["credit_types"]:
        written += [credit_type["name"], credit_type["unit"]] if credit_type["company"] == company else []
    assert len(written) > 10
    for words in written:
        assert re.fullmatch(SCRIPTS[language], words), words
        assert not FOREIGN[language] & set(words), words


def test_what_people_write_speaks_their_company_s_language(files: Files, plan_of: dict[str, Row]) -> None:
    languages = {record["company"]: record["language"] for record in files["companies"]}
    written = [(record["membership"], record["reason"]) for record in files["freezes"]]
    written += [(record["membership"], record["reason_text"]) for record in files["closures"]]
    written += [(record["membership"], record["note"]) for record in files["credit_usages"]]
    assert {plan_of[membership]["company"] for membership, words in written if words} == set(COMPANIES)
    for membership, words in written:
        language = languages[plan_of[membership]["company"]]
        assert not words or re.fullmatch(SCRIPTS[language] + "[0-9]?", words), words
        assert not FOREIGN[language] & set(words), words


@pytest.mark.parametrize("company", COMPANIES)
def test_one_reason_of_each_list_is_for_staff_alone(files: Files, company: str) -> None:
    """L5.2."""
    reasons = [reason for reason in files["close_reasons"] if reason["company"] == company]
    assert len(reasons) >= 5
    assert Counter(reason["customer_may_choose"] for reason in reasons)["false"] == 1


@pytest.mark.parametrize("company", COMPANIES)
def test_each_company_has_points_whole_credits_and_hours_with_a_decimal(files: Files, company: str) -> None:
    """L7.1."""
    decimals = {
        credit_type["credit_type"]: credit_type["decimals"]
        for credit_type in files["credit_types"]
        if credit_type["company"] == company
    }
    assert decimals["points"] == "0"
    assert Counter(decimals.values()) >= Counter({"0": 2, "1": 1})


@pytest.mark.parametrize("company", COMPANIES)
def test_plans_give_credits_for_the_period_and_for_some_days(files: Files, company: str) -> None:
    """L7.2."""
    plans = {plan["plan"] for plan in files["plans"] if plan["company"] == company}
    credits = [credit for credit in files["plan_credits"] if credit["plan"] in plans]
    assert {bool(credit["valid_days"]) for credit in credits} == {True, False}
    assert "points" not in {credit["credit_type"] for credit in credits}


@pytest.mark.parametrize("company", COMPANIES)
def test_loyalty_has_a_rule_for_all_for_vips_for_large_sums_and_a_promotion(files: Files, company: str) -> None:
    """L7.5: ranked by different priorities; each category and plan is one of the company's."""
    rules = [rule for rule in files["loyalty_rules"] if rule["company"] == company]
    plans = {plan["plan"] for plan in files["plans"] if plan["company"] == company}
    categories = {customer["category"] for customer in files["customers"] if customer["company"] == company}
    assert len({rule["priority"] for rule in rules}) == len(rules) == 4
    assert {rule["category"] for rule in rules} - {""} == {"vip"} <= categories
    assert any(rule["min_total"] for rule in rules)
    promotion = next(rule for rule in rules if rule["ends_on"])
    assert promotion["plan"] in plans
    assert promotion["starts_on"] == FIRST_DAY.isoformat()
    assert date.fromisoformat(promotion["ends_on"]).isoformat() in DEMO_DAYS
    assert int(promotion["valid_days"]) < DAYS / 2  # its points expire within the demo
    for_all = min(rules, key=lambda rule: int(rule["priority"]))
    assert not any(for_all[column] for column in ("min_total", "category", "plan", "starts_on", "ends_on"))


@pytest.mark.parametrize("company", COMPANIES)
def test_dunning_grows_firmer_and_dearer_in_three_levels(files: Files, company: str) -> None:
    """L8.1: in the money of the company."""
    levels = [level for level in files["dunning_levels"] if level["company"] == company]
    assert [level["level"] for level in levels] == ["1", "2", "3"]
    days = [int(level["days_overdue"]) for level in levels]
    fees = [Decimal(level["fee"] or 0) for level in levels]
    assert days == sorted(set(days))
    assert fees[0] == 0 < fees[1] < fees[2]
    assert all(fee == round(fee, DECIMALS[company]) for fee in fees)
    assert len({level["template"] for level in levels}) == 3


def test_some_persons_and_some_organizations_are_not_to_be_dunned(files: Files) -> None:
    blocked = [customer for customer in files["customers"] if customer["dunning_blocked"] == "true"]
    assert {customer["kind"] for customer in blocked} == {"person", "organization"}
    assert 0.005 < len(blocked) / len(files["customers"]) < 0.02
