"""Words: English in the sources, Arabic and Persian in gettext catalogs, `locale/<language>/LC_MESSAGES/<domain>.po`.

A domain is the folder whose texts it holds, so that a translator opens one file for one kind of page. The catalogs are
compiled when they are first read: there is no second copy that could be older than the words.
"""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from models.companies import LANGUAGES

SOURCE = "en"
"""The language that the sources are written in; it needs no catalog."""
DOMAINS = {
    "common": "reports/language",
    "documents": "reports/documents",
    "messages": "reports/messages",
    "reports": "reports/catalogue",
    "pages": "reports/pages",
}
"""Domain -> the folder that it is extracted from."""
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)


def _(text: str) -> str:
    """Mark a text for the catalogs; it is translated where it is shown."""
    return text


def catalog(language: str, domain: str) -> Catalog:
    """One catalog as it is written; an empty one where the domain has no text yet."""
    path = files(__package__) / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.is_file():
        return Catalog(locale=language, domain=domain)
    return read_po(BytesIO(path.read_bytes()), locale=language, domain=domain)


@lru_cache
def words(language: str) -> NullTranslations:
    """The words of a language, all domains together."""
    if language == SOURCE:
        return NullTranslations()
    # The first one says how plurals are formed; the others only add to it.
    together, *others = (_compiled(language, domain) for domain in DOMAINS)
    for other in others:
        together.merge(other)
    return together


def _compiled(language: str, domain: str) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, catalog(language, domain))
    compiled.seek(0)
    return Translations(compiled, domain=domain)
