"""Who sells and who buys, as documents name them: addresses, registrations, and whether the law of VAT applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from babel import Locale

from models.customers import customers
from reports.company import Company
from reports.language.cleaning import seen
from reports.language.registrations import COUNTRIES_OF_VAT, REGISTRATION, tax_number_word
from reports.language.voice import Voice

_COLUMNS = ("customer", "name", "address", "city", "country", "tax_number", "commercial_registration", "language")


@dataclass(frozen=True)
class Buyer:
    """The customer as the store knows it today."""

    customer: str
    name: str
    address: str | None
    city: str | None
    country: str | None
    tax_number: str | None
    commercial_registration: str | None
    language: str | None


def buyer_columns() -> tuple[sa.Label[Any], ...]:
    """What `buyer_of` reads from a row."""
    return tuple(customers.c[name].label(f"buyer_{name}") for name in _COLUMNS)


def buyer_of(row: Mapping[str, Any]) -> Buyer:
    """The buyer of a row with `buyer_columns`."""
    return Buyer(**{name: row[f"buyer_{name}"] for name in _COLUMNS})


def is_vat_seller(company: Company) -> bool:
    """Whether the company writes tax invoices in the sense of the Gulf's VAT law."""
    return bool(company.tax_number) and company.currency in COUNTRIES_OF_VAT


def buyer_lines(buyer: Buyer, company: Company, voice: Voice) -> dict[str, Any]:
    """Name, lines of the address, and registrations as (word, value)."""
    known = Locale(voice.language).territories.get(buyer.country or "", buyer.country)
    place = [buyer.address, *(part for part in (buyer.city, known) if part and part not in (buyer.address or ""))]
    return {
        "name": buyer.name,
        "lines": [line for line in place if line],
        "numbers": _numbers(voice, tax_number_word(company.currency), buyer.tax_number, buyer.commercial_registration),
    }


def seller_lines(company: Company, voice: Voice) -> dict[str, Any]:
    """The same of the company."""
    return {
        "lines": [seen(company.address)] if company.address else [],
        "numbers": _numbers(
            voice, tax_number_word(company.currency), company.tax_number, company.commercial_registration
        ),
    }


def footer(company: Company, voice: Voice) -> dict[str, Any]:
    """What stands under every page: registrations, and how the company is reached."""
    reach = (company.wishes.phone, company.wishes.reply_to or company.email_from, company.wishes.website)
    return {"numbers": seller_lines(company, voice)["numbers"], "reach": [part for part in reach if part]}


def _numbers(voice: Voice, tax_word: str, tax_number: str | None, registration: str | None) -> list[list[str]]:
    both = ((tax_word, tax_number), (REGISTRATION, registration))
    return [[voice.text(word), seen(number)] for word, number in both if number]
