"""How a statement of account is laid out: every line with its running balance, or a line a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from models.money import minor_digits
from reports.company import Company
from reports.documents.document import Page, in_calendars
from reports.documents.parties import buyer_lines
from reports.documents.statements import Account, Line, Statement
from reports.language.catalogs import _
from reports.language.methods import method_in_words
from reports.language.voice import Voice

WORDS = {
    "title": _("Statement of account"),
    "customer": _("Customer"),
    "date": _("Date"),
    "document": _("Document"),
    "description": _("Description"),
    "charged": _("Charged"),
    "settled": _("Settled"),
    "balance": _("Balance"),
    "month": _("Month"),
    "invoiced": _("Invoiced"),
    "credited": _("Credited"),
    "paid": _("Paid"),
    "refunded": _("Refunded"),
    "opening": _("Opening balance"),
}
_CUSTOMER, _DATE = _("Customer number"), _("As of")
_WHAT = {
    "invoice": _("Invoice"),
    "fee": _("Late payment fee"),
    "credit_note": _("Credit note"),
    "payment": _("Payment"),
    "refund": _("Refund"),
    "points": _("Points redeemed"),
    "applied": _("Credit applied"),
}
_POINTS_BACK, _TAKEN_BACK = _("Points returned"), _("%(what)s, taken back")
_FOR_INVOICE = _("for invoice %(invoice)s")
_SHARE = _("%(invoice)s: %(amount)s")
_OPEN, _CREDIT = _("Open invoices"), _("Unapplied credit")
_OWED, _EVEN, _OWING = _("Balance due"), _("Balance"), _("Balance in your favour")
_ALL_AMOUNTS = _("All amounts in %(currency)s.")
_ASK = _("Please tell us within 14 days if you do not agree with this statement.")
_USUAL_SIGN = {"invoice": 1, "fee": 1, "credit_note": -1, "payment": -1, "refund": 1, "points": -1}
"""Of an amount; the other one is that of something that was undone."""
_COLUMNS = (("invoice", "fee"), ("credit_note", "points"), ("payment",), ("refund",))
"""The kinds of each column of a summary. Points settle invoices as a credit does: no money comes in."""


def statement_page(statement: Statement, company: Company, voice: Voice) -> Page:
    """Every line with its running balance."""
    return _page(statement, company, voice, "statement.typ", _lines)


def summary_page(statement: Statement, company: Company, voice: Voice) -> Page:
    """A line a month, as the company counts them."""
    return _page(statement, company, voice, "statement_summary.typ", _months)


def _page(statement: Statement, company: Company, voice: Voice, template: str, lines_of: Any) -> Page:
    words = {name: voice.text(text) for name, text in WORDS.items()}
    span = voice.span(statement.since, statement.until + timedelta(days=1))
    facts = ((_DATE, in_calendars(statement.until, voice)), (_CUSTOMER, [statement.customer]))
    return Page(
        template=template,
        title=f"{words['title']} {statement.customer}",
        dated=statement.until,
        words=words,
        body={
            "number": span,
            "buyer": buyer_lines(statement.buyer, company, voice),
            "facts": [{"word": voice.text(word), "also": "", "value": value} for word, value in facts],
            "accounts": [
                {
                    "currency": voice.text(_ALL_AMOUNTS, currency=voice.isolated(account.currency)),
                    "since": voice.day(statement.since),
                    "opening": _figure(account.opening, account, voice),
                    "lines": list(lines_of(account, voice)),
                    "sums": list(_sums(account, voice)),
                }
                for account in statement.accounts
            ],
            "notes": [voice.text(_ASK)],
        },
    )


def _figure(amount: Decimal, account: Account, voice: Voice) -> str:
    return voice.number(amount, minor_digits(account.currency))


def _lines(account: Account, voice: Voice) -> Iterator[dict[str, Any]]:
    for line in account.lines:
        yield {
            "date": voice.day(line.on_date),
            "document": line.source,
            "what": _what(line, voice),
            "details": list(_details(line, account, voice)),
            "charged": _figure(line.amount, account, voice) if line.amount > 0 else "",
            "settled": _figure(-line.amount, account, voice) if line.amount < 0 else "",
            "balance": _figure(line.balance, account, voice),
            "quiet": line.kind == "applied",
        }


def _what(line: Line, voice: Voice) -> str:
    came_back = line.amount * _USUAL_SIGN.get(line.kind, 0) < 0
    text = _POINTS_BACK if came_back and line.kind == "points" else _WHAT[line.kind]
    said = voice.text(text)
    return voice.text(_TAKEN_BACK, what=said) if came_back and line.kind != "points" else said


def _details(line: Line, account: Account, voice: Voice) -> Iterator[str]:
    detail = line.detail
    if line.kind == "invoice" and detail:
        yield voice.isolated(detail["plan"])
        yield voice.span(detail["period_starts_on"], detail["period_ends_on"])
    if line.kind == "credit_note" and detail:
        yield voice.text(_FOR_INVOICE, invoice=voice.isolated(detail["corrects"]))
    if line.kind == "payment" and detail.get("method"):
        yield voice.isolated(method_in_words(voice, detail["method"]))
    for share in line.shares:
        amount = voice.isolated(_figure(share.amount, account, voice))
        yield voice.text(_SHARE, invoice=voice.isolated(share.invoice), amount=amount)


def _months(account: Account, voice: Voice) -> Iterator[dict[str, Any]]:
    moving = (line for line in account.lines if line.amount)
    for month, group in groupby(moving, key=lambda line: voice.month(line.on_date)):
        lines = list(group)
        moved = [sum((line.amount for line in lines if line.kind in kinds), Decimal(0)) for kinds in _COLUMNS]
        yield {
            "month": month,
            "figures": [_figure(amount, account, voice) if amount else "" for amount in moved],
            "balance": _figure(lines[-1].balance, account, voice),
        }


def _sums(account: Account, voice: Voice) -> Iterator[dict[str, str]]:
    closing = account.closing
    word = _OWED if closing > 0 else _OWING if closing < 0 else _EVEN
    rows = ((_OPEN, account.open, "plain"), (_CREDIT, -account.credit, "plain"), (word, abs(closing), "strong"))
    for text, amount, style in rows:
        yield {"word": voice.text(text), "also": "", "amount": voice.money(amount, account.currency), "style": style}
