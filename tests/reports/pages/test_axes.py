"""The ticks of an axis are round, whole for a count, and called what they are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from reports.language.voice import voice_of
from reports.pages.axes import tick_label, ticks
from reports.report import Kind


@pytest.mark.parametrize(
    ("least", "most", "kind", "said"),
    [
        ("0", "0.10", "percent", ["0%", "2.5%", "5%", "7.5%", "10%"]),
        ("0", "1", "percent", ["0%", "25%", "50%", "75%", "100%"]),
        ("0", "1", "count", ["0", "1"]),
        ("0", "10", "count", ["0", "5", "10"]),
        ("0", "0", "count", ["0", "1"]),
        ("-30", "70", "count", ["-50", "-25", "0", "25", "50", "75"]),
        ("0", "950000", "money", ["0", "250K", "500K", "750K", "1M"]),
    ],
)
def test_a_tick_stands_where_its_label_says(least: str, most: str, kind: Kind, said: list[str]):
    at = ticks(Decimal(least), Decimal(most), kind)
    assert [tick_label(voice_of("en"), kind, tick) for tick in at] == said
