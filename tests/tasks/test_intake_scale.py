"""A large file streams through bounded memory, and a load that dies leaves nothing."""

from __future__ import annotations

import csv
import itertools
import signal
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import UnreadableFile
from tasks import intake
from tasks.intake import Loaded
from tasks.intake_records import Record
from tests import processes
from tests.tasks.intake_club import LOADED_ON, club, counts, load, load_file, rejected, row, stored

COLUMNS = list(row("payments"))
HEAP_BYTES = 4 * 1024 * 1024
"""What Python may hold at once; 60,000 rows alone would take five times as much."""


def payments(count: int) -> Iterator[list[str]]:
    """Rows in the order of COLUMNS; every thousandth has no such customer."""
    for n in range(count):
        yield [f"P{n:06}", "nobody" if n % 1000 == 999 else "C1", f"{n % 500 + 1}.25", "SAR", "2028-01-31"]


def write(path: Path, rows: Iterable[list[str]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *rows])
    elif path.suffix == ".jsonl":
        with path.open("w", encoding="utf-8") as file:
            for each in rows:
                pairs = ", ".join(f'"{name}": "{value}"' for name, value in zip(COLUMNS, each, strict=True))
                file.write(f"{{{pairs}}}\n")
    else:
        pq.write_table(pa.table(dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))), path)
    return path


@pytest.mark.parametrize(("suffix", "count"), [(".csv", 60_000), (".jsonl", 20_000), (".parquet", 20_000)])
def test_a_large_file_streams_through_bounded_memory(store, tmp_path, suffix, count):
    club()
    load(tmp_path, "payments", name=f"payments-warm{suffix}")  # imports and compiled statements are no part of it
    path = write(tmp_path / f"payments{suffix}", payments(count))
    loaded, peak = measured(path)
    assert counts(loaded) == (count - count // 1_000, 0, count // 1_000)
    assert peak < HEAP_BYTES


def test_a_large_file_of_nothing_but_faults_streams_as_well(store, tmp_path):
    club()
    path = write(tmp_path / "payments.csv", (["P", "x" * 500, "1", "SAR"] for _ in range(10_000)))
    loaded, peak = measured(path)
    assert counts(loaded) == (0, 0, 10_000)
    assert peak < HEAP_BYTES


def dying_after(count: int, path: Path) -> None:
    """Load a file, and die when `count` of its records have been read."""
    read = intake.records_of

    def records(*of: object) -> Iterator[Record]:
        yield from itertools.islice(read(*of), count)
        processes.die()

    intake.records_of = records
    load_file(path, LOADED_ON)


def test_a_load_that_is_killed_in_the_middle_of_its_file_leaves_nothing(own_database, tmp_path):
    club()
    path = write(tmp_path / "payments.csv", payments(5_000))
    assert processes.ended(processes.start(dying_after, 4_000, path)) == [-signal.SIGKILL]
    assert stored("payments") == [] and rejected("record") == []
    assert counts(load_file(path, LOADED_ON)) == (4_995, 0, 5)


def test_a_refused_file_leaves_nothing_and_the_next_one_is_loaded(own_database, tmp_path):
    """Committed, not rehearsed: what stood before the bad byte is gone too."""
    club()
    path = write(tmp_path / "payments.csv", payments(5_000))
    content = path.read_bytes()
    path.write_bytes(content + "Px,José,1,SAR,2028-01-31\n".encode("latin-1"))
    with pytest.raises(UnreadableFile, match="line 5002 is not UTF-8"):
        load_file(path, LOADED_ON)
    assert stored("payments") == [] and rejected("record") == []
    path.write_bytes(content)
    assert counts(load_file(path, LOADED_ON)) == (4_995, 0, 5)


def measured(path: Path) -> tuple[Loaded, int]:
    """Load a file; returns what became of it and the most that Python held at once meanwhile, in bytes."""
    tracemalloc.start()
    try:
        return load_file(path, LOADED_ON), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
