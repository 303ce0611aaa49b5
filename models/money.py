"""Amounts by currency and by what they are: `{"SAR": {"invoiced": Decimal("115.00")}}`. Currencies are never added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from iso4217 import Currency

Money = Mapping[str, Mapping[str, Decimal]]
"""currency -> what -> amount in major units."""


def add_money(parts: Iterable[Money]) -> Money:
    """One table of money from several, each currency and each name by itself."""
    whole: dict[str, dict[str, Decimal]] = {}
    for part in parts:
        for currency, amounts in part.items():
            row = whole.setdefault(currency, {})
            for what, amount in amounts.items():
                row[what] = row.get(what, Decimal(0)) + amount
    return whole


def money_to_json(money: Money) -> dict[str, dict[str, str]]:
    """Exact amounts as text: JSON numbers would be read back as floats."""
    return {currency: {what: str(amount) for what, amount in row.items()} for currency, row in money.items()}


def money_from_json(stored: Mapping[str, Mapping[str, str]]) -> Money:
    """The reverse of `money_to_json`."""
    return {currency: {what: Decimal(amount) for what, amount in row.items()} for currency, row in stored.items()}


def major_amount(amount_minor: int, currency: str) -> Decimal:
    """An amount of the store in major units: 11500 of SAR is 115.00."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


@lru_cache
def minor_digits(currency: str) -> int:
    """ISO 4217's decimals of a currency (L2.4), as the migration put them into the store."""
    return Currency(currency).exponent or 0
