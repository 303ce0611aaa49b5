"""The worked scenarios: files in, rows out, day by day and caught up."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support import catch_up, load_folder, multiset, run_daily, view

SCENARIOS = Path(__file__).parent
DAYS = {
    "one-member": (date(2028, 1, 31), date(2028, 5, 20)),
    "core": (date(2027, 12, 27), date(2028, 3, 11)),
    "full": (date(2028, 1, 31), date(2028, 5, 20)),
}


@pytest.mark.parametrize("run", [run_daily, catch_up])
@pytest.mark.parametrize("scenario", DAYS)
def test_scenario_gives_exactly_its_expected_rows(own_database, scenario: str, run):
    loaded = load_folder(SCENARIOS / scenario / "in")
    assert [file for file in loaded if file.rejected] == []
    run(*DAYS[scenario])
    for path in sorted((SCENARIOS / scenario / "expected").iterdir()):
        with path.open(encoding="utf-8", newline="") as file:
            expected = list(csv.DictReader(file))
        columns = expected[0].keys() if expected else ()
        rows = shown(path.stem)
        assert len(rows) == len(expected), path.stem
        assert multiset(rows, columns) == multiset(expected, columns), path.stem


def shown(name: str) -> list[dict[str, Any]]:
    """A view; notices name the membership and the issue date of their invoice, as the scenarios do."""
    rows = view(name)
    if name == "notices":
        invoices = {row["invoice"]: row for row in view("invoices")}
        for row in rows:
            row |= {column: invoices[row["invoice"]][column] for column in ("membership", "issued_on")}
            row["fee"] = "yes" if row["fee_invoice"] else None
    return rows
