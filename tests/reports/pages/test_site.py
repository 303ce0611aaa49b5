"""The site tells what lies there: no link without a page, and no day for today that has not been run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from reports.catalogue import REPORTS
from reports.company import Company, Wishes
from reports.pages.knowledge import Knowledge
from reports.pages.site import Day, day_after, day_of, manifest, site_index
from tests.reports.pages.samples import AS_OF, ENGLISH, KNOWN, PERSIAN

TWO = REPORTS[:2]


def day(known: Knowledge = KNOWN, company: Company = ENGLISH, formats: Sequence[str] = ("html",)) -> Day:
    return day_after(company, known, TWO, formats, None)


def on(as_of: date) -> Knowledge:
    """A day's reports, written when the days up to AS_OF had been run."""
    return replace(KNOWN, as_of=as_of)


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"#]+)"', page)


def test_a_day_folder_says_of_itself_what_the_site_needs():
    company = replace(PERSIAN, wishes=Wishes(digits="latn", calendars=("gregorian",)))
    written = day(company=company)
    assert day_of(written.folder, manifest(written)) == written


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"voice": 1}', b'{"voice": {"calendars": 3}}', b"\xff", b"[" * 100_000]
)
def test_a_manifest_that_is_none_of_ours_is_a_value_error(content: bytes):
    with pytest.raises(ValueError):
        day_of("himma", content)


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (b'"formats": [\n    "html"\n   ]', b'"formats": null'),
        (b'"formats": [\n    "html"\n   ],', b""),
        (b'"digits": "latn"', b'"digits": "zzz"'),
        (b'"gregorian"\n', b'"maya"\n'),
        (b'"calendars": [\n   "gregorian"\n  ]', b'"calendars": []'),
    ],
)
def test_a_manifest_of_another_shape_is_a_value_error(written: bytes, wrong: bytes):
    content = manifest(day())
    assert written in content
    with pytest.raises(ValueError):
        day_of("dhow", content.replace(written, wrong))


def test_a_day_is_ahead_as_long_as_all_of_it_was_written_ahead():
    ahead = replace(KNOWN, known_up_to=AS_OF - timedelta(days=1))
    early = day_after(ENGLISH, ahead, TWO, ("html",), None)
    assert early.is_early
    assert not day_after(ENGLISH, KNOWN, TWO[:1], ("html",), early).is_early


def test_what_was_written_for_a_day_before_stays():
    before = day(formats=("html", "csv"))
    after = day_after(ENGLISH, KNOWN, REPORTS[2:3], ("xlsx",), before)
    assert set(after.reports) == {report.name for report in REPORTS[:3]}
    assert after.pages == before.pages


def test_the_newest_day_that_was_run_is_shown_first_and_days_ahead_stand_apart():
    ahead, old = AS_OF + timedelta(days=400), AS_OF - timedelta(days=1)
    page = site_index([day(on(one)) for one in (old, ahead, AS_OF)], REPORTS)
    assert [link.split("/")[1] for link in links(page)][:3] == [str(AS_OF)] * 3
    assert page.index("Earlier days") < page.index(f"{old}/index.html")
    assert page.index("Days that had not been run yet") < page.index(f"{ahead}/index.html")


def test_a_store_without_a_night_shows_what_there_is():
    assert f"dhow/{AS_OF}/index.html" in links(site_index([day(replace(KNOWN, known_up_to=None))], REPORTS))


def test_a_report_without_a_page_has_no_link():
    page = site_index([day(formats=("csv",))], REPORTS)
    assert links(page) == [f"dhow/{AS_OF}/index.html"]
    assert '"reports":[]' in page, "neither does the search find it"


def test_the_days_of_a_company_are_written_as_the_company_writes_them():
    latin = replace(PERSIAN, wishes=Wishes(digits="latn", calendars=("gregorian",)))
    assert "20 مارس 2028" in site_index([day(company=latin)], REPORTS)
    assert "۱ فروردین ۱۴۰۷" in site_index([day(company=PERSIAN)], REPORTS)
