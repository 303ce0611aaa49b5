"""The worked scenario of the foundation: files in, rows out, day by day and caught up."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tests.support import catch_up, load_folder, multiset, run_daily, view

CORE = Path(__file__).parent / "core"
FIRST, LAST = date(2027, 12, 27), date(2028, 3, 11)
VIEWS = sorted(path.stem for path in (CORE / "expected").iterdir())


@pytest.mark.parametrize("run", [run_daily, catch_up])
def test_core_gives_exactly_its_expected_rows(own_database, run):
    assert [loaded.rejected for loaded in load_folder(CORE / "in")] == [0] * 6
    run(FIRST, LAST)
    for name in VIEWS:
        with (CORE / "expected" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            expected = list(csv.DictReader(file))
        columns = expected[0].keys() if expected else ()
        rows = view(name)
        assert len(rows) == len(expected), name
        assert multiset(rows, columns) == multiset(expected, columns), name
