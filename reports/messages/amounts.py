"""Amounts as people read them: minor units of the store as Decimal in major units, each currency by itself (L2.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from models.money import minor_digits


def amount(minor: int, currency: str) -> Decimal:
    """11500 of SAR is 115.00."""
    return Decimal(minor).scaleb(-minor_digits(currency))


def totals(rows: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """The sum of `name` for each currency of `rows`, in the order of their first mention: currency, amount."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + row[name]
    return [{"currency": currency, "amount": total} for currency, total in sums.items()]
