"""What does a period cost, how is money written? Integers of the minor unit (L2.3, L2.4)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from iso4217 import Currency


@cache
def digits(currency: str) -> int:
    """Decimals of a currency by ISO 4217: KWD 3, SAR 2, JPY 0 (L2.4)."""
    return Currency(currency).exponent or 0


def to_minor(amount: Decimal, currency: str) -> int:
    """Major units as an integer of the minor unit, rounded half away from zero (L2.3)."""
    scaled = amount.scaleb(digits(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_major(amount_minor: int, currency: str) -> Decimal:
    """Minor units as an exact decimal of the major unit."""
    return Decimal(amount_minor).scaleb(-digits(currency))


def money_text(amount_minor: int, currency: str) -> str:
    """`12345` SAR reads `123.45`, `12345` KWD reads `12.345`."""
    return f"{to_major(amount_minor, currency):.{digits(currency)}f}"


def quantity_text(quantity: Decimal) -> str:
    """A quantity without exponent and without needless zeros."""
    text = f"{quantity:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Amounts:
    """Net, tax and total of an invoice in minor units; `net + tax == total`."""

    net: int
    tax: int
    total: int


def period_amounts(
    unit_price: Decimal,
    *,
    quantity: Decimal,
    discount_percent: Decimal,
    tax_rate: Decimal,
    tax_included: bool,
    currency: str,
) -> Amounts:
    """L2.3: gross less discount, rounded once; tax on top of it or inside it."""
    exact = unit_price * quantity * (100 - discount_percent) / 100
    amount = to_minor(exact, currency)
    if tax_included:
        net = to_minor(to_major(amount, currency) / (1 + tax_rate), currency)
        return Amounts(net, amount - net, amount)
    tax = to_minor(to_major(amount, currency) * tax_rate, currency)
    return Amounts(amount, tax, amount + tax)
