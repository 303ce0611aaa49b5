"""The QR code of a Saudi tax invoice, phase 1: seller, VAT number, time, total and VAT as tag-length-value in Base64.

It is printed for a seller that is registered in Saudi Arabia: its tax number has 15 digits, begins and ends with 3, and
the currency is SAR. The store knows the business date of issue and no time of day: see docs/decisions/0018.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import date
from decimal import Decimal
from io import BytesIO

import segno

from reports.company import Company

_REGISTERED = re.compile("3[0-9]{13}3")
_LONGEST = 255
_KEPT_OF_LONG = 240


def is_registered(company: Company, currency: str) -> bool:
    """Whether its documents in this currency bear the code."""
    return currency == "SAR" and _REGISTERED.fullmatch(company.tax_number or "") is not None


def payload(company: Company, issued_on: date, total: Decimal, tax: Decimal) -> str:
    """The content of the code. Amounts are those of the document, a credit note's without their sign."""
    values = (
        company.name,
        company.tax_number or "",
        f"{issued_on.isoformat()}T00:00:00Z",
        format(abs(total), "f"),
        format(abs(tax), "f"),
    )
    return b64encode(b"".join(_tagged(tag, value) for tag, value in enumerate(values, start=1))).decode()


def _tagged(tag: int, value: str) -> bytes:
    """One field; its length is one byte, so a name of more than 255 bytes is cut after a whole character."""
    content = value.encode()
    if len(content) > _LONGEST:
        content = content[:_KEPT_OF_LONG].decode(errors="ignore").encode()
    return bytes([tag, len(content)]) + content


def qr_svg(content: str) -> str:
    """A QR code as SVG, a unit a module, without the quiet zone: the page is white around it."""
    drawn = BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn, kind="svg", xmldecl=False, nl=False, border=0, omitsize=True
    )
    return drawn.getvalue().decode()
