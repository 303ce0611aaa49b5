"""Pages in headless Chromium: no violation of accessibility, no line that wraps or overflows, sorting, search, print.

They need a browser and take minutes: `make look`. Each page is left as a picture below build/looks, to be looked at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from models.demo import demo_files
from tasks.reporting import write_reports
from tasks.settings import settings
from tests.conftest import _create, use_database
from tests.support import load_rows, run_daily

FIRST, DAYS, MEMBERS = date(2028, 1, 1), 75, 120
LAST = date(2028, 3, 15)
LOOKS = Path(__file__).parents[2] / "build" / "looks"
COMPANIES = {"ar": "himma", "fa": "sepidar", "en": "dhow"}
PAGES = ("dashboard", "aging", "memberships", "revenue", "cohorts", "index")
WIDE, NARROW = 1200, 390
A4_LANDSCAPE = 1031
"""Its width in pixels, less the margins."""
LATIN, PERSIAN = "0123456789", "۰۱۲۳۴۵۶۷۸۹"


@pytest.fixture(scope="module")
def site(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three companies, three languages, 75 days and all their reports."""
    folder = tmp_path_factory.mktemp("site")
    use_database(_create(server_url, f"tajdid_looks_{os.getpid()}", template))
    os.environ["TAJDID_OUT"] = str(folder / "out")
    settings.cache_clear()
    load_rows(folder / "in", demo_files(first_day=FIRST, days=DAYS, members=MEMBERS))
    run_daily(FIRST, LAST)
    for day in (date(2028, 2, 29), LAST):
        write_reports(day, ["all"], produced_at=datetime(2028, 3, 16, 1, tzinfo=UTC))
    yield folder / "out"
    del os.environ["TAJDID_OUT"]
    settings.cache_clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of this machine, else the one that Playwright has installed."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"))
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, site: Path) -> Iterator:
    """Open a page as a file; whatever it asks of a network, and whatever it complains of, fails the test."""
    contexts, wrong = [], []

    def open_page(path: str, width: int = WIDE, scheme: str = "light", locale: str = "en") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: wrong.append(asked.url) if asked.url.startswith("http") else None)
        page.on("console", lambda said: wrong.append(said.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto((site / path).as_uri())
        page.evaluate("document.fonts.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def keep(page: Page, name: str) -> None:
    """A picture to be looked at."""
    LOOKS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=LOOKS / f"{name}.png", full_page=True)


def path_of(language: str, name: str, day: date = LAST) -> str:
    return f"{COMPANIES[language]}/{day}/{name}.html"


def require_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found] == []


def require_no_overflow(page: Page) -> None:
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", COMPANIES)
def test_a_page_is_accessible_and_fits(opened, language: str, name: str, width: int, scheme: str):
    page = opened(path_of(language, name), width, scheme)
    keep(page, f"{name}-{language}-{width}-{scheme}")
    require_no_overflow(page)
    require_accessible(page)


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("language", COMPANIES)
def test_a_figure_of_the_dashboard_stands_in_one_line_inside_its_tile(opened, language: str, width: int):
    page = opened(path_of(language, "dashboard"), width)
    boxes = page.evaluate(
        """[...document.querySelectorAll(".figure")].map((figure) => {
            const range = document.createRange(); range.selectNodeContents(figure);
            const inner = range.getBoundingClientRect(), tile = figure.closest(".tile").getBoundingClientRect();
            const line = parseFloat(getComputedStyle(figure).lineHeight);
            const isInside = inner.left >= tile.left && inner.right <= tile.right;
            return [figure.textContent, inner.height <= line * 1.6, isInside];
        })"""
    )
    assert boxes and [box for box in boxes if not (box[1] and box[2])] == []


@pytest.mark.parametrize("name", ["renewal_rate", "memberships"])
@pytest.mark.parametrize("language", COMPANIES)
def test_days_months_and_ids_of_a_table_stand_in_one_line(opened, language: str, name: str):
    page = opened(path_of(language, name), NARROW)
    lines = page.evaluate(
        """[...document.querySelectorAll("tbody .day, tbody .id")].map((cell) => {
            const range = document.createRange(); range.selectNodeContents(cell);
            return range.getBoundingClientRect().height / parseFloat(getComputedStyle(cell).lineHeight);
        })"""
    )
    assert lines and max(lines) < 1.6


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["ar", "fa"])
def test_no_english_is_left_on_a_page_of_another_language(opened, language: str, name: str):
    page = opened(path_of(language, name))
    words = page.evaluate(
        r"""[...document.querySelectorAll("h1,h2,h3,p,dt,dd,th,button,summary,li,figcaption,text,a,[aria-label]")]
            .flatMap((of) => [...of.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data)
                .concat(of.getAttribute("aria-label") ?? []))
            .flatMap((text) => text.match(/\b[a-z]{3,}\b/g) ?? [])"""
    )
    assert set(words) == set()


def test_digits_of_a_persian_page_are_persian_in_tables_and_charts(opened):
    page = opened(path_of("fa", "aging"))
    texts = page.evaluate("""[...document.querySelectorAll("td.num, text")].map((of) => of.textContent).join(" ")""")
    assert not set(texts) & set(LATIN) and set(texts) & set(PERSIAN)


def test_figures_stand_at_the_right_in_both_directions(opened):
    for language in COMPANIES:
        page = opened(path_of(language, "aging"))
        aligned = page.evaluate(
            """[...document.querySelectorAll("td.num")].map((of) => getComputedStyle(of).textAlign)"""
        )
        assert set(aligned) == {"right"}


@pytest.mark.parametrize("language", COMPANIES)
def test_a_heading_sorts_its_column_up_and_down(opened, language: str):
    page = opened(path_of(language, "aging"))
    heads = page.locator(".sortable thead th")
    column = next(n for n in range(heads.count()) if "num" in (heads.nth(n).get_attribute("class") or ""))

    def values() -> list[float]:
        return [
            float(v)
            for v in page.evaluate(
                f"[...document.querySelectorAll('.sortable tbody tr')].map((row) => row.cells[{column}].dataset.v)"
            )
        ]

    heads.nth(column).locator("button").press("Enter")
    assert heads.nth(column).get_attribute("aria-sort") == "ascending"
    assert values() == sorted(values())
    heads.nth(column).locator("button").click()
    assert heads.nth(column).get_attribute("aria-sort") == "descending"
    assert values() == sorted(values(), reverse=True)


def test_light_and_dark_can_be_chosen_and_are_remembered(opened):
    page = opened(path_of("ar", "dashboard"))
    light = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    page.get_by_role("button", name="فاتح أو داكن").click()
    dark = page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor")
    assert light != dark
    page.reload()
    assert page.evaluate("getComputedStyle(document.body.parentElement).backgroundColor") == dark


@pytest.mark.parametrize("name", [name for name in PAGES if name != "index"] + ["statements", "credits"])
@pytest.mark.parametrize("language", COMPANIES)
def test_a_printed_page_is_a4_and_shows_all_of_its_table(opened, language: str, name: str):
    page = opened(path_of(language, name), A4_LANDSCAPE)
    page.emulate_media(media="print")
    keep(page, f"print-{name}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= A4_LANDSCAPE
    for sheet in page.locator(".sheet").all():
        assert sheet.evaluate("(of) => of.scrollHeight === of.clientHeight && of.scrollWidth === of.clientWidth")
    assert not page.locator(".downloads").first.is_visible()


@pytest.mark.parametrize(
    ("locale", "language", "direction"), [("ar-SA", "ar", "rtl"), ("fa-IR", "fa", "rtl"), ("de", "en", "ltr")]
)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_site_speaks_the_language_of_its_reader(opened, locale: str, language: str, direction: str, width: int):
    page = opened("index.html", width, locale=locale)
    assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == [language, direction]
    keep(page, f"site-{language}-{width}")
    require_no_overflow(page)
    require_accessible(page)


@pytest.mark.parametrize(
    ("typed", "company", "report"),
    [
        ("اعمار الذمم نادي", "himma", "aging"),
        ("أعمار الذِّمم نادى", "himma", "aging"),
        ("aging ٢٠٢٨-٠٣-١٥ dhow", "dhow", "aging"),
        ("سن مطالبات سكوي", "sepidar", "aging"),
        ("مطالبات ۲۵ اسفند ١٤٠٦", "sepidar", "aging"),
    ],
)
def test_search_finds_what_is_spelt_in_another_way(opened, typed: str, company: str, report: str):
    page = opened("index.html")
    page.get_by_role("searchbox").fill(typed)
    links = page.evaluate("""[...document.querySelectorAll("#hits a")].map((link) => link.getAttribute("href"))""")
    assert f"{company}/{LAST}/{report}.html" in links
    assert {link.split("/")[0] for link in links} == {company}


def test_search_says_when_there_is_nothing_and_shows_all_again_when_it_is_emptied(opened):
    page = opened("index.html", locale="ar")
    page.get_by_role("searchbox").fill("xyzzy")
    assert page.locator("#found").inner_text() == "لم يُعثر على شيء."
    page.get_by_role("searchbox").fill("")
    assert page.locator("section.company").first.is_visible()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("علي", "على"),
        ("كتاب", "کتاب"),
        ("أحمد", "احمد"),
        ("مدرسة", "مدرسه"),
        ("مُحَمَّد", "محمد"),
        ("عـــلي", "علی"),
        ("می‌شود", "میشود"),
        ("٢٠٢٨", "۲۰۲۸"),
        ("۱۲", "12"),
        ("Dhow", "dhow"),
    ],
)
def test_folding_makes_one_of_several_spellings(opened, one: str, other: str):
    page = opened("index.html")
    assert page.evaluate("([one, other]) => tajdidFold(one) === tajdidFold(other)", [one, other])


def test_every_link_of_the_site_leads_somewhere(opened, site: Path):
    for start in (
        "index.html",
        *(path_of(language, name) for language in COMPANIES for name in ("index", "dashboard")),
    ):
        page = opened(start)
        links = page.evaluate("""[...document.querySelectorAll("a[href]")].map((link) => link.href.split("#")[0])""")
        assert [link for link in set(links) if not Path(link.removeprefix("file://")).is_file()] == []
