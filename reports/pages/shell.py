"""What all pages share: one self-contained file each, with its style, its script and its fonts inside; no network.

A page's policy lets it run its own script alone, by its hash, so that no name of a customer can become one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import ChoiceLoader, DictLoader, Environment, PackageLoader
from markupsafe import Markup

from reports.company import Company
from reports.language.templates import environment
from reports.language.voice import Voice
from reports.pages.palette import palette

WEIGHTS = {"Regular": 400, "Bold": 700}
_OWN = "pages/"
"""Where a company's folder of templates holds those of pages."""


@dataclass(frozen=True)
class Shell:
    """The templates of a company's pages, in its language and colours."""

    company: Company
    voice: Voice
    templates: Environment
    pages: frozenset[str]
    """The reports whose pages lie beside, once this run is done: only these may be linked to."""

    def page(self, template: str, **of: Any) -> str:
        """A whole page."""
        return self.templates.get_template(template).render(of)


def shell(company: Company, pages: frozenset[str] = frozenset()) -> Shell:
    """The templates as the company has them: its own in place of ours, where its folder holds some."""
    voice = company.voice()
    own = {name.removeprefix(_OWN): text for name, text in company.templates.items() if name.startswith(_OWN)}
    made = _environment(voice, own)
    made.globals |= {"company": company, "palette": Markup(palette(company)), "logo": _logo(company), "pages": pages}
    return Shell(company, voice, made, pages)


def page_of_all(template: str, voice: Voice, **of: Any) -> str:
    """A page of no one company: the index of the site."""
    return _environment(voice, {}).get_template(template).render(of)


def _environment(voice: Voice, own: Mapping[str, str]) -> Environment:
    loader = ChoiceLoader([DictLoader(own), PackageLoader("reports.pages", "templates")])
    made = environment(voice, loader, html=True)
    made.globals |= {"css": Markup(resource("page.css")), "fonts": fonts(), "policy_of": policy}
    made.globals |= {"script": Markup(resource("page.js")), "policy": policy(resource("page.js"))}
    return made


def policy(*scripts: str) -> str:
    """What a page may do: show what is inside it, and run these scripts."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{one}'" for one in hashes)
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; script-src {allowed}"


@lru_cache
def resource(name: str) -> str:
    """A style or a script of the pages."""
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


@lru_cache
def fonts() -> Markup:
    """Vazirmatn, whole, in two weights: 136 kB of a page that can be mailed and opened anywhere."""
    faces = (
        f"@font-face{{font-family:Vazirmatn;font-weight:{weight};font-display:swap;"
        f"src:url({_uri('font/woff2', _font(name))}) format('woff2')}}"
        for name, weight in WEIGHTS.items()
    )
    return Markup("".join(faces))


def _font(name: str) -> bytes:
    return (files("reports") / "fonts" / f"Vazirmatn-{name}.woff2").read_bytes()


def _logo(company: Company) -> str:
    """The logo inside the page; as an image it can run nothing."""
    if company.logo is None:
        return ""
    return _uri("image/svg+xml" if company.logo.kind == "svg" else "image/png", company.logo.content)


def _uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
