"""A page shows what the rows hold, in the company's language; nothing in it runs, loads or adds currencies."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from reports.company import Company, Logo
from reports.pages import digest as digesting
from reports.pages.digest import digest
from reports.pages.knowledge import Knowledge
from reports.pages.report_page import report_page
from reports.pages.shell import resource, shell
from reports.report import Chart, Column, Proof
from tests.reports.pages.samples import (
    ARABIC,
    AS_OF,
    COLUMNS,
    ENGLISH,
    HOSTILE,
    KNOWN,
    PERSIAN,
    PRODUCED_AT,
    ROWS,
    fetched,
    sample,
)

BARS = Chart("bars", "Open by age", values=("amount",), x="month")
DOWNLOADS = (("XLSX", "sample.xlsx"), ("CSV", "sample.csv"))


class Outline(HTMLParser):
    """The tags of a page with their attributes, and what is said inside them."""

    VOID = frozenset({"meta", "img", "path", "line", "polyline", "rect", "br"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[tuple[str, str]] = []
        self.feed(page)
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.said.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def texts(self, *tags: str) -> list[str]:
        return [text for tag, text in self.said if not tags or tag in tags]


def page(store, company: Company = ENGLISH, report=None, known: Knowledge = KNOWN, **also) -> str:
    with fetched(store, report or sample(BARS)) as rows:
        return report_page(digest(rows), shell(company), known, DOWNLOADS, **also)


@pytest.mark.parametrize("company", [ARABIC, PERSIAN, ENGLISH], ids=lambda company: company.language)
def test_a_page_is_in_the_language_and_direction_of_its_company(store, company: Company):
    (html,) = Outline(page(store, company)).all("html")
    assert html == {"lang": company.language, "dir": "ltr" if company.language == "en" else "rtl"}


def test_a_page_loads_nothing_and_runs_its_own_script_alone(store):
    made = page(store)
    outline = Outline(made)
    assert not outline.all("link") and not outline.all("iframe")
    assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"'(]?https?:", made)
    assert [attributes for attributes in outline.all("script")] == [{}]
    assert {text for text in outline.texts("script")} == {resource("page.js").strip()}
    policy = next(meta["content"] for meta in outline.all("meta") if "http-equiv" in meta)
    assert policy and policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy and "unsafe-inline'; script" not in policy


def test_names_that_look_like_markup_are_shown_as_they_are(store):
    outline = Outline(page(store))
    assert HOSTILE in outline.texts("bdi")
    assert "Dhow & Pearl <Club>" in outline.texts("bdi")


def test_figures_stand_with_the_decimals_of_their_currency_and_their_value_to_sort_by(store):
    outline = Outline(page(store))
    assert [text for text in outline.texts("td") if re.search(r"\.\d", text)][:2] == ["1,234.50", "92.3%"]
    values = [cell.get("data-v") for cell in outline.all("td") if cell.get("class", "").startswith("num")]
    assert values[:3] == ["1234.5", "3", "0.9234"]
    assert {cell.get("dir") for cell in outline.all("td") if (cell.get("class") or "").startswith("num")} == {"ltr"}


def test_totals_are_over_all_rows_a_row_a_currency_and_never_over_several(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digesting, "SHOWN", 1)
    outline = Outline(page(store))
    foot = page(store).split("<tfoot>")[1].split("</tfoot>")[0]
    assert [re.sub(r"<[^>]+>", " ", row).split() for row in foot.split("</tr>")[:-1]] == [
        ["Total", "SAR", "1,234.55", "3"],
        ["Total", "KWD", "7.005", "2"],
        ["Total", "JPY", "12,345,678,901,234,567", "1"],
    ]
    assert "4 rows" in outline.texts("h2")
    assert "The first 1 row is shown; 3 more rows are in the files. Totals are over all rows." in outline.texts("p")


def test_a_chart_of_money_has_a_panel_a_currency(store):
    outline = Outline(page(store))
    told = [div["aria-label"] for div in outline.all("div") if div.get("role") == "img"]
    assert len(told) == 3
    assert told[0] == "Open by age. February 2028: 0.05; March: 1,234.50"


def test_the_figures_on_a_chart_are_those_of_the_rows_to_the_last_digit(store):
    lying = Chart("bars", "Open by age", values=("amount",), x="status")
    outline = Outline(page(store, report=sample(lying)))
    assert {"1,234.55", "7.005"} <= set(outline.texts("text"))


def test_a_chart_is_drawn_with_the_same_bytes_every_time(store):
    assert page(store) == page(store)


def test_more_series_than_colours_are_gathered_into_one_and_none_is_lost(store):
    columns = (Column("plan", "text", "Name", ""), *COLUMNS[3:5], COLUMNS[7])
    rows = [(f"plan {n}", "SAR", f"{n}", date(2028, month, 1)) for month in (1, 2) for n in range(1, 13)]
    stacked = Chart("stacked", "Open by age", values=("amount",), x="month", series="plan")
    outline = Outline(page(store, report=sample(stacked, columns=columns, rows=rows)))
    assert outline.texts("bdi")[1:10] == ["SAR", *(f"plan {n}" for n in range(6, 13)), "All others"]
    (told,) = [div["aria-label"] for div in outline.all("div") if div.get("role") == "img"]
    assert "All others, January 2028: 15.00; All others, February: 15.00" in (told or "")


def test_a_chart_says_nothing_in_another_language(store):
    assert "clipPath" not in page(store), "the library counts what it clips"
    drawn = page(store, PERSIAN).split('class="drawing"')[1].split("</svg>")[0]
    assert "axis" not in drawn and "aria-roledescription" not in drawn
    assert not re.search(r">[^<]*[0-9][^<]*<", drawn), "digits are Persian"


def test_shares_of_several_rows_are_never_added_into_one_point(store):
    with pytest.raises(ValueError, match="draws share of several rows as one point"):
        page(store, report=sample(Chart("lines", "Open by age", values=("share",), x="status")))


def test_a_chart_with_more_points_than_can_be_seen_is_refused(store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(digesting, "MOST_POINTS", 2)
    with pytest.raises(ValueError, match="more than 2 points"):
        page(store)


def test_an_empty_report_says_so(store):
    outline = Outline(page(store, report=sample(BARS, rows=())))
    assert "There is nothing to show for this day." in outline.texts("p")
    assert not outline.all("table") and not outline.all("svg")


def test_a_page_says_when_it_was_produced_in_the_company_s_zone_and_what_it_knew(store):
    said = " ".join(Outline(page(store)).texts())
    assert "As of 20 March 2028" in said
    assert "Produced on 21 March 2028 at \u206806:15 (Asia/Kuwait)\u2069." in said
    assert "Business days known up to 20 March 2028." in said
    assert "The audit of this day checked 30 invariants and found all of them whole." in said


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (Knowledge(AS_OF, PRODUCED_AT, None, None, 0), "No business day has been run yet."),
        (replace(KNOWN, as_of=AS_OF.replace(day=21), audit=None), "This business day has not been run yet"),
        (replace(KNOWN, audit=None, first_day=AS_OF.replace(day=21)), "The store begins on 21 March 2028: what was"),
        (replace(KNOWN, audit="failed"), "The audit of this day found something broken: these figures are not proved."),
        (replace(KNOWN, audit=None), "This day has not been audited: these figures are not proved."),
    ],
)
def test_a_page_never_claims_more_than_it_knows(store, known: Knowledge, sentence: str):
    said = " ".join(Outline(page(store, known=known)).texts())
    assert (sentence in said and "found all of them whole" not in said) or sentence.startswith(("No ", "This business"))


def test_both_sides_of_a_proof_stand_on_the_page(store):
    report = replace(sample(), proof=Proof("Open", lambda company, as_of: None, "books"))
    sides = [
        {"currency": "SAR", "reported": Decimal("10.00"), "booked": Decimal("10.00")},
        {"currency": "KWD", "reported": Decimal("1.000"), "booked": Decimal("1.001")},
    ]
    outline = Outline(page(store, report=report, proof=sides))
    assert [text for text in outline.texts("b") if text[0] in "✓✗"] == ["✓ equal", "✗ different"]


def test_headings_sort_by_buttons_and_rows_have_headings_of_their_own(store):
    outline = Outline(page(store))
    heads = [head for head in outline.all("th") if head.get("scope") == "col"]
    assert len(heads) == len(COLUMNS) == len([1 for text in outline.texts("button") if text != "Light or dark"])
    assert len([head for head in outline.all("th") if head.get("scope") == "row"]) == len(ROWS) + 3


def test_downloads_lie_beside_the_page(store):
    links = [link["href"] for link in Outline(page(store)).all("a") if "download" in link]
    assert links == ["sample.xlsx", "sample.csv"]


def test_codes_are_shown_by_their_words(store):
    columns = (Column("status", "id", "Open", "", words={"open": "Open"}),)
    report = sample(columns=columns, rows=[("open",), ("other",)])
    assert {"المفتوح", "other"} <= set(Outline(page(store, ARABIC, report)).texts("span", "td", "th"))


def test_a_logo_is_an_image_inside_the_page_and_a_company_s_template_takes_the_place_of_ours(store):
    company = replace(
        ENGLISH, logo=Logo(b"<svg onload='x'/>", "svg"), templates={"pages/report.html.j2": "own {{ count }}"}
    )
    assert page(store, company) == "own 4"
    (image,) = Outline(page(store, replace(company, templates={}))).all("img")
    assert (image["src"] or "").startswith("data:image/svg+xml;base64,")
