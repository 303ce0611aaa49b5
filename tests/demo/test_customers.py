"""The demo's customers are named, reached and counted as those of the three cities would be; nobody of them is real."""

import re
from collections import Counter

import pytest

from tests.demo.facts import Files, Row

ARABIC_ONLY, PERSIAN_ONLY = set("يكةىأإ"), set("یکگچپژ")


def by_id(rows: list[Row]) -> dict[str, Row]:
    """Rows by their first column, the external id."""
    return {next(iter(record.values())): record for record in rows}


def test_the_gym_has_a_saudi_tax_number(files: Files) -> None:
    """ZATCA: fifteen digits beginning and ending with 3; of corporate customers too."""
    customers = [customer for customer in files["customers"] if customer["country"] == "SA" and customer["tax_number"]]
    assert customers
    for record in [by_id(files["companies"])["himma"], *customers]:
        assert re.fullmatch(r"3\d{13}3", record["tax_number"])


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
