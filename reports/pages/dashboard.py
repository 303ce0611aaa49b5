"""The executive dashboard: a tile a key figure with its change and its year, then the charts that matter most.

Its report has a row a figure, currency and month; a figure in two currencies is two tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from reports.language.voice import Voice
from reports.pages.cells import Row, figure
from reports.pages.digest import Digest, Picture
from reports.pages.drawing import Figure, figures, spark
from reports.pages.knowledge import Knowledge
from reports.pages.report_page import Download, head, known_to
from reports.pages.shell import Shell
from reports.report import Column, Kind

NAME = "dashboard"
"""The report whose page is the dashboard."""
LESS_IS_BETTER = frozenset({"overdue", "churn", "expired", "closed", "unapplied_credit", "points_liability"})
"""Figures of which fewer are good news."""


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    title: str
    figure: str
    currency: str
    signs: int
    """How many signs the figure has with its currency, so that it is written as large as it fits in one line."""
    change: Markup
    """What has changed since the month before, in words."""
    mood: str
    """good, bad or nothing, for the colour that the words have besides."""
    spark: str


def dashboard_page(
    of: Digest,
    rows: Sequence[Row],
    pictures: Sequence[Picture],
    *,
    shell: Shell,
    known: Knowledge,
    downloads: Sequence[Download],
) -> str:
    """The page; `rows` are all those of its report, `pictures` the charts of other reports that it shows."""
    report, voice = of.rows.report, shell.voice
    return shell.page(
        "dashboard.html.j2",
        report=report,
        tiles=tiles(rows, {column.name: column for column in report.columns}, voice),
        figures=[one for picture in pictures for one in _with_source(picture, voice)],
        heads=[head(column, voice) for column in report.columns],
        downloads=downloads,
        sql=of.rows.sql,
        **known_to(known, shell),
    )


def _with_source(picture: Picture, voice: Voice) -> list[Figure]:
    report = picture.report
    title, link = voice.text(report.title), f"{report.name}.html"
    return [replace(one, source=title, link=link) for one in figures(picture, voice)]


def tiles(rows: Sequence[Row], columns: dict[str, Column], voice: Voice) -> list[Tile]:
    """A tile a figure and currency, in the order of the rows; one that has no value for the newest month has none."""
    years: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        years.setdefault((row["metric"], row["currency"] or ""), []).append(row)
    newest = max((row["month"] for row in rows), default=None)
    ordered = (sorted(year, key=lambda row: row["month"]) for year in years.values())
    words = columns["metric"].words
    return [
        _tile(year, words, voice) for year in ordered if year[-1]["month"] == newest and year[-1]["value"] is not None
    ]


def _tile(year: Sequence[Row], words: Any, voice: Voice) -> Tile:
    last = year[-1]
    unit: Kind = last["unit"]
    currency = last["currency"] or ""
    said = figure(voice, unit, last["value"], currency)
    values = [row["value"] for row in year if row["value"] is not None]
    before = year[-2]["value"] if len(year) > 1 else None
    change, mood = _change(voice, unit, last["value"], before, last["metric"] in LESS_IS_BETTER)
    return Tile(
        title=voice.text(words.get(last["metric"], last["metric"])),
        figure=said,
        currency=currency,
        signs=max(len(said) + (len(currency) + 1) * 2 // 3, 6),
        change=change,
        mood=mood,
        spark=spark([float(value) for value in values], voice) if len(values) > 1 else "",
    )


def _change(
    voice: Voice, unit: Kind, value: Decimal, before: Decimal | None, less_is_better: bool
) -> tuple[Markup, str]:
    """The change in words with an arrow, and whether it is good or bad; shares change by percentage points."""
    if before is None or (before == 0 and unit != "percent"):
        return Markup.escape(voice.text("No month before to compare with")), ""
    difference = value - before
    share = difference if unit == "percent" else difference / abs(before)
    if not round(share, 3):
        return Markup.escape(voice.text("As in the month before")), ""
    is_more = difference > 0
    much = voice.number(abs(share) * 100, 1) if unit == "percent" else voice.percent(abs(share))
    mood = "good" if is_more != less_is_better else "bad"
    shown = Markup('<b><span aria-hidden="true">{}</span> <bdi>{}</bdi></b>').format("▲" if is_more else "▼", much)
    return Markup(_sentence(voice, unit, is_more) % {"change": shown}), mood


def _sentence(voice: Voice, unit: Kind, is_more: bool) -> Markup:
    if unit == "percent":
        more = voice.text("%(change)s points more than in the month before")
        less = voice.text("%(change)s points less than in the month before")
    else:
        more = voice.text("%(change)s more than in the month before")
        less = voice.text("%(change)s less than in the month before")
    return Markup.escape(more if is_more else less)
