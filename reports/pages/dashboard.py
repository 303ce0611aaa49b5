"""The executive dashboard: a tile a key figure with its change and its year, then the charts that matter most.

Its report has a row a figure, currency and month; a figure in two currencies is two tiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from markupsafe import Markup

from reports.language.templates import bdi
from reports.language.voice import Voice
from reports.pages.cells import Row, compact, figure
from reports.pages.digest import Digest, Picture
from reports.pages.drawing import Figure, figures, spark
from reports.pages.knowledge import Knowledge
from reports.pages.report_page import Download, head, known_to
from reports.pages.shell import Shell
from reports.report import Column, Kind

NAME = "dashboard"
"""The report whose page is the dashboard."""
LESS_IS_BETTER = ("lost_members", "overdue_", "points_liability")
"""Beginnings of the names of figures of which less is good news."""
COUNTED_IN_MONTH = frozenset({"new_members", "lost_members", "received", "renewal_rate"})
"""Figures of what happened in a month: of a month that still runs they are no less only because it is not over."""

READ_AT_A_GLANCE = 10**9


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    title: str
    figure: str
    currency: str
    exact: str
    """The whole figure, where it is too long to be read at a glance and `figure` is a round one."""
    signs: int
    """How many signs the figure has with its currency, so that it is written as large as it fits in one line."""
    change: Markup
    """What has changed since the month before, in words."""
    mood: str
    """good, bad or nothing, for the colour that the words have besides."""
    spark: Sequence[str]
    """The points of its line."""


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
        tiles=tiles(rows, {column.name: column for column in report.columns}, voice, known.as_of),
        figures=[one for picture in pictures for one in _with_source(picture, shell)],
        heads=[head(column, voice) for column in report.columns],
        downloads=downloads,
        sql=of.rows.sql,
        **known_to(known, shell),
    )


def _with_source(picture: Picture, shell: Shell) -> list[Figure]:
    report, drawn = picture.report, figures(picture, shell.voice)
    if report.name not in shell.pages:
        return drawn
    return [replace(one, source=shell.voice.text(report.title), link=f"{report.name}.html") for one in drawn]


def tiles(rows: Sequence[Row], columns: Mapping[str, Column], voice: Voice, as_of: date) -> list[Tile]:
    """A tile a figure and currency, in the order of the rows; one that has no value for the newest month has none."""
    years: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        years.setdefault((row["metric"], row["currency"] or ""), []).append(row)
    newest = max((row["month"] for row in rows), default=None)
    ordered = (sorted(year, key=lambda row: row["month"]) for year in years.values())
    words = columns["metric"].words
    return [_tile(year, words, voice, as_of) for year in ordered if year[-1]["month"] == newest]


def _tile(year: Sequence[Row], words: Mapping[str, str], voice: Voice, as_of: date) -> Tile:
    last = year[-1]
    currency = last["currency"] or ""
    said, exact = _short(voice, last), figure(voice, last["unit"], last["value"], currency)
    change, mood = _change(voice, last, year[-2] if len(year) > 1 else None, as_of)
    return Tile(
        title=voice.text(words.get(last["metric"], last["metric"])),
        figure=said,
        currency=currency,
        exact="" if said == exact else exact,
        signs=max(len(said) + (len(currency) + 1) * 2 // 3, 6),
        change=change,
        mood=mood,
        spark=spark([float(row["value"]) for row in year], voice) if len(year) > 1 else (),
    )


def _short(voice: Voice, row: Row) -> str:
    """The figure, in billions where it has more digits than are read at a glance."""
    unit, value = row["unit"], row["value"]
    if unit == "money" and abs(value) >= READ_AT_A_GLANCE:
        return compact(voice, unit, value, places=2)
    return figure(voice, unit, value, row["currency"])


def _change(voice: Voice, last: Row, before: Row | None, as_of: date) -> tuple[Markup, str]:
    """The change in words with an arrow, and whether it is good or bad; shares change by percentage points."""
    if before is None:
        return Markup.escape(voice.text("No month before to compare with")), ""
    unit, value, earlier = last["unit"], last["value"], before["value"]
    if last["metric"] in COUNTED_IN_MONTH and not voice.ends_month(as_of):
        whole = bdi(_short(voice, before))
        return Markup(voice.text("So far; %(figure)s in the whole month before", figure=whole)), ""
    change = value - earlier
    if unit != "percent":
        if earlier == 0:
            said = voice.text("None in the month before") if change else voice.text("As in the month before")
            return Markup.escape(said), ""
        change = change / abs(earlier)
    if not round(change, 3):
        return Markup.escape(voice.text("As in the month before")), ""
    much = voice.number(abs(change) * 100, 1) if unit == "percent" else voice.percent(abs(change))
    is_good = (change > 0) != last["metric"].startswith(LESS_IS_BETTER)
    arrow = Markup('<b aria-hidden="true">{}</b> ').format("▲" if change > 0 else "▼")
    sentence = _sentence(voice, unit, is_more=change > 0) % {"change": Markup("<b>{}</b>").format(bdi(much))}
    return arrow + Markup(sentence), "good" if is_good else "bad"


def _sentence(voice: Voice, unit: Kind, *, is_more: bool) -> Markup:
    if unit == "percent":
        more = voice.text("%(change)s points more than in the month before")
        less = voice.text("%(change)s points less than in the month before")
    else:
        more = voice.text("%(change)s more than in the month before")
        less = voice.text("%(change)s less than in the month before")
    return Markup.escape(more if is_more else less)
