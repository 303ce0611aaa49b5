"""Which values does the intake read, and which does it reject, with what words? One file, many rows, each a case."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.intake.catalogue import ENTITIES
from tests.tasks.intake_club import (
    ORDINARY,
    club,
    counts,
    load,
    load_text,
    message,
    reasons,
    rejected,
    row,
    stored,
)


@pytest.fixture(autouse=True)
def _club(store, tmp_path):
    club()
    load(tmp_path, "memberships", row("memberships"))


def load_cases(folder, entity: str, column: str, values: list[Any], **others: Any) -> dict[str, str]:
    """Load one row for each value of a column; returns the reason by value of those that were rejected."""
    key = ENTITIES[entity].key[0]
    rows = [row(entity, **others, **{key: f"K{n:02}", column: value}) for n, value in enumerate(values)]
    loaded = load(folder, entity, *rows)
    found = {values[int(record[1:])]: reason for record, reason in reasons().items()}
    assert counts(loaded) == (len(values) - len(found), 0, len(found))
    return found


# Missing values -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ORDINARY)
def test_a_missing_required_value_rejects_its_row_and_says_which_is_missing(tmp_path, entity):
    needed = ENTITIES[entity].required
    loaded = load(tmp_path, entity, *(row(entity, **{name: None}) for name in needed))
    assert counts(loaded) == (0, 0, len(needed))
    for name, (reason, said) in zip(needed, rejected("reason", "message"), strict=True):
        assert reason == "missing_value"
        assert said.startswith(f"{name} is empty; expected ")


def test_defaults_stand_in_for_what_is_empty(tmp_path):
    assert stored("plans", "calendar")[0] == ("gregorian",)
    assert stored("companies", "language")[0] == ("en",)
    assert stored("customers", "dunning_blocked")[0] == (False,)
    assert stored("memberships", "quantity", "discount_percent", "auto_renew") == [(1, 0, None)]


# Dates ----------------------------------------------------------------------------------------------------------------


def test_dates_are_days_that_exist_written_as_iso_8601(tmp_path):
    good = ["2028-02-29", "2000-02-29", "2027-02-28", "1900-01-01", "9999-12-31", "2028-04-30"]
    bad = ["2027-02-29", "2100-02-29", "2028-02-30", "2028-04-31", "2028-00-10", "2028-13-01", "2028-01-00"]
    bad += ["2028-01-32", "2028-1-1", "28-01-01", "01/02/2028", "2028-01-01T00:00", "20280101", "2028-W01-1"]
    bad += ["1899-12-31", "10000-01-01", "٢٠٢٨-٠١-٠١", "2028-01-01 ", "2028-01-01\n", "today", "infinity", "epoch"]
    assert load_cases(tmp_path, "payments", "paid_on", good + bad) == dict.fromkeys(bad, "invalid_date")
    assert [day for (day,) in stored("payments", "paid_on")] == [date.fromisoformat(text) for text in good]
    assert "paid_on is 2027-02-29; expected a date that exists, from 1900-01-01 to" in rejected("message")[0][0]


# Numbers --------------------------------------------------------------------------------------------------------------


def test_an_amount_is_a_plain_decimal_number(tmp_path):
    good = ["115", "115.0", "115.00", "0115", "0.01", "9999999999999.99", "115.000000000"]
    bad = ["1e2", "1E2", "1e999", "NaN", "nan", "inf", "Infinity", "-inf", "1,000.00", "1 000", "1.000,00", "115,00"]
    bad += ["+1", ".5", "5.", "--1", "0x10", "1_000", "١١٥", "۱۱۵", "10000000000000", "1.0000000001", " 1", "SAR 1"]
    found = load_cases(tmp_path, "payments", "amount", good + bad)
    assert found == dict.fromkeys(bad, "invalid_number")
    assert [minor for (minor,) in stored("payments", "amount_minor")] == [
        11500, 11500, 11500, 11500, 1, 999999999999999, 11500,
    ]  # fmt: skip
    assert "amount is 1e2; expected a plain decimal number such as 12.50" in rejected("message")[0][0]


def test_an_amount_paid_is_more_than_zero(tmp_path):
    bad = ["0", "0.00", "-0.01", "-115"]
    for entity in ("payments", "refunds"):
        load(tmp_path, entity, *(row(entity, **{entity[:-1]: f"{entity}{n}", "amount": a}) for n, a in enumerate(bad)))
    assert set(reasons().values()) == {"amount_not_positive"} and len(reasons()) == 8
    assert "amount is -0.01; expected more than 0." in rejected("message")[2][0]


@pytest.mark.parametrize(
    ("currency", "decimals", "good", "bad"),
    [
        ("SAR", 2, {"1.25": 125, "1.250": 125}, ["1.251", "1.255"]),
        ("KWD", 3, {"1.255": 1255, "1.2550": 1255}, ["1.2555", "0.0001"]),
        ("JPY", 0, {"125": 125, "125.0": 125}, ["125.5", "0.1"]),
    ],
)
def test_an_amount_has_no_more_decimals_than_its_currency(tmp_path, currency, decimals, good, bad):
    """L2.4. Zeros after the last decimal are none."""
    found = load_cases(tmp_path, "payments", "amount", [*good, *bad], currency=currency)
    assert found == dict.fromkeys(bad, "amount_over_precise")
    assert [minor for (minor,) in stored("payments", "amount_minor")] == list(good.values())
    expected = f"amount is {bad[0]}; expected at most {decimals} decimals, as its currency has. Correct payments.csv"
    assert rejected("message")[0][0].startswith(expected)


def test_prices_and_fees_are_not_negative_and_as_precise_as_their_currency(tmp_path):
    """The currency is the plan's, or the company's."""
    prices = {"-0.01": "price_negative", "1.2345": "price_over_precise", "1.234": None, "0": None}
    for n, price in enumerate(prices):
        load(tmp_path, "plan_prices", row("plan_prices", plan="kwt", effective_from=f"2028-01-{n + 1:02}", price=price))
    assert list(reasons().values()) == [reason for reason in prices.values() if reason]
    load(tmp_path, "dunning_levels", row("dunning_levels", company="jpn", fee="2.5"), row("dunning_levels", fee="-1"))
    assert reasons()["jpn/1"] == "fee_over_precise" and reasons()["acme/1"] == "fee_negative"


def test_a_price_and_a_quantity_cannot_be_so_large_that_an_amount_has_no_room(tmp_path):
    """Ten to the thirteen minor units times a hundred thousand, with tax, is within a bigint."""
    rows = [
        row("memberships", membership="top", quantity="100000", unit_price="100000000000.00"),
        row("memberships", membership="many", quantity="100000.5"),
        row("memberships", membership="dear", unit_price="100000000000.01"),
        row("memberships", membership="none", quantity="0"),
    ]
    assert counts(load(tmp_path, "memberships", *rows)) == (1, 0, 3)
    assert reasons() == {
        "many": "quantity_out_of_range",
        "dear": "unit_price_out_of_range",
        "none": "quantity_not_positive",
    }


def test_a_discount_is_from_0_to_100_percent_and_a_tax_rate_a_fraction(tmp_path):
    found = load_cases(tmp_path, "memberships", "discount_percent", ["0", "33.3", "100", "100.1", "-1"])
    assert found == dict.fromkeys(["100.1", "-1"], "discount_percent_out_of_range")
    for plan, rate in (("free", "0"), ("high", "0.999"), ("percent", "15"), ("whole", "1"), ("less", "-0.1")):
        load(tmp_path, "plans", row("plans", plan=plan, tax_rate=rate))
    assert {record for record, reason in reasons().items() if reason == "tax_rate_out_of_range"} == {
        "percent", "whole", "less",
    }  # fmt: skip


def test_whole_numbers_have_bounds(tmp_path):
    good = {"1": 1, "3660": 3660, "007": 7}
    bad = ["0", "-1", "3661", "1.0", "1.5", "1e1", "", "12345678901234567890", "x", "١"]
    plans = [row("plans", plan=f"K{n}", interval_count=text) for n, text in enumerate([*good, *bad])]
    assert counts(load(tmp_path, "plans", *plans)) == (3, 0, len(bad))
    assert set(reasons().values()) == {"invalid_integer", "missing_value"}
    assert "interval_count is 0; expected a whole number from 1 to 3660." in rejected("message")[0][0]
    assert [count for plan, count in stored("plans", "plan", "interval_count") if plan[0] == "K"] == list(good.values())


# Words ----------------------------------------------------------------------------------------------------------------


def test_booleans_are_true_or_false(tmp_path):
    found = load_cases(
        tmp_path, "customers", "dunning_blocked", ["true", "false", "TRUE", "False", "1", "0", "yes", "t"]
    )
    assert found == dict.fromkeys(["1", "0", "yes", "t"], "invalid_boolean")
    assert [blocked for name, blocked in stored("customers", "customer", "dunning_blocked") if name[0] == "K"] == [
        True, False, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("entity", "column", "words"),
    [
        ("customers", "kind", ["person", "organization"]),
        ("customers", "language", ["ar", "fa", "en"]),
        ("plans", "interval_unit", ["day", "week", "month", "year"]),
        ("plans", "on_expiry", ["void", "collect"]),
        ("closures", "origin", ["customer", "staff"]),
        ("closures", "effective", ["now", "period_end"]),
    ],
)
def test_choices_are_exact_words(tmp_path, entity, column, words):
    wrong = [words[0].upper(), f"{words[0]} ", "x"]
    assert load_cases(tmp_path, entity, column, words + wrong) == dict.fromkeys(wrong, "invalid_choice")
    assert f"{column} is {wrong[0]}; expected {' or '.join(words)}." in rejected("message")[0][0]


def test_lists_are_separated_by_semicolons(tmp_path):
    days = ["14;7;1", "7", "0", "9999", "14,7", "7;", ";7", "a;7", "7; 3", "-7", "10000"]
    assert load_cases(tmp_path, "plans", "reminder_days", days) == dict.fromkeys(days[4:], "invalid_list")
    assert ("K00", [14, 7, 1]) in stored("plans", "plan", "reminder_days")
    load(tmp_path, "customers", row("customers", tags="vip;طلاب;a b"))
    assert stored("customers", "tags")[0] == (["vip", "طلاب", "a b"],)


# Ids and texts --------------------------------------------------------------------------------------------------------


def test_an_id_has_1_to_200_characters_without_spaces_around_or_control_characters(tmp_path):
    good = ["a", "é" * 200, "A-1/2.3#4", "عضو 12", "=1+1", "null", "x;y"]
    bad = ["a" * 201, " ", " a", "a ", "\ta", "a\nb", "a\r", "\x7f"]
    rows = [row("payments", payment=name) for name in (*good, *bad, "")]
    assert counts(load(tmp_path, "payments", *rows)) == (len(good), 0, len(bad) + 1)
    assert {name for (name,) in stored("payments", "payment")} == set(good)
    assert rejected("reason", "record") == [*(("invalid_id", name) for name in bad), ("missing_value", None)]
    assert "\n" not in "".join(said for (said,) in rejected("message"))


def test_names_are_kept_character_by_character(tmp_path):
    """Quotes, formulas, joiners and directions belong to the name; a report minds what a spreadsheet does with it."""
    names = [
        'Ali "the Cat", Jr.',
        "O'Brien; \\n \\\\",
        "=cmd|'/C calc'!A0",
        "+966 50",
        "@SUM(A1)",
        "نادي الرياض",
        "می‌خواهم کتاب‌ها",
        "line one\nline two\r\nline three",
        "\u202eabc\u202c",
        "👩‍👩‍👧",
        "  spaces  ",
        "NULL",
        "\\.",
        "\\N",
        "\u00e9 e\u0301",
    ]
    load(tmp_path, "customers", *(row("customers", customer=f"K{n:02}", name=name) for n, name in enumerate(names)))
    assert [name for key, name in stored("customers", "customer", "name") if key[0] == "K"] == names


def test_a_text_has_at_most_10000_characters(tmp_path):
    load(
        tmp_path,
        "payments",
        row("payments", reference="é" * 10_000),
        row("payments", payment="P2", reference="x" * 10_001),
    )
    assert reasons() == {"P2": "invalid_text"}
    assert "(10001 characters); expected a text of at most 10000 characters." in message()
    assert len(message()) < 400


def test_custom_is_a_json_object_that_the_database_can_hold(tmp_path):
    good = {
        '{"a": 1, "b": [1.5, null, {"c": "x"}]}': {"a": 1, "b": [1.5, None, {"c": "x"}]},
        "{}": {},
        '{"backslash": "\\\\u0000"}': {"backslash": "\\u0000"},
        '{"اسم": "می‌خواهم", "e": 1e2, "big": 12345678901234567890}': {
            "اسم": "می‌خواهم", "e": 100, "big": 12345678901234567890,
        },
    }  # fmt: skip
    bad = ["[1]", '"x"', "1", "null", "{", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}', '{"a": 1e400}', "{a: 1}"]
    bad += ['{"a": "\\u0000"}', '{"a": "\\\\\\u0000"}', '{"a": "\\ud800"}', '{"a":' * 5_000 + "1" + "}" * 5_000]
    bad += ['{"a": ' + "9" * 5_000 + "}", '{"a": 1} x', "true"]
    assert load_cases(tmp_path, "customers", "custom", [*good, *bad]) == dict.fromkeys(bad, "invalid_json")
    held = [custom for key, custom in stored("customers", "customer", "custom") if key[0] == "K"]
    assert held == list(good.values())


def test_a_message_is_one_line_whatever_the_value(tmp_path):
    load(tmp_path, "payments", row("payments", amount="1\n2\t3\x1b[31m"))
    assert message() == (
        "amount is 1\ufffd2\ufffd3\ufffd[31m; expected a plain decimal number such as 12.50, at most 13 digits before "
        "and 9 after the point. Correct payments.csv line 2 and load it again."
    )


def test_only_the_first_fault_of_a_row_is_its_reason(tmp_path):
    load_text(tmp_path, "payments.csv", "payment,customer,amount,currency,paid_on\nP1,,x,y,z\nP2,nobody,x,y,z\n")
    assert reasons() == {"P1": "missing_value", "P2": "invalid_number"}


def test_amounts_are_exact(tmp_path):
    load(
        tmp_path,
        "memberships",
        row("memberships", membership="M2", unit_price="4503599627.37", discount_percent="33.3"),
    )
    assert stored("memberships", "unit_price_minor", "discount_percent")[1] == (450359962737, Decimal("33.3"))
