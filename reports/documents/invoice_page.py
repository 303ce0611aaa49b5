"""How an invoice or a credit note is laid out in words: titles by the law of VAT, one line, totals, the code."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from models.money import minor_digits
from reports.company import Company
from reports.documents.document import Page, in_calendars
from reports.documents.invoices import Invoice
from reports.documents.parties import buyer_lines, is_vat_seller, seller_lines
from reports.documents.zatca import is_registered, payload, qr_svg
from reports.language.catalogs import _
from reports.language.voice import Voice

WORDS = {
    "seller": _("Seller"),
    "buyer": _("Billed to"),
    "description": _("Description"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "unit_price_taxed": _("Unit price incl. VAT"),
    "discount": _("Discount"),
    "net": _("Net"),
    "rate": _("VAT rate"),
    "tax": _("VAT"),
    "total": _("Total"),
    "qr": _("QR code of the tax invoice"),
    "pay": _("Pay online"),
}
_FACTS = {
    "issued": _("Issue date"),
    "due": _("Due date"),
    "membership": _("Membership number"),
    "customer": _("Customer number"),
    "corrects": _("Corrects invoice"),
    "corrected_on": _("Its issue date"),
}
_SUMS = {
    "before": _("Before discount"),
    "before_taxed": _("Before discount, VAT included"),
    "discount": _("Discount %(percent)s"),
    "net": _("Total excluding VAT"),
    "tax": _("VAT %(percent)s"),
    "total": _("Total including VAT"),
    "credited": _("Total credited"),
    "paid": _("Paid"),
    "open": _("Amount due"),
}
_TITLES = {
    # (credit note, VAT law applies, the buyer has a number)
    (False, False, False): _("Invoice"),
    (False, False, True): _("Invoice"),
    (False, True, False): _("Simplified tax invoice"),
    (False, True, True): _("Tax invoice"),
    (True, False, False): _("Credit note"),
    (True, False, True): _("Credit note"),
    (True, True, False): _("Simplified tax credit note"),
    (True, True, True): _("Tax credit note"),
}
_LATE_FEE = _("Late payment fee")
_FOR_INVOICE = _("for invoice %(invoice)s")
_PAID_ON = _("Paid on %(day)s. Thank you.")
_CREDITED = _("Credited in full by %(note)s on %(day)s; nothing is to be paid.")
_IN_FULL = _(
    "This credit note corrects invoice %(invoice)s of %(day)s in full. What was paid on it has gone back to you."
)
_ALL_AMOUNTS = _("All amounts in %(currency)s.")
LAW = "ar"
"""The language that Saudi law wants on a tax invoice, whatever other stands there too."""


def invoice_page(invoice: Invoice, company: Company, voice: Voice) -> Page:
    """The page of one document in the words of `voice`, with the Arabic ones beside them where the law wants them."""
    registered = is_registered(company, invoice.currency)
    title = _TITLES[invoice.is_credit_note, is_vat_seller(company), bool(invoice.buyer.tax_number)]
    law = company.voice(LAW) if registered and voice.language != LAW else None
    return Page(
        template="invoice.typ",
        title=f"{voice.text(title)} {invoice.invoice}",
        dated=invoice.issued_on,
        words=_words(title, voice),
        also=_words(title, law) if law else {},
        body={
            "number": invoice.invoice,
            "seller": seller_lines(company, voice),
            "buyer": buyer_lines(invoice.buyer, company, voice),
            "facts": list(_facts(invoice, voice, law)),
            "line": _line(invoice, voice),
            "sums": list(_sums(invoice, voice, law)),
            "notes": list(_notes(invoice, voice)),
            "pay_url": company.pay_url(invoice.invoice) if invoice.due > 0 else None,
            "qr": qr_svg(payload(company, invoice.issued_on, invoice.total, invoice.tax)) if registered else None,
        },
    )


def _words(title: str, voice: Voice) -> dict[str, str]:
    return {"title": voice.text(title)} | {name: voice.text(text) for name, text in WORDS.items()}


def _said(text: str, voice: Voice, law: Voice | None, share: Decimal | None = None) -> dict[str, str]:
    """A word with its Arabic one where the law wants it; `share` is its percentage, each in its own digits."""

    def by(speaker: Voice) -> str:
        return (
            speaker.text(text)
            if share is None
            else speaker.text(text, percent=speaker.isolated(speaker.percent(share, None)))
        )

    return {"word": by(voice), "also": by(law) if law else ""}


def _facts(invoice: Invoice, voice: Voice, law: Voice | None) -> Iterator[dict[str, Any]]:
    def fact(name: str, *value: str) -> dict[str, Any]:
        return _said(_FACTS[name], voice, law) | {"value": value}

    yield fact("issued", *in_calendars(invoice.issued_on, voice))
    if invoice.corrects and invoice.corrected_on:
        yield fact("corrects", invoice.corrects)
        yield fact("corrected_on", *in_calendars(invoice.corrected_on, voice))
    else:
        yield fact("due", *in_calendars(invoice.due_on, voice))
    if invoice.membership:
        yield fact("membership", invoice.membership)
    yield fact("customer", invoice.buyer.customer)


def _line(invoice: Invoice, voice: Voice) -> dict[str, Any]:
    """The one thing that was sold; amounts are plain figures, without their currency."""

    def figure(amount: Decimal) -> str:
        return voice.number(abs(amount), minor_digits(invoice.currency))

    starts_on, ends_on = invoice.period_starts_on, invoice.period_ends_on
    details = [voice.span(starts_on, ends_on)] if starts_on and ends_on else []
    if invoice.chases:
        details.append(voice.text(_FOR_INVOICE, invoice=voice.isolated(invoice.chases)))
    return {
        "what": invoice.plan if invoice.period_starts_on else voice.text(_LATE_FEE),
        "details": details,
        "taxed": invoice.tax_included,
        "has_tax": invoice.tax_rate > 0,
        "has_discount": invoice.discount_percent > 0,
        "quantity": voice.number(invoice.quantity),
        "unit_price": figure(invoice.unit_price),
        "discount": voice.percent(invoice.discount_percent / 100, None),
        "net": figure(invoice.net),
        "rate": voice.percent(invoice.tax_rate, None),
        "tax": figure(invoice.tax),
        "total": figure(invoice.total),
    }


def _sums(invoice: Invoice, voice: Voice, law: Voice | None) -> Iterator[dict[str, Any]]:
    """The rows of the totals box: how each is shown, its word, its amount."""

    def row(name: str, amount: Decimal, style: str = "plain", share: Decimal | None = None) -> dict[str, str]:
        return _said(_SUMS[name], voice, law, share) | {"amount": voice.money(amount, invoice.currency), "style": style}

    total = abs(invoice.total)
    if invoice.discount_percent > 0:
        yield row("before_taxed" if invoice.tax_included else "before", invoice.before_discount)
        yield row("discount", invoice.amount - invoice.before_discount, share=invoice.discount_percent / 100)
    yield row("net", abs(invoice.net))
    yield row("tax", abs(invoice.tax), share=invoice.tax_rate)
    if invoice.is_credit_note:
        yield row("credited", total, "strong")
        return
    due = not invoice.credited_by and invoice.paid > 0
    yield row("total", total, "bold" if due else "strong")
    if due:
        yield row("paid", -invoice.paid)
        yield row("open", invoice.due, "strong")


def _notes(invoice: Invoice, voice: Voice) -> Iterator[str]:
    if invoice.paid_on:
        yield voice.text(_PAID_ON, day=voice.day(invoice.paid_on))
    if invoice.credited_by and invoice.credited_on:
        note, day = voice.isolated(invoice.credited_by), voice.day(invoice.credited_on)
        yield voice.text(_CREDITED, note=note, day=day)
    if invoice.corrects and invoice.corrected_on:
        day = voice.day(invoice.corrected_on)
        yield voice.text(_IN_FULL, invoice=voice.isolated(invoice.corrects), day=day)
    yield voice.text(_ALL_AMOUNTS, currency=voice.isolated(invoice.currency))
