"""Every visible text comes from the catalogs: none missing, none left over, the same placeholders (style rule 11)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from reports.language.catalogs import DOMAINS, TRANSLATED, catalog
from reports.language.voice import voice_of

ROOT = Path(__file__).parents[3]
KEYWORDS = {"_": None, "text": None, "ngettext": (1, 2), "plural": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def extracted(domain: str) -> set[str | tuple[str, ...]]:
    """The texts of a domain's folder, as `make words` finds them."""
    with (ROOT / "reports/language/babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    found = extract_from_dir(ROOT / DOMAINS[domain], methods, options, keywords=KEYWORDS)
    return {keyed(message) for _file, _line, message, *_rest in found} - {""}


def keyed(text: str | Sequence[str]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalog_has_exactly_the_texts_of_its_folder(language: str, domain: str):
    known = {keyed(message.id) for message in catalog(language, domain) if message.id}
    assert known == extracted(domain), "run `make words` and translate what it adds"


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_with_the_same_placeholders(language: str, domain: str):
    entries = [message for message in catalog(language, domain) if message.id]
    for message in entries:
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        source = message.id if isinstance(message.id, str) else message.id[1]
        assert all(forms), f"{source} is not translated"
        assert not message.fuzzy, f"{source} is fuzzy"
        for form in forms:
            # "One day" and "two days" need no figure.
            assert set(PLACEHOLDER.findall(form)) | {"count"} == set(PLACEHOLDER.findall(source)) | {"count"}, source


@pytest.mark.parametrize("language", TRANSLATED)
def test_one_text_has_one_translation_whatever_its_domain(language: str):
    said = defaultdict(set)
    for domain in DOMAINS:
        for message in catalog(language, domain):
            said[str(message.id)].add(str(message.string))
    assert [text for text, forms in said.items() if text and len(forms) > 1] == []


def test_arabic_has_its_six_plural_forms():
    said = [voice_of("ar").length(n) for n in (0, 1, 2, 3, 11, 100, 103)]
    assert said == ["0 يوم", "يوم واحد", "يومان", "3 أيام", "11 يومًا", "100 يوم", "103 أيام"]


def test_persian_and_english_have_their_two():
    assert [voice_of("fa").length(n) for n in (0, 1, 2)] == ["۰ روز", "۱ روز", "۲ روز"]
    assert [voice_of("en").length(n) for n in (0, 1, 2)] == ["0 days", "1 day", "2 days"]
