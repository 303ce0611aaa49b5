"""From a chart to SVG inside a page, with the words that stand for it where it cannot be seen.

The drawing of the same figures has the same bytes. Its fonts are those of the page (`tasks` makes them known to the
library once a process).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import vl_convert
from markupsafe import Markup

from reports.language.voice import Voice
from reports.pages.charts import Drawing, color, gathered, spec
from reports.pages.digest import Picture

MOST_TOLD = 60
"""Points that are told in words one by one; of more, each series by its last."""
_OUTSIDE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')
_INVISIBLE = re.compile(r'<path[^>]*(?:display="none"|class="background")[^>]*/>')
_ROLES = re.compile(r' (?:aria-[a-z]+|role|class|pointer-events|font-family|opacity)="[^"]*"')
_TAG = re.compile(r"<[^>]*>")
_LONG_NUMBER = re.compile(r"(\d+\.\d)\d+")


@dataclass(frozen=True)
class Figure:
    """A panel of a chart as a page shows it."""

    title: str
    unit: str
    """What its figures are of: a currency, a credit type; empty where it needs no saying."""
    svg: Markup
    legend: tuple[tuple[str, str], ...]
    """Colour and name of each series; empty where there is only one."""
    told: str
    """Its figures in words."""
    source: str = ""
    """The report that it is taken from, where it stands on another page; `link` leads there."""
    link: str = ""


def figures(picture: Picture, voice: Voice) -> list[Figure]:
    """A figure a panel."""
    return [_figure(Drawing(picture, gathered(picture, panel), voice)) for panel in picture.panels]


def _figure(drawing: Drawing) -> Figure:
    names = drawing.series_labels()
    legend = tuple((color(number), name) for number, name in enumerate(names)) if len(names) > 1 else ()
    if drawing.picture.chart.shape == "heat":
        legend = ()
    unit = " ".join(value for name, value in drawing.panel.parted_by.items() if name != "unit")
    title = drawing.voice.text(drawing.picture.chart.title)
    return Figure(title, unit, svg(drawing), legend, told(drawing))


def svg(drawing: Drawing) -> Markup:
    """The drawing, without what the library says about it in English."""
    drawn = vl_convert.vegalite_to_svg(spec(drawing))
    bare = _TAG.sub(_shortened, _INVISIBLE.sub("", drawn))
    # Scaled by the page; hidden from readers, who are told its figures instead.
    return Markup(_OUTSIDE.sub(r'<svg viewBox="0 0 \1 \2" aria-hidden="true">', bare, count=1))


def _shortened(tag: re.Match[str]) -> str:
    """A tag with places on the screen to a tenth of a pixel; what stands between tags is figures and stays."""
    return _LONG_NUMBER.sub(r"\1", _ROLES.sub("", tag[0]))


def told(drawing: Drawing) -> str:
    """Every figure in words; of many, the last of each series."""
    names = drawing.series_labels()
    places = [" ".join(lines) for lines in drawing.place_labels()]
    rows = drawing.rows()
    if len(rows) > MOST_TOLD:
        rows = list({row["s"]: row for row in rows}.values())
    parts = [
        ", ".join(filter(None, [names[row["s"]] if len(names) > 1 else "", f"{places[row['x']]}: {row['t']}"]))
        for row in rows
    ]
    return "; ".join(parts)


def spark(values: list[float], voice: Voice) -> list[str]:
    """The points of a small line without axes, 100 by 28, oldest first; the newest stands where reading ends."""
    low, high = min(values), max(values)
    span = (high - low) or 1
    last = max(len(values) - 1, 1)
    across = [100 * place / last for place in range(len(values))]
    if voice.direction == "rtl":
        across = [100 - x for x in across]
    return [f"{x:.1f},{25 - 22 * (value - low) / span:.1f}" for x, value in zip(across, values, strict=True)]
