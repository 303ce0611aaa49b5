"""Folders of random intake files give, row for row, what a slow plain reading of the rules gives (tests/oracle)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.oracle import Oracle
from tests.oracle.random_files import random_files, write_folder
from tests.support import catch_up, load_folder, multiset, run_daily, view

FIRST, DAYS = date(2027, 12, 20), 60
VIEWS = ("memberships", "periods", "invoices", "payments", "customer_credit", "lots", "movements", "notices", "rejects")
UNSAID = {"rejects": {"stage", "file", "line", "message"}}
LETTERS = ("customer", "language", "on_date")


@pytest.mark.parametrize("seed", range(4))
def test_random_folder_gives_what_the_rules_give(own_database, tmp_path: Path, seed: int):
    first = FIRST + timedelta(days=37 * seed)
    last = first + timedelta(days=DAYS - 1)
    files = random_files(seed, full=seed > 0, customers=60, days=DAYS, first=first)
    write_folder(files, tmp_path)
    load_folder(tmp_path)
    (run_daily if seed % 2 else catch_up)(first, last)
    oracle = Oracle(files)
    oracle.run(first, last)
    for name in VIEWS:
        expected, rows = oracle.rows(name), view(name)
        assert len(rows) == len(expected), name
        if rows:
            columns = [column for column in rows[0] if column not in UNSAID.get(name, set())]
            assert multiset(rows, columns) == multiset(expected, columns), name
    for kind in ("dunning", "reminder"):
        said, expected = (
            [row for row in rows if row["kind"] == kind] for rows in (view("messages"), oracle.rows("messages"))
        )
        assert multiset(said, LETTERS) == multiset(expected, LETTERS), kind
    assert account_days(view("postings")) == account_days(oracle.rows("postings"))


def account_days(postings: list[dict[str, Any]]) -> dict[tuple[str, ...], Decimal]:
    """Sums by company, account, currency and day: into how many transactions a day is cut is left open."""
    totals: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in postings:
        totals[tuple(str(row[name]) for name in ("company", "account", "currency", "on_date"))] += Decimal(
            row["amount"]
        )
    return {key: amount for key, amount in totals.items() if amount}
