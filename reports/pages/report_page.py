"""The page of one report: its charts, its first rows with the totals of all, what they mean, and what proves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.language.templates import bdi
from reports.language.voice import Voice
from reports.pages.cells import FIGURES, Row, figure, kind_of, plain, said
from reports.pages.digest import Digest
from reports.pages.drawing import figures
from reports.pages.knowledge import Knowledge
from reports.pages.provenance import provenance
from reports.pages.shell import Shell
from reports.report import Column, Report

Download = tuple[str, str]
"""What it is, such as XLSX, and the name of the file beside the page."""


@dataclass(frozen=True)
class Side:
    """A reconciliation of one currency: what the report says, what the books say."""

    currency: str
    reported: str
    booked: str
    is_whole: bool


def report_page(
    of: Digest, shell: Shell, known: Knowledge, downloads: Sequence[Download], proof: Sequence[Row] = ()
) -> str:
    """The page; `proof` is what the report's proof returned."""
    report, voice = of.rows.report, shell.voice
    return shell.page(
        "report.html.j2",
        report=report,
        figures=[one for picture in of.pictures for one in figures(picture, voice)],
        count=of.count,
        heads=[head(column, voice) for column in report.columns],
        rows=[_cells(report, row, voice) for row in of.first],
        totals=[_totals(report, row, voice) for row in of.totals],
        sides=[_side(row, voice) for row in proof],
        downloads=downloads,
        sql=of.rows.sql,
        **known_to(known, shell),
    )


def known_to(known: Knowledge, shell: Shell) -> dict[str, Any]:
    """What the head of a page says of its day and of when it was produced."""
    return {"as_of": known.as_of, "provenance": tuple(provenance(known, shell.company))}


@dataclass(frozen=True)
class Head:
    """A column as its heading and its definition show it."""

    title: str
    meaning: str
    is_figure: bool


def head(column: Column, voice: Voice) -> Head:
    """The heading of a column."""
    return Head(voice.text(column.title), voice.text(column.meaning), column.kind in FIGURES)


def _cells(report: Report, row: Row, voice: Voice) -> list[Markup]:
    first, *others = report.columns
    return [_cell(first, row, voice, "th"), *(_cell(column, row, voice, "td") for column in others)]


def _cell(column: Column, row: Row, voice: Voice, tag: str) -> Markup:
    value, text = row[column.name], said(voice, column, row)
    scope = Markup(' scope="row"') if tag == "th" else ""
    if column.kind in FIGURES:
        form = '<{tag}{scope} class="num{zero}" dir="ltr" data-v="{value}">{text}</{tag}>'
    elif column.kind in ("date", "month"):
        form = '<{tag}{scope} class="day" data-v="{value}">{text}</{tag}>'
    elif column.words and text:
        form = '<{tag}{scope}><span class="pill">{text}</span></{tag}>'
    else:
        form = '<{tag}{scope} class="{kind}"><bdi>{text}</bdi></{tag}>' if text else "<{tag}{scope}></{tag}>"
    zero = Markup(" zero") if value == 0 else ""
    of = {"tag": Markup(tag), "scope": scope, "zero": zero, "kind": column.kind}
    return Markup(form).format(value=plain(value), text=text, **of)


def _totals(report: Report, row: Row, voice: Voice) -> list[Markup]:
    """A row of totals: the word, what it is of, and the sums under their columns."""
    cells, named = [], False
    for column in report.columns:
        value = row.get(column.name)
        if column.total and value is not None:
            text = figure(voice, kind_of(column, row), value, row.get("currency"))
            cells.append(Markup('<td class="num" dir="ltr">{}</td>').format(text))
        elif not named:
            parts = [str(row[name]) for name in ("currency", "credit_type", "unit") if row.get(name)]
            of = Markup(" ").join([Markup.escape(voice.text("Total")), *map(bdi, parts)])
            cells.append(Markup('<th scope="row">{}</th>').format(of))
            named = True
        else:
            cells.append(Markup("<td></td>"))
    return cells


def _side(row: Row, voice: Voice) -> Side:
    currency = row["currency"]
    reported, booked = (figure(voice, "money", row[name], currency) for name in ("reported", "booked"))
    return Side(currency, reported, booked, row["reported"] == row["booked"])
