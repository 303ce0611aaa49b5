"""Amounts, tax, rounding and minor units (L2.3, L2.4), as Polar, Lago, OCA, TigerBeetle and ISO 4217 expect them.

An adapter gives the lines of a fact as unit price, quantity, discount, tax rate, and whether tax is included. A coupon
on several lines is a discount of the same share on each; a rate that a fact leaves out is that of its example charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.rules import amounts
from tests.vectors.asking import Batch, Fact, each, facts_of

Values = dict[str, Any]
TYPES = {
    "unit_price_minor": sa.BigInteger,
    "quantity": sa.Numeric,
    "discount_percent": sa.Numeric,
    "tax_rate": sa.Numeric,
    "tax_included": sa.Boolean,
}
ROUNDED = facts_of("rounding.half_away_from_zero")
EXCLUSIVE = facts_of("tax.net_amount", "credit_note.rounding_identity", "rounding.prepaid_matches_invoice")
INCLUSIVE = facts_of("tax.inclusive_net_from_charge")
COUPONS = facts_of("tax.per_line_after_proportional_coupon")
DISCOUNTS = facts_of("allocation.discount", "allocation.percentage_drift")
LINES = facts_of("line_amount", "proration.quantity_change")
CURRENCIES = facts_of("money.currency_exponent")
WRITTEN = facts_of("money.minor_units")


@dataclass(frozen=True)
class Line:
    """What a period is sold for."""

    unit_price_minor: int
    quantity: Decimal = Decimal(1)
    discount_percent: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)
    tax_included: bool = False

    @property
    def row(self) -> tuple[Any, ...]:
        return self.unit_price_minor, self.quantity, self.discount_percent, self.tax_rate, self.tax_included


def percent(value: Any) -> Decimal:
    return Decimal(str(value)) / 100


def of_charge(i: Values, _: Values) -> list[Line]:
    """The rate is that of the charge which Polar took for this price before."""
    rate = Decimal(i["charge_tax_minor"]) / i["charge_net_minor"]
    return [Line(i["gross_minor"], tax_rate=rate, tax_included=True)]


def less_coupon(i: Values, _: Values) -> list[Line]:
    share = Decimal(100 * i["coupon_minor"]) / sum(line["amount_minor"] for line in i["lines"])
    return [Line(of["amount_minor"], discount_percent=share, tax_rate=percent(of["tax_rate"])) for of in i["lines"]]


def each_and_together(i: Values, _: Values) -> list[Line]:
    """Every line by itself, then one of their sum."""
    whole = [*i["amounts_minor"], sum(i["amounts_minor"])]
    return [Line(minor, discount_percent=percent(i["basis_points"])) for minor in whole]


def oca_line(i: Values, _: Values) -> list[Line]:
    """OCA writes major units of a currency with two decimals."""
    return [Line(100 * i["unit_price"], Decimal(i["quantity"]), Decimal(i["discount_percent"]))]


ADAPTERS: dict[str, Callable[[Values, Values], list[Line]]] = {
    "rounding.half_away_from_zero": lambda i, e: [Line(1, quantity=Decimal(i["value"]))],
    "tax.net_amount": lambda i, e: [Line(i["amount_minor"], tax_rate=Decimal(i["tax_minor"]) / i["amount_minor"])],
    "credit_note.rounding_identity": lambda i, e: [Line(e["net_minor"], tax_rate=percent(i["tax_rate"]))],
    "rounding.prepaid_matches_invoice": lambda i, e: [Line(i["amount_minor"], tax_rate=percent(i["tax_rate"]))],
    "tax.inclusive_net_from_charge": of_charge,
    "tax.per_line_after_proportional_coupon": less_coupon,
    "allocation.discount": lambda i, e: [
        Line(minor, discount_percent=percent(i["value"])) for minor in i["amounts_minor"]
    ],
    "allocation.percentage_drift": each_and_together,
    "line_amount": oca_line,
    "proration.quantity_change": lambda i, e: [
        Line(i["new_unit_price_next_period_minor"], quantity=Decimal(i["new_quantity"]))
    ],
}


def lines(fact: Fact) -> list[Line]:
    """The lines that a fact is about."""
    return ADAPTERS[fact.rule](fact.input, fact.expected)


def amount(asked: Any) -> sa.ColumnElement[Any]:
    return amounts.amount(asked.unit_price_minor, asked.quantity, asked.discount_percent)


priced = Batch(
    TYPES,
    {
        fact: [line.row for line in lines(fact)]
        for fact in ROUNDED + EXCLUSIVE + INCLUSIVE + COUPONS + DISCOUNTS + LINES
    },
    amount,
    lambda asked: amounts.net(amount(asked), asked.tax_rate, asked.tax_included),
    lambda asked: amounts.tax(amount(asked), asked.tax_rate, asked.tax_included),
)


@each(ROUNDED)
def test_amount_is_rounded_half_away_from_zero(store, fact):
    ((rounded, _, _),) = priced(store, fact)
    assert rounded == fact.expected["result"]


@each(EXCLUSIVE)
def test_tax_on_top_is_rounded_by_itself_and_added(store, fact):
    ((_, net, tax),) = priced(store, fact)
    e = fact.expected
    found = {"net_minor": net, "tax_minor": tax, "total_minor": net + tax, "prepaid_applied_minor": net + tax}
    said = found.keys() & e.keys()
    assert {name: found[name] for name in said} == {name: e[name] for name in said}
    assert net + tax != e.get("wrong_value")


@each(INCLUSIVE)
def test_net_of_an_inclusive_price_is_what_remains_without_its_tax(store, fact):
    ((gross, net, tax),) = priced(store, fact)
    assert net == fact.expected["net_minor"]
    assert net + tax == gross


@each(COUPONS)
def test_tax_is_that_of_the_discounted_amount_of_each_line(store, fact):
    answers, e = priced(store, fact), fact.expected
    assert [gross - net for gross, (net, _, _) in zip(amounts_before(fact), answers, strict=True)] == e["coupon_split"]
    assert [tax for _, _, tax in answers] == e["tax_split"]
    assert sum(net for _, net, _ in answers) == e["sub_total_minor"]
    assert sum(net + tax for _, net, tax in answers) == e["total_minor"]


@each(DISCOUNTS)
def test_discount_of_a_line_does_not_depend_on_the_other_lines(store, fact):
    answers, e = priced(store, fact), fact.expected
    discounts = [gross - net for gross, (net, _, _) in zip(amounts_before(fact), answers, strict=True)]
    said = e.get("discounts_minor") or [*e["per_line"], e["on_total"]]
    assert discounts == said


@each(LINES)
def test_amount_is_unit_price_times_quantity_less_discount(store, fact):
    ((found, _, _),) = priced(store, fact)
    e = fact.expected
    assert found == (e["next_period_amount_minor"] if "subtotal" not in e else 100 * Decimal(e["subtotal"]))


@each(CURRENCIES)
def test_currency_has_the_decimals_of_iso_4217(store, fact):
    code = fact.input["currency"]
    found = store.execute(sa.select(currencies.c.minor_digits).where(currencies.c.currency == code)).scalar_one()
    assert found == fact.expected["iso_minor_digits"]


@each(WRITTEN)
def test_minor_units_are_written_with_all_decimals_of_their_currency(store, fact):
    digits = sa.select(currencies.c.minor_digits).where(currencies.c.currency == fact.input["currency"])
    written = amounts.major(sa.literal(fact.expected["minor"]), digits.scalar_subquery())
    found = store.execute(sa.select(written)).scalar_one()
    assert found == Decimal(fact.input["amount"])
    assert -found.as_tuple().exponent == fact.expected["scale"]


def amounts_before(fact: Fact) -> list[int]:
    """The amounts of a fact's lines before the discount."""
    return [line.unit_price_minor for line in lines(fact)]
