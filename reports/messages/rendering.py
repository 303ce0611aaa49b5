"""How does a message read? Subject, text, HTML and a short line, in its language, from our templates or its company's.

A kind has one file of words, `messages/<kind>.j2`, and four layouts show them: subject, txt, html, short. A company
puts its own file in the place of any of these, or of one view of one kind (`messages/dunning.html.j2`); a level of
dunning whose template is `firm` takes `messages/firm.j2` where the company has it. See docs/messages.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import TemplateModule
from jinja2.sandbox import SandboxedEnvironment

from models.errors import BrokenTemplate
from models.messages import KINDS
from reports.company import Company, Wishes
from reports.language.cleaning import name_line
from reports.language.methods import method_in_words
from reports.language.registrations import tax_number_word
from reports.language.templates import bdi, environment
from reports.language.voice import Voice
from reports.messages.message import Message, Rendered
from reports.overriding import quotes_only

FOLDER = "messages/"
_KINDS_OF_VALUES = {
    f"{name}{end}"
    for kind in (str, int, dict, list, date, Decimal, Company, Wishes, Voice, TemplateModule)
    for name in (kind.__name__, f"{kind.__module__}.{kind.__name__}")
    for end in ("", " object")
}
"""What jinja's errors call a value: `str`, `dict object`."""


def render(message: Message, company: Company) -> Rendered:
    """A message as its customer will read it. Raises BrokenTemplate where a template cannot be used."""
    known = _known(message, company)
    subject = " ".join(_view(message, company, "subject", known).split())
    if not subject:
        raise BrokenTemplate(company.company, _name(message, company, "subject"), None, "it gives no subject")
    text = re.sub(r"\n{3,}", "\n\n", _view(message, company, "txt", known)).strip()
    html = _view(message, company, "html", known | {"title": subject}).strip()
    short = " ".join(_view(message, company, "short", known).split())
    return Rendered(subject, f"{text}\n", f"{html}\n", short, _documents(message))


def _view(message: Message, company: Company, view: str, known: Mapping[str, Any]) -> str:
    own = tuple(company.templates.items())
    name = _name(message, company, view)
    speaking = _environment(company.voice(message.language), own, html=view == "html")
    try:
        parts = speaking.get_template(f"{FOLDER}parts.{view if view in ('html', 'txt') else 'txt'}.j2")
        more = {"layout": f"{FOLDER}layout.{view}.j2", "say": parts.make_module(dict(known))}
        return speaking.get_template(name).render(dict(known) | more)
    except Exception as wrong:
        # Not chained: what a template trips over may be personal.
        raise _broken(wrong, company, name) from None


def _name(message: Message, company: Company, view: str) -> str:
    """The template of a view: of the dunning level's name, else of the kind; one for just this view comes first."""
    level = message.facts.get("template") if message.kind == "dunning" else None
    # A level that is called as a kind is means its tone: that kind's words tell of other facts.
    wanted = [name for name in (level, message.kind) if name and (name == message.kind or name not in KINDS)]
    candidates = [f"{FOLDER}{name}{end}.j2" for name in wanted for end in (f".{view}", "")]
    return next((name for name in candidates if name in company.templates), f"{FOLDER}{message.kind}.j2")


def _known(message: Message, company: Company) -> dict[str, Any]:
    """What a template may speak of: the message, its facts, the company, where an invoice is paid."""
    facts = {name: _safe(value) for name, value in message.facts.items()}
    about = {"kind": message.kind, "about": message.subject, "customer": message.customer}
    named = {"name": message.name, "on_date": message.on_date}
    return (
        facts
        | {name: _safe(value) for name, value in (about | named).items()}
        | {"company": company, "pay_url": company.pay_url}
        | {"tax_number_word": tax_number_word(company.currency)}
    )


def _safe(value: Any) -> Any:
    """Texts without what turns or breaks a line; all other values as they are."""
    if isinstance(value, str):
        return name_line(value)
    if isinstance(value, Mapping):
        return {name: _safe(part) for name, part in value.items()}
    return [_safe(part) for part in value] if isinstance(value, list) else value


def _documents(message: Message) -> tuple[tuple[str, str], ...]:
    """(kind, id) of what goes with it: the invoice, the receipt, the letter of a day, credit notes."""
    if message.kind == "invoice_issued":
        return (("invoice", message.subject),)
    if message.kind == "payment_received":
        return (("receipt", message.subject),)
    if message.kind == "dunning":
        return (("dunning", f"{message.customer}/{message.on_date}"),)
    return tuple(("credit_note", note["invoice"]) for note in message.facts.get("credit_notes", ()))


@lru_cache(maxsize=64)
def _environment(voice: Voice, own: tuple[tuple[str, str], ...], *, html: bool) -> Environment:
    """Ours with a company's templates in place of ours, compiled once; sandboxed, as a company's words need no more."""
    given = dict(own)
    loader = FunctionLoader(lambda name: (given[name] if name in given else ours(name), name, None))
    made = environment(voice, loader, html=html, base=SandboxedEnvironment)
    made.filters |= {"own": bdi if html else _own(voice), "day_before": _day_before}
    made.filters |= {"in_words": partial(method_in_words, voice)}
    return made


def _own(voice: Voice) -> Any:
    """Isolated, unless plain Latin letters stand in a Latin sentence: an SMS of these alone costs half."""
    return lambda text: str(text) if voice.direction == "ltr" and str(text).isascii() else voice.isolated(str(text))


def _day_before(day: date) -> date:
    """The last day of what ends on `day`, which it does not cover (L1.2)."""
    return day - timedelta(days=1)


def ours(name: str) -> str:
    """A template of ours by its name. Raises TemplateNotFound."""
    file = files(__package__) / "templates" / name.removeprefix(FOLDER)
    if not name.startswith(FOLDER) or not file.is_file():
        raise TemplateNotFound(name)
    return file.read_text(encoding="utf-8")


def _broken(wrong: Exception, company: Company, name: str) -> BrokenTemplate:
    """The innermost line that the error comes from, of the company's own templates where it has passed through one."""
    places: list[tuple[str, int | None]] = [(name, None)]
    at = wrong.__traceback__
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        places += [(file, at.tb_lineno)] if file.startswith(FOLDER) else []
        at = at.tb_next
    # What is undefined in theirs is often missed only in ours, which they call.
    place = ([place for place in places[1:] if place[0] in company.templates] or places)[-1]
    if isinstance(wrong, TemplateSyntaxError):
        place = (wrong.name or name, wrong.lineno)
    said = f"there is no template '{wrong.name}'" if isinstance(wrong, TemplateNotFound) else str(wrong)
    source = company.templates.get(place[0]) or ours(place[0])
    return BrokenTemplate(company.company, *place, said if _is_safe(wrong, said, source) else type(wrong).__name__)


def _is_safe(wrong: Exception, said: str, source: str) -> bool:
    """Whether an error names nobody: it is jinja's, and what it quotes, such as a misspelt name, is the template's."""
    if isinstance(wrong, TemplateSyntaxError):
        return True
    return isinstance(wrong, TemplateError) and quotes_only(said, source, _KINDS_OF_VALUES)
