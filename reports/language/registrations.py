"""What the numbers are called under which a company is known to its authorities."""

from __future__ import annotations

from reports.language.catalogs import _

COUNTRIES_OF_VAT = frozenset({"SAR", "AED", "BHD", "OMR"})
"""Currencies of the members of the Gulf's VAT agreement in force: their invoices are "tax invoices"."""
REGISTRATION = _("Commercial registration")
_TAX_NUMBER, _VAT_NUMBER = _("Tax number"), _("VAT number")


def tax_number_word(currency: str) -> str:
    """What the tax number of a company that bills in a currency is called; a text of the catalogs."""
    return _VAT_NUMBER if currency in COUNTRIES_OF_VAT else _TAX_NUMBER
