"""The colours of a company's pages as variables of CSS, each for light and for dark paper."""

from __future__ import annotations

from reports.colors import WHITE, Rgb, ink_on, lightened, mixed, rgb, written
from reports.company import Company
from reports.pages.charts import STEPS

DARK_PAPER: Rgb = (0x16, 0x1F, 0x2E)
"""`--card` of page.css in the dark."""


def palette(company: Company) -> str:
    """--accent, and the shades of heat maps with the ink that is read on each: `--h1: light-dark(#…, #…);` …"""
    light = rgb(company.accent) or WHITE
    dark = lightened(light, DARK_PAPER)
    lines = [f"--accent:light-dark({written(light)},{written(dark)})"]
    for step in range(1, STEPS + 1):
        share = step / STEPS
        shades = [mixed(light, WHITE, share), mixed(dark, DARK_PAPER, share)]
        lines.append(f"--h{step}:light-dark({','.join(map(written, shades))})")
        lines.append(f"--i{step}:light-dark({','.join(written(ink_on(shade)) for shade in shades)})")
    return ";".join(lines)
