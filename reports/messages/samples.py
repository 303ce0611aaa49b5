"""Is every template of a company in order? Each kind with facts such as a night brings, and what is wrong with it.

`check_templates` renders them all, so that a mistake is found before the night. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes

from models.companies import LANGUAGES
from models.errors import BrokenTemplate
from models.messages import KINDS
from reports.company import Company
from reports.messages.message import Message
from reports.messages.rendering import FOLDER, ours, render
from reports.overriding import VIEWS, kind_of, standard_templates

TODAY = date(2028, 3, 5)
_PERIOD = {"period_starts_on": date(2028, 3, 1), "period_ends_on": date(2028, 4, 1)}
_MEMBERSHIP = {
    "membership": "m-1042",
    "plan_name": "Monthly",
    "currency": "SAR",
    "open": Decimal("115.00"),
    "oldest_invoice": "HMA-2028-000042",
    "oldest_due_on": date(2028, 3, 15),
    "paid_until_now": date(2028, 3, 25),
    "had_paid_time": True,
}
_NOTHING_OPEN = {"open": Decimal(0), "oldest_invoice": None, "oldest_due_on": None}
_LINE = {
    "invoice": "HMA-2028-000042",
    "kind": "membership",
    "plan_name": "Monthly",
    **_PERIOD,
    "due_on": date(2028, 2, 20),
    "currency": "SAR",
    "days": 14,
    "open": Decimal("115.00"),
}
_FEE = _LINE | {"invoice": "HMA-2028-000051", "kind": "fee", "days": 0, "open": Decimal("25.00"), "due_on": TODAY}
_INVOICE = _MEMBERSHIP | {
    **_PERIOD,
    "due_on": date(2028, 3, 15),
    "net": Decimal("100.00"),
    "tax": Decimal("15.00"),
    "tax_rate": Decimal("0.15"),
    "total": Decimal("115.00"),
    "paid": Decimal("0.00"),
    "is_void": False,
}
_PAYMENT = {
    "amount": Decimal("200.00"),
    "currency": "SAR",
    "method": "mada",
    "paid_on": date(2028, 3, 4),
    "reference": "TRX-77120",
    "unapplied": Decimal("60.00"),
    "paid": [_LINE | {"amount": Decimal("115.00"), "open": Decimal(0)}, _FEE | {"amount": Decimal("25.00")}],
}
_END = {
    "credit_notes": [
        {"invoice": "HMA-2028-000060", "corrects": "HMA-2028-000042", "currency": "SAR", "amount": Decimal("115.00")}
    ],
    "credit": [{"currency": "SAR", "amount": Decimal("60.00")}],
}
_FREEZE = {"started_on": TODAY, "resumes_on": date(2028, 3, 19), "moved_days": None}
_CLOSURE = {"effective": "now", "closes_on": TODAY, "reason": "Moved away"}
_POINTS = {"credit_name": "Points", "credit_type": "points", "unit": "point", "decimals": 0, "balance": Decimal(340)}
_CREDITS = {
    "credit_type": "pt",
    "credit_name": "Personal training",
    "unit": "session",
    "decimals": 1,
    "balance": Decimal("6.5"),
}

SAMPLES: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "invoice_issued": (
        _INVOICE,
        _INVOICE | {"open": Decimal(0), "paid": Decimal("115.00")},
        _INVOICE | {"open": Decimal(0), "is_void": True, "tax": Decimal(0), "tax_rate": Decimal(0)},
    ),
    "payment_received": (_PAYMENT, _PAYMENT | {"paid": [], "method": None, "reference": None}),
    "reminder": tuple(
        _MEMBERSHIP
        | state
        | {"plan": "month", "period_ends_on": date(2028, 3, ends), "days_before": 7, "renews": renews}
        for state in ({}, _NOTHING_OPEN)
        for renews, ends in ((True, 12), (False, 6), (False, 8))
    ),
    "grace_started": tuple(
        _MEMBERSHIP | state | {"paid_until": date(2028, 3, 1), "grace_until": until, "had_paid_time": until is None}
        for state in ({}, _NOTHING_OPEN)
        for until in (date(2028, 3, 20), None)
    ),
    "membership_expired": (
        _MEMBERSHIP | {"paid_until": date(2028, 3, 1), "credit_notes": [], "credit": []},
        _MEMBERSHIP | _NOTHING_OPEN | _END | {"paid_until": date(2028, 3, 1)},
    ),
    "freeze_started": (_MEMBERSHIP | _FREEZE,),
    "freeze_ended": (
        _MEMBERSHIP | _FREEZE | {"started_on": date(2028, 2, 20), "resumes_on": TODAY, "moved_days": 14},
        _MEMBERSHIP | _FREEZE | {"resumes_on": TODAY, "moved_days": 0, "paid_until_now": TODAY},
    ),
    "closure_accepted": (
        _MEMBERSHIP | _NOTHING_OPEN | _END | _CLOSURE,
        _MEMBERSHIP
        | _CLOSURE
        | {"effective": "period_end", "closes_on": date(2028, 4, 1), "reason": None}
        | {"credit_notes": [], "credit": []},
    ),
    "dunning": tuple(
        {"level": level, "template": template, "invoices": lines, "totals": totals}
        for level, template, lines, totals in (
            (1, "friendly", [_LINE | {"days": 3}], [{"currency": "SAR", "amount": Decimal("115.00")}]),
            (2, "firm", [_LINE, _FEE], [{"currency": "SAR", "amount": Decimal("140.00")}]),
            (
                3,
                "final",
                [_LINE, _FEE, _LINE | {"currency": "KWD", "open": Decimal("12.500")}],
                [{"currency": "SAR", "amount": Decimal("140.00")}, {"currency": "KWD", "amount": Decimal("12.500")}],
            ),
        )
    ),
    "points_earned": tuple(
        _POINTS | {"points": points, "expires_on": expires_on}
        for points, expires_on in ((Decimal(115), date(2029, 3, 5)), (Decimal("1.5"), None))
    ),
    "points_expiring": (_POINTS | {"quantity": Decimal(3), "expires_on": date(2028, 3, 12)},),
    "credits_expiring": (_CREDITS | {"quantity": Decimal("2.5"), "expires_on": date(2028, 3, 12)},),
}
"""Kind -> facts as `outbox.read` gives them, in each state that its words tell apart."""
_SUBJECTS = {"payment_received": "P-90017", "invoice_issued": "HMA-2028-000042", "points_earned": "HMA-2028-000042"}


_LAYOUTS = tuple(f"layout.{view}.j2" for view in VIEWS)


def samples(company: Company, kind: str, language: str, name: str = "Sample Member") -> list[Message]:
    """A message for each state of a kind."""
    return [
        Message(
            message_id=place,
            company=company.company,
            kind=kind,
            subject=_SUBJECTS.get(kind, "m-1042"),
            key="",
            customer="cu-1042",
            name=name,
            language=language,
            on_date=TODAY,
            facts={**facts, "said_on": TODAY},
        )
        for place, facts in enumerate(SAMPLES[kind], start=1)
    ]


def check_templates(company: Company) -> list[str]:
    """What is wrong with a company's templates, each once; nothing where every message can be written in its languages.

    A file of its own that is no standard one is taken for the template of a dunning level, and tried as that; one whose
    name begins with _ is a part of others.
    """
    found = dict.fromkeys(_unknown_blocks(company))
    for language in LANGUAGES:
        for message in (*_all_kinds(company, language), *_levels(company, language)):
            try:
                render(message, company)
            except BrokenTemplate as wrong:
                found[str(wrong)] = None
    return list(found)


def _unknown_blocks(company: Company) -> Iterator[str]:
    """A block that no layout has would be left out without a word."""
    texts = dict(company.templates) | {f"{FOLDER}{name}": ours(f"{FOLDER}{name}") for name in _LAYOUTS}
    layouts = {name for name in texts if name.startswith(f"{FOLDER}layout.")}
    known = {block for name in layouts for block, _line in _blocks(texts[name])}
    for name in company.templates:
        if name.startswith(FOLDER) and name not in layouts:
            for block, line in _blocks(texts[name]):
                if block not in known:
                    why = f"no layout has a block {block}; expected one of: {', '.join(sorted(known))}"
                    yield str(BrokenTemplate(company.company, name, line, why))


def _blocks(template: str) -> list[tuple[str, int]]:
    """Name and line of each block of a template; none of one that cannot be read, which is told by others."""
    try:
        return [(block.name, block.lineno) for block in Environment().parse(template).find_all(nodes.Block)]
    except TemplateSyntaxError:
        return []


def _all_kinds(company: Company, language: str) -> list[Message]:
    return [message for kind in KINDS for message in samples(company, kind, language)]


def _levels(company: Company, language: str) -> list[Message]:
    """Letters by each template of the company's that is none of ours."""
    known = standard_templates("messages")
    names = {
        kind_of(name)
        for name in (path.removeprefix(FOLDER) for path in company.templates if path.startswith(FOLDER))
        if name not in known and not name.startswith("_")
    }
    return [
        Message(**vars(message) | {"facts": dict(message.facts) | {"template": name}})
        for name in sorted(names - set(KINDS))
        for message in samples(company, "dunning", language)
    ]
