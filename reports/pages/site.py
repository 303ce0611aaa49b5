"""The site: an index of all companies and days, and of each day its reports. Rebuilt from what lies there.

Every day folder holds a small `manifest.json` that says whose it is and which reports it holds. What the site shows
follows from these alone, so that it is right after any report was written anew.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import quote

from markupsafe import Markup
from pydantic import TypeAdapter

from models.companies import LANGUAGES
from reports.company import Company
from reports.language.catalogs import _
from reports.language.voice import Voice, voice_of
from reports.pages.knowledge import Knowledge
from reports.pages.report_page import known_to
from reports.pages.shell import Shell, page_of_all, policy, resource
from reports.report import INDEX, Report, Section

MANIFEST = "manifest.json"
BESIDE = {"documents": _("Documents"), "messages": _("Messages")}
"""The folders of a company beside its days: invoices and letters, mails as their customers read them."""
FORMATS = ("html", "xlsx", "csv", "parquet")
SECTIONS: dict[Section, str] = {
    "overview": _("Overview"),
    "members": _("Members"),
    "money": _("Money"),
    "credits": _("Credits and points"),
}


@dataclass(frozen=True)
class Held:
    """A report of a day folder."""

    title: str
    """In the language of the sources."""
    formats: tuple[str, ...]
    is_early: bool
    """Whether the day had not been run when it was written."""


@dataclass(frozen=True)
class Day:
    """What a day folder holds: the reports that were written for a company and a day, in the order of the site."""

    folder: str
    """Of the company, as it is named on the disk."""
    name: str
    """Of the company."""
    voice: Voice
    accent: str
    as_of: date
    reports: Mapping[str, Held]

    @property
    def is_early(self) -> bool:
        """Whether all of its reports were written before the day had been run."""
        return all(of.is_early for of in self.reports.values())

    @property
    def pages(self) -> frozenset[str]:
        """The reports that have a page, which others may link to."""
        return frozenset(name for name, of in self.reports.items() if "html" in of.formats)


def day_after(
    company: Company, known: Knowledge, written: Sequence[Report], formats: Sequence[str], before: Day | None
) -> Day:
    """A day folder after `written` were written; what stood there `before` stays."""
    now = {report.name: Held(report.title, tuple(formats), known.is_early) for report in written}
    held = dict(before.reports) if before else {}
    return Day(company.folder, company.name, company.voice(), company.accent, known.as_of, held | now)


def manifest(day: Day) -> bytes:
    """What a day folder says of itself, for `day_of`."""
    return _DAY.dump_json(day, indent=1)


def day_of(folder: str, content: bytes) -> Day:
    """A day folder from its manifest. Raises ValueError where that is none."""
    return replace(_DAY.validate_json(content), folder=folder)


_DAY = TypeAdapter(Day)


def day_index(day: Day, reports: Sequence[Report], shell: Shell, known: Knowledge) -> str:
    """The page of a day folder: its reports by section, each with its question and its files."""
    there = [report for report in reports if report.name in day.reports]
    sections = {
        shell.voice.text(title): [report for report in there if report.section == section]
        for section, title in SECTIONS.items()
    }
    return shell.page("day.html.j2", sections=sections, of=day.reports, **known_to(known, shell))


def site_index(
    days: Iterable[Day], reports: Sequence[Report], beside: Mapping[str, Sequence[str]] | None = None
) -> str:
    """The page of all companies and days, in all languages at once; the reader's browser chooses.

    `beside`: what else lies in the folder of a company, of `BESIDE`.
    """
    by_folder: dict[str, list[Day]] = {}
    for day in sorted(days, key=lambda day: day.as_of, reverse=True):
        by_folder.setdefault(day.folder, []).append(day)
    # A company's name is that of its newest day.
    folders = sorted(by_folder.values(), key=lambda of: (_newest(of).name, of[0].folder))
    titles = {report.name: report.title for report in reports}
    script = resource("site.js")
    return page_of_all(
        "site.html.j2",
        voice_of("en"),
        languages={language: voice_of(language) for language in LANGUAGES},
        companies=[_company(of, titles, (beside or {}).get(of[0].folder, ())) for of in folders],
        index=Markup(_script_safe(_search_index(folders, titles))),
        search=Markup(script),
        policy=policy(resource("page.js"), script),
        both=both,
    )


def both(text: str, **placeholders: object) -> Markup:
    """A text in every language; the page shows the one that its reader has chosen."""
    spoken = (voice_of(language) for language in LANGUAGES)
    return Markup("").join(
        Markup('<span lang="{}" dir="{}">{}</span>').format(
            voice.language, voice.direction, voice.text(text, **placeholders)
        )
        for voice in spoken
    )


def _company(days: Sequence[Day], titles: Mapping[str, str], beside: Sequence[str]) -> dict[str, Any]:
    newest = _newest(days)
    voice = newest.voice
    links = [(both(_title(name, newest, titles)), _path(newest, f"{name}.html")) for name in _paged(newest, titles)]
    return {
        "name": newest.name,
        "language": voice.language,
        "accent": newest.accent,
        "day": voice.day_twice(newest.as_of),
        "index": _path(newest, INDEX),
        "beside": [(both(BESIDE[name]), f"{quote(newest.folder)}/{name}/") for name in beside],
        "reports": links,
        "older": _by_month(voice, (day for day in days if day.as_of < newest.as_of)),
        "early": _by_month(voice, (day for day in days if day.as_of > newest.as_of)),
    }


def _newest(days: Sequence[Day]) -> Day:
    """The last day that was run when its reports were written: a day ahead, or mistyped, is not today."""
    return next((day for day in days if not day.is_early), days[0])


def _by_month(voice: Voice, days: Iterable[Day]) -> dict[str, list[tuple[str, str]]]:
    """Month -> its days with the way to each."""
    months: dict[str, list[tuple[str, str]]] = {}
    for day in days:
        months.setdefault(voice.month(day.as_of), []).append((voice.day(day.as_of), _path(day, INDEX)))
    return months


def _paged(day: Day, titles: Mapping[str, str]) -> list[str]:
    """The reports of a day that have a page, in the order of the catalogue, then those that it no longer has."""
    return [name for name in titles if name in day.pages] + sorted(day.pages - titles.keys())


def _title(name: str, day: Day, titles: Mapping[str, str]) -> str:
    return titles.get(name, day.reports[name].title)


def _path(day: Day, file: str) -> str:
    return f"{quote(day.folder)}/{day.as_of.isoformat()}/{file}"


def _search_index(folders: Sequence[Sequence[Day]], titles: Mapping[str, str]) -> dict[str, Any]:
    """What is searched: companies with their days and the reports of each; every title in every language."""
    known = {name: _title(name, day, titles) for days in folders for day in days for name in day.pages}
    place = {name: number for number, name in enumerate(sorted(known))}
    return {
        "reports": [[name, *(voice_of(language).text(known[name]) for language in LANGUAGES)] for name in place],
        "companies": [
            {
                "name": _newest(days).name,
                "path": quote(days[0].folder),
                "days": [
                    [day.as_of.isoformat(), day.voice.day(day.as_of), [place[name] for name in _paged(day, titles)]]
                    for day in days
                ],
            }
            for days in folders
        ],
    }


def _script_safe(content: object) -> str:
    """JSON that can stand in a page: no name may end its element."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
