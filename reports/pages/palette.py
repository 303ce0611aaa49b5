"""The colours of a company's pages as variables of CSS, each for light and for dark paper."""

from __future__ import annotations

from colorsys import rgb_to_hsv

from reports.colors import WHITE, Rgb, ink_on, lightened, mixed, rgb, written
from reports.company import Company
from reports.pages.charts import STEPS

OTHERS: tuple[tuple[str, str], ...] = (
    ("#d07a12", "#f0a84a"),
    ("#3b6fd4", "#84a9f4"),
    ("#a23b7a", "#e08bc0"),
    ("#6b8a1e", "#b1cf62"),
    ("#1e88a8", "#67c6e0"),
    ("#8a6248", "#c9a488"),
    ("#7653c4", "#b49bf0"),
)
"""Colours of further series, in light and in the dark; those that are most like the company's own come last."""
_NEAR = 0.13
"""Of the circle of hues."""
DARK_PAPER: Rgb = (0x16, 0x1F, 0x2E)
"""`--card` of page.css in the dark."""


def palette(company: Company) -> str:
    """--accent, colours of series (`--c1`), shades of heat maps (`--h1`) with the ink that is read on each (`--i1`)."""
    light = rgb(company.accent) or WHITE
    dark = lightened(light, DARK_PAPER)
    lines = [f"--accent:light-dark({written(light)},{written(dark)})"]
    lines.append("--c1:var(--accent)")
    # Two series that nobody can tell apart would be worse than an order that differs from one company to the next.
    for number, pair in enumerate(sorted(OTHERS, key=lambda pair: _is_like(pair, light)), start=2):
        lines.append(f"--c{number}:light-dark({','.join(pair)})")
    for step in range(1, STEPS + 1):
        share = step / STEPS
        shades = [mixed(light, WHITE, share), mixed(dark, DARK_PAPER, share)]
        lines.append(f"--h{step}:light-dark({','.join(map(written, shades))})")
        lines.append(f"--i{step}:light-dark({','.join(written(ink_on(shade)) for shade in shades)})")
    return ";".join(lines)


def _is_like(pair: tuple[str, str], accent: Rgb) -> bool:
    """Whether the hue of a colour is near that of the company's."""
    hues = [rgb_to_hsv(*(part / 255 for part in color))[0] for color in (rgb(pair[0]) or WHITE, accent)]
    apart = abs(hues[0] - hues[1])
    return min(apart, 1 - apart) < _NEAR
