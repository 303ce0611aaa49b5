"""The QR code of Saudi tax invoices, phase 1: five fields as tag-length-value in Base64; titles by the law of VAT."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reports.company import Company
from reports.documents.document import Page
from reports.documents.invoice_page import invoice_page
from reports.documents.invoices import Invoice
from reports.documents.parties import Buyer
from reports.documents.zatca import is_registered, payload, qr_svg

SELLER = Company("himma", "نادي الهمة", "Asia/Riyadh", "SAR", "ar", tax_number="310000000000003")
BUYER = Buyer("u", "Member", None, None, "SA", None, None, None)
INVOICE = Invoice(
    **dict.fromkeys(("corrects", "paid_on", "credited_by", "credited_on", "corrected_on", "chases")),
    invoice="HMA-2028-000001",
    membership="m1",
    kind="membership",
    period_starts_on=date(2028, 2, 29),
    period_ends_on=date(2028, 3, 31),
    issued_on=date(2028, 2, 29),
    due_on=date(2028, 3, 14),
    currency="SAR",
    quantity=Decimal(1),
    discount_percent=Decimal(0),
    tax_rate=Decimal("0.15"),
    tax_included=False,
    unit_price=Decimal("100.00"),
    net=Decimal("100.00"),
    tax=Decimal("15.00"),
    total=Decimal("115.00"),
    paid=Decimal("0.00"),
    plan="Gym",
    buyer=BUYER,
)


def fields(content: str) -> dict[int, str]:
    """Tag -> value, of a code's content."""
    raw, found = b64decode(content, validate=True), {}
    while raw:
        tag, length = raw[0], raw[1]
        found[tag], raw = raw[2 : 2 + length].decode(), raw[2 + length :]
    return found


def page(invoice: Invoice = INVOICE, seller: Company = SELLER, language: str | None = None) -> Page:
    return invoice_page(invoice, seller, seller.voice(language))


def test_code_holds_seller_number_time_total_and_tax():
    assert fields(payload(SELLER, date(2028, 2, 29), Decimal("115.00"), Decimal("15.00"))) == {
        1: "نادي الهمة",
        2: "310000000000003",
        3: "2028-02-29T00:00:00Z",
        4: "115.00",
        5: "15.00",
    }


def test_amounts_of_a_credit_note_have_no_sign():
    said = fields(payload(SELLER, date(2028, 2, 29), Decimal("-115.00"), Decimal("-15.00")))
    assert (said[4], said[5]) == ("115.00", "15.00")


@pytest.mark.parametrize("name", ["ن" * 127, "ن" * 128, "ن" * 500, "x" * 255, "x" * 256])
def test_a_name_longer_than_a_field_is_cut_after_a_whole_character(name: str):
    said = fields(payload(replace(SELLER, name=name), date(2028, 2, 29), Decimal(1), Decimal(0)))
    assert name.startswith(said[1]) and said[2] == SELLER.tax_number
    assert said[1] == name or len(name.encode()) > 255


@pytest.mark.parametrize(
    ("number", "currency", "registered"),
    [
        ("310000000000003", "SAR", True),
        ("310000000000003", "KWD", False),
        ("310000000000003", "IRR", False),
        ("31000000000003", "SAR", False),
        ("3100000000000003", "SAR", False),
        ("110000000000003", "SAR", False),
        ("310000000000001", "SAR", False),
        ("٣١٠٠٠٠٠٠٠٠٠٠٠٠٣", "SAR", False),
        ("310000000000003\n", "SAR", False),
        (None, "SAR", False),
    ],
)
def test_only_registered_saudi_sellers_print_a_code(number: str | None, currency: str, registered: bool):
    seller = replace(SELLER, tax_number=number)
    assert is_registered(seller, currency) == registered
    assert (page(replace(INVOICE, currency=currency), seller).body["qr"] is not None) == registered


def test_code_on_the_page_is_that_of_the_document():
    assert page().body["qr"] == qr_svg(payload(SELLER, INVOICE.issued_on, INVOICE.total, INVOICE.tax))


@pytest.mark.parametrize(
    ("kind", "buyer_number", "title"),
    [
        ("membership", None, "Simplified tax invoice"),
        ("membership", "300000000000003", "Tax invoice"),
        ("credit_note", None, "Simplified tax credit note"),
        ("credit_note", "300000000000003", "Tax credit note"),
    ],
)
def test_title_says_simplified_unless_the_buyer_has_a_number(kind: str, buyer_number: str | None, title: str):
    invoice = replace(INVOICE, kind=kind, buyer=replace(BUYER, tax_number=buyer_number))
    assert page(invoice, language="en").words["title"] == title


@pytest.mark.parametrize(("currency", "number"), [("KWD", "123"), ("IRR", "14000000447"), ("SAR", None)])
def test_seller_outside_the_law_of_vat_writes_plain_invoices(currency: str, number: str | None):
    seller = replace(SELLER, currency=currency, tax_number=number)
    assert page(replace(INVOICE, currency=currency), seller, "en").words["title"] == "Invoice"


def test_saudi_tax_invoice_in_another_language_has_the_arabic_words_beside_it():
    assert page(language="en").also["title"] == "فاتورة ضريبية مبسطة"
    assert {entry["also"] for entry in page(language="en").body["sums"]}.isdisjoint({""})
    assert page(language="ar").also == {}
    assert page(seller=replace(SELLER, tax_number=None), language="en").also == {}


@pytest.mark.parametrize(
    ("included", "before", "discount"), [(False, "200.00 SAR", "-20.00 SAR"), (True, "200.00 SAR", "-20.00 SAR")]
)
def test_discount_is_what_lies_between_the_list_price_and_the_amount(included: bool, before: str, discount: str):
    amounts = (180, 27, 207) if not included else (Decimal("156.52"), Decimal("23.48"), 180)
    net, tax, total = map(Decimal, amounts)
    of = replace(INVOICE, quantity=Decimal(2), discount_percent=Decimal(10), tax_included=included)
    sums = page(replace(of, net=net, tax=tax, total=total), language="en").body["sums"]
    assert [entry["amount"] for entry in sums][:2] == [before, discount]
