"""From a page to a PDF: typst with our fonts and nothing of the machine's, the same bytes for the same page.

PDF/A-3a and PDF/UA-1 are asked for, because they make the file fit for archives and screen readers, and because only
so a character that no font can show is an error. A compiler belongs to one thread; fork no process after its first use.
"""

from __future__ import annotations

import json
import os
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, time
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from models.errors import BrokenTemplate
from reports.company import Company, Logo
from reports.documents.document import CannotWrite, Page
from reports.documents.parties import footer
from reports.language.catalogs import _
from reports.language.voice import DIGITS, Voice
from reports.overriding import quotes_only

STANDARDS = ["a-3a", "ua-1"]
LOOK = "look.typ"
FOLDER = "documents"
"""Where a company's folder `templates` keeps its own in place of ours: documents/look.typ, documents/invoice.typ …"""
_PAGE_OF = _("Page %(page)s of %(pages)s")
_MISSING = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_DISALLOWED = re.compile(r'disallowed codepoint `"(.*?)"`', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_of_thread = threading.local()
_first: list[int] = []
"""The process that typeset first: its threads of typst live in no fork of it."""


def pdf(page: Page, company: Company, voice: Voice, what: str) -> bytes:
    """The page as a PDF. `what` names it in errors. Raises CannotWrite for a character that no font has,
    and BrokenTemplate where a template of the company fails."""
    made = _compiled(page, company, voice, what, format="pdf", pdf_standards=STANDARDS)
    return made if isinstance(made, bytes) else made[0]


def pictures(page: Page, company: Company, voice: Voice, what: str, *, ppi: float = 110) -> list[bytes]:
    """Each leaf of the page as a PNG: for people who look at a template that they change."""
    made = _compiled(page, company, voice, what, format="png", ppi=ppi)
    return [made] if isinstance(made, bytes) else made


def _compiled(page: Page, company: Company, voice: Voice, what: str, **form: Any) -> bytes | list[bytes]:
    try:
        made = compiler(company.fonts).compile(
            input=_source(page.template, company),
            sys_inputs={"page": json.dumps(_shown(page, company, voice), ensure_ascii=False)},
            timestamp=datetime.combine(page.dated, time(), UTC),
            **form,
        )
    except typst.TypstError as wrong:
        raise _said(wrong, what, company, page.template) from None
    assert made is not None  # only where it is written to a file
    return made


def compiler(fonts: Path | None) -> typst.Compiler:
    """This thread's compiler with our fonts, and those of a company behind them."""
    _first[:] = _first or [os.getpid()]
    if _first != [os.getpid()]:
        raise CannotWrite(
            f"Process {os.getpid()} was forked from {_first[0]}, which had typeset before, and would wait for ever; "
            "expected one that was spawned. Start it with the start method `spawn`."
        )
    made: dict[Path | None, typst.Compiler] = _of_thread.__dict__.setdefault("compilers", {})
    if fonts not in made:
        ours = str(files("reports") / "fonts")
        known = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[ours, str(fonts)] if fonts else [ours],
        )
        made[fonts] = typst.Compiler(root=str(files(__package__) / "templates"), font_paths=known)
    return made[fonts]


def _source(template: str, company: Company) -> bytes:
    """The look and the template in one file, each the company's own where it has one."""
    ours = files(__package__) / "templates"
    texts = (company.templates.get(f"{FOLDER}/{name}") or (ours / name).read_text("utf-8") for name in (LOOK, template))
    return "\n".join(texts).encode()


def _shown(page: Page, company: Company, voice: Voice) -> dict[str, Any]:
    return {
        "look": {
            "language": voice.language,
            "direction": voice.direction,
            "digits": list(DIGITS[voice.digits]),
            "accent": company.accent,
            "company": company.name,
            "logo": _svg(company.logo) if company.logo else None,
            "footer": footer(company, voice),
            "page_of": voice.text(_PAGE_OF, page="{page}", pages="{pages}"),
            "title": page.title,
        },
        "words": page.words,
        "also": page.also,
        "body": page.body,
    }


def _svg(logo: Logo) -> str:
    """A logo as SVG: what is passed in is text, so a PNG is wrapped."""
    if logo.kind == "svg":
        return logo.content.decode("utf-8")
    width, height = (int.from_bytes(logo.content[at : at + 4]) for at in (16, 20))
    data = b64encode(logo.content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{data}"/></svg>'
    )


def _said(wrong: typst.TypstError, what: str, company: Company, template: str) -> CannotWrite | BrokenTemplate:
    """A letter that no font has is the document's fault; anything else is that of the company's templates, if any."""
    shown = list(dict.fromkeys(_characters(str(wrong.diagnostic))))
    own = [name for name in (f"{FOLDER}/{LOOK}", f"{FOLDER}/{template}") if name in company.templates]
    if not shown and own:
        is_safe = quotes_only(wrong.message, "\n".join(company.templates[name] for name in own))
        is_safe &= not wrong.message.startswith(("panicked", "assertion failed"))  # with words of the template's making
        return BrokenTemplate(company.company, " or ".join(own), None, wrong.message if is_safe else "it fails")
    if not shown:
        return CannotWrite(
            f"{what} cannot be typeset: {wrong.message}. Correct logo and templates in the folder of company "
            f"{company.company} and run again."
        )
    return CannotWrite(
        f"{what} cannot be typeset: no font has {', '.join(shown)}. Put a font that has them (TTF or OTF) into "
        f"`fonts` in the folder of company {company.company}, or correct the text, and run again."
    )


def _characters(diagnostic: str) -> Iterator[str]:
    """U+5F20 and so on: the characters that a diagnostic complains of. Only these: the text may be a name."""
    for pattern in (_MISSING, _DISALLOWED):
        for text in pattern.findall(diagnostic):
            plain = _ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), text)
            yield from (f"U+{ord(character):04X}" for character in plain)
