"""The amount of a period, net, tax and total (L2.3), and how minor units are written (L2.4)."""

from __future__ import annotations

import random
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
import sqlalchemy as sa

from models.companies import currencies
from models.rules import amounts
from tests.vectors.asking import ask

Column = sa.ColumnElement[Any]
Priced = tuple[int, int, int]
"""Amount, net and tax in minor units."""

TYPES = {
    "unit_price_minor": sa.BigInteger,
    "quantity": sa.Numeric,
    "discount_percent": sa.Numeric,
    "tax_rate": sa.Numeric,
    "tax_included": sa.Boolean,
}
MINOR = {"amount_minor": sa.BigInteger, "minor_digits": sa.SmallInteger}
EXCLUDED, INCLUDED = False, True
LARGEST_EXACT_DOUBLE = 2**53


def amount(asked: Any) -> Column:
    return amounts.amount(asked.unit_price_minor, asked.quantity, asked.discount_percent)


def net(asked: Any) -> Column:
    return amounts.net(amount(asked), asked.tax_rate, asked.tax_included)


def tax(asked: Any) -> Column:
    return amounts.tax(amount(asked), asked.tax_rate, asked.tax_included)


def line(unit_price_minor: int, quantity: str, discount: str, rate: str, included: bool) -> tuple[Any, ...]:
    return unit_price_minor, Decimal(quantity), Decimal(discount), Decimal(rate), included


def priced(store: sa.Connection, *lines: tuple[Any, ...]) -> list[Priced]:
    return [tuple(found) for found in ask(store, TYPES, lines, amount, net, tax)]


def whole(value: Decimal) -> int:
    """Python's word for half away from zero is ROUND_HALF_UP."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def by_decimal(unit_price_minor: int, quantity: Decimal, discount: Decimal, rate: Decimal, included: bool) -> Priced:
    """L2.3 read aloud, in decimals of 60 digits."""
    with localcontext(prec=60):
        total = whole(unit_price_minor * quantity * (100 - discount) / 100)
        if included:
            without_tax = whole(total / (1 + rate))
            return total, without_tax, total - without_tax
        return total, total, whole(total * rate)


def test_amount_of_the_worked_example(store):
    """100.00 × 3 less 33.3 %, 15 % on top: 200.10 + 30.02 (30.015 rounded) = 230.12"""
    assert priced(store, line(10_000, "3", "33.3", "0.15", EXCLUDED)) == [(20_010, 20_010, 3_002)]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("0.4999999999", 0),
        ("0.5", 1),
        ("0.5000000001", 1),
        ("1.4999", 1),
        ("1.5", 2),
        ("2.5", 3),
        ("-0.4999999999", 0),
        ("-0.5", -1),
        ("-0.5000000001", -1),
        ("-1.5", -2),
        ("-2.5", -3),
    ],
)
def test_tie_is_rounded_away_from_zero_and_what_is_short_of_it_is_not(store, quantity, expected):
    assert priced(store, line(1, quantity, "0", "0", EXCLUDED)) == [(expected, expected, 0)]


def test_amount_is_rounded_once_after_the_discount(store):
    """0.9 less half is 0.45 and nothing; rounded before the discount it would be 1, then 0.5, then 1"""
    assert priced(store, line(1, "0.9", "50", "0", EXCLUDED)) == [(0, 0, 0)]


@pytest.mark.parametrize(
    ("total", "rate", "expected"),
    [
        (10_000, "0.15", (10_000, 1_500)),
        (10_003, "0.15", (10_003, 1_500)),
        (10_004, "0.15", (10_004, 1_501)),
        (10, "0.05", (10, 1)),
        (9, "0.05", (9, 0)),
        (-10, "0.05", (-10, -1)),
    ],
)
def test_exclusive_tax_is_the_rounded_share_of_the_amount(store, total, rate, expected):
    assert priced(store, line(total, "1", "0", rate, EXCLUDED)) == [(total, *expected)]


@pytest.mark.parametrize(
    ("total", "rate", "expected"),
    [
        (11_500, "0.15", (10_000, 1_500)),
        (11_499, "0.15", (9_999, 1_500)),
        (11_501, "0.15", (10_001, 1_500)),
        (1, "0.15", (1, 0)),
        # 287.5: the net is rounded and the tax is what remains, not the other way round.
        (299, "0.04", (288, 11)),
        (-299, "0.04", (-288, -11)),
    ],
)
def test_inclusive_net_is_rounded_and_the_tax_is_what_remains(store, total, rate, expected):
    assert priced(store, line(total, "1", "0", rate, INCLUDED)) == [(total, *expected)]


def test_zero_rate_has_no_tax_on_top_and_none_inside(store):
    lines = [line(1_050, "3", "0", "0", included) for included in (EXCLUDED, INCLUDED)]
    assert priced(store, *lines) == [(3_150, 3_150, 0), (3_150, 3_150, 0)]


def test_discount_is_nothing_at_0_all_at_100_and_a_rounded_share_between(store):
    """of 10.50 with 15 % on top or inside"""
    discounts = ("0", "0.01", "50", "99.99", "100")
    lines = [
        line(1_050, "1", discount, "0.15", included) for included in (EXCLUDED, INCLUDED) for discount in discounts
    ]
    assert priced(store, *lines) == [
        *((1_050, 1_050, 158), (1_050, 1_050, 158), (525, 525, 79), (0, 0, 0), (0, 0, 0)),
        *((1_050, 913, 137), (1_050, 913, 137), (525, 457, 68), (0, 0, 0), (0, 0, 0)),
    ]


def test_money_is_exact_beyond_the_numbers_that_a_float_can_hold(store):
    odd = LARGEST_EXACT_DOUBLE + 1
    lines = [
        line(odd, "1", "0", "0", EXCLUDED),
        line(odd, "1", "0", "0", INCLUDED),
        line(3, "0.1", "0", "0.1", EXCLUDED),
    ]
    assert priced(store, *lines) == [(odd, odd, 0), (odd, odd, 0), (0, 0, 0)]


def test_random_amounts_are_those_of_pythons_decimal(store):
    rng = random.Random(20240229)
    lines = [
        (
            rng.choice((0, 1, rng.randrange(1_000), rng.randrange(10**5), rng.randrange(10**8))),
            Decimal(rng.choice((1_000, 500, rng.randrange(1, 50_000)))).scaleb(-3),
            Decimal(rng.choice((0, 5_000, 10_000, rng.randrange(10_001)))).scaleb(-2),
            Decimal(rng.choice((0, 500, 825, 1_400, 1_500, rng.randrange(10_000)))).scaleb(-4),
            rng.choice((EXCLUDED, INCLUDED)),
        )
        for _ in range(800)
    ]
    found = priced(store, *lines)
    assert found == [by_decimal(*of) for of in lines]
    for (_, _, _, rate, included), (gross, without_tax, of_tax) in zip(lines, found, strict=True):
        assert 0 <= of_tax <= gross + 1
        assert not included or without_tax + of_tax == gross
        assert rate or of_tax == 0


@pytest.mark.parametrize(
    ("minor", "digits", "written"),
    [
        (1_050, 0, "1050"),
        (1_050, 2, "10.50"),
        (1_050, 3, "1.050"),
        (1_050, 4, "0.1050"),
        (1, 3, "0.001"),
        (0, 3, "0.000"),
        (-5, 2, "-0.05"),
        (2**62, 3, "4611686018427387.904"),
    ],
)
def test_minor_units_are_written_with_exactly_the_decimals_of_the_currency(store, minor, digits, written):
    ((found,),) = ask(
        store, MINOR, [(minor, digits)], lambda asked: amounts.major(asked.amount_minor, asked.minor_digits)
    )
    assert str(found) == written


def test_currencies_have_the_decimals_of_iso_4217_not_those_shown_in_shops(store):
    """Kuwait, Bahrain, Oman, Jordan, Tunisia, Iraq count thousandths; Iran has hundredths, though nobody shows them"""
    expected = {
        **dict.fromkeys(("KWD", "BHD", "OMR", "JOD", "TND", "IQD"), 3),
        **dict.fromkeys(("SAR", "AED", "EGP", "IRR"), 2),
        "JPY": 0,
    }
    rows = store.execute(sa.select(currencies.c.currency, currencies.c.minor_digits)).all()
    assert {code: digits for code, digits in rows if code in expected} == expected
