"""Whatever stands in a file, it is loaded or refused whole, and each of its records is accounted for (intake.md).

Seeded, so that a failure is the same on every machine; each example is rolled back.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import UnreadableFile
from models.intake.catalogue import ENTITIES
from tasks.intake import Loaded
from tasks.intake_files import entity_of, opened, records_of
from tests.processes import rewound
from tests.tasks.intake_club import LOADED_ON, club, load_file, rejected, row, stored

seeded = settings(
    max_examples=20,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

FUZZED = ("payments", "memberships", "plans", "customers")
HEADER = "payment,customer,amount,currency,paid_on,reference\n"
NASTY = [
    *("", " ", "\x00", "\r", "\n", '"', '""', ",", ";", "\\", "\\.", "\\N", "'", "\ufeff", "\u2028", "\x85", "\x7f"),
    *("NULL", "NaN", "inf", "-0", "0", "-1", "1e2", "1e999", "0.1", "9" * 13, "9" * 14, "0.123456789", "1.0000000001"),
    *("2028-02-29", "2027-02-29", "2028-02-30", "0000-00-00", "9999-12-31", "١٢٣", "true", "FALSE", "void", "7;1"),
    *(
        "C1",
        "M1",
        "month",
        "acme",
        "SAR",
        "KWD",
        "P0",
        "{}",
        '{"a": 1e400}',
        '{"a": "\\u0000"}',
        "x" * 201,
        "x" * 10_001,
    ),
]
texts = st.sampled_from(NASTY) | st.text(max_size=20)
names = st.sampled_from(NASTY) | st.text(st.characters(), max_size=20)
"""With halves of characters too: JSON can write them."""
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals().map(str) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(autouse=True)
def _club(store):
    club()


def rows_of(entity: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Ordinary rows with ids of their own, in each of which a few columns, at times the id, hold anything."""
    columns = st.sampled_from([field.name for field in ENTITIES[entity].fields])
    changes = st.lists(st.dictionaries(columns, values, min_size=1, max_size=3), min_size=1, max_size=6)
    key = ENTITIES[entity].key[0]
    return changes.map(lambda found: [row(entity, **{key: f"K{n}"}) | each for n, each in enumerate(found)])


def outcome(store: sa.Connection, path: Path) -> Loaded | None:
    """Load a file and see that all of its records are accounted for; None where it is refused whole."""
    entity = entity_of(path).name
    before = len(stored(entity)), len(rejected("line"))
    try:
        loaded = load_file(path, LOADED_ON)
    except UnreadableFile as refused:
        assert (len(stored(entity)), len(rejected("line"))) == before
        assert str(refused).isprintable() and len(str(refused)) < 2_000
        return None
    with opened(path) as (file, _):
        lines = [record.line for record in records_of(file, path, entity_of(path))]
    assert loaded.loaded + loaded.unchanged + loaded.rejected == len(lines)
    assert 0 <= len(stored(entity)) - before[0] <= loaded.loaded
    faults = rejected("line", "reason", "message", "content")[before[1] :]
    assert len(faults) == loaded.rejected
    for line, reason, message, content in faults:
        assert line in lines and reason and content
        assert "; expected " in message and len(message) < 2_000 and "\n" not in message
    return loaded


# Cells ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", FUZZED)
def test_any_text_in_any_cell_is_loaded_or_rejected(store, tmp_path, entity):
    path = tmp_path / f"{entity}.csv"

    @seeded
    @given(rows_of(entity, texts))
    def each(rows: list[dict[str, str]]) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [field.name for field in ENTITIES[entity].fields], quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)
        with rewound(store):
            loaded = outcome(store, path)
            assert loaded is not None and loaded.loaded + loaded.unchanged + loaded.rejected == len(rows)

    each()


@pytest.mark.parametrize("entity", FUZZED)
def test_any_json_value_in_any_column_is_loaded_or_rejected(store, tmp_path, entity):
    path = tmp_path / f"{entity}.jsonl"

    @seeded
    @given(rows_of(entity, json_values))
    def each(rows: list[dict[str, Any]]) -> None:
        path.write_text("".join(json.dumps(record) + "\n" for record in rows), encoding="utf-8")
        with rewound(store):
            loaded = outcome(store, path)
            assert loaded is not None and loaded.loaded + loaded.unchanged + loaded.rejected == len(rows)

    each()


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["payments.csv", "payments.jsonl", "payments.parquet"])
def test_any_bytes_are_loaded_or_refused(store, tmp_path, name):
    path = tmp_path / name
    good = {
        ".csv": HEADER.encode() + b"P1,C1,1.00,SAR,2028-01-31,\n",
        ".jsonl": json.dumps(row("payments")).encode() + b"\n",
        ".parquet": parquet(),
    }[path.suffix]
    places = st.lists(st.tuples(st.integers(0, len(good)), st.integers(0, 3), st.binary(max_size=4)), max_size=4)

    @seeded
    @given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda tail: good + tail) | places.map(torn(good)))
    def each(content: bytes) -> None:
        path.write_bytes(content)
        with rewound(store):
            outcome(store, path)

    each()


def torn(good: bytes) -> Any:
    """A function that takes bytes out of a good file and puts others in."""

    def content(places: list[tuple[int, int, bytes]]) -> bytes:
        found = good
        for place, taken, given_instead in places:
            found = found[:place] + given_instead + found[place + taken :]
        return found

    return content


def parquet() -> bytes:
    held = io.BytesIO()
    rows = [row("payments", payment=f"P{n}", reference="نص") for n in range(3)]
    pq.write_table(pa.Table.from_pylist(rows), held)
    return held.getvalue()


def test_any_text_behind_a_header_is_loaded_or_refused(store, tmp_path):
    path = tmp_path / "payments.csv"
    cells = st.sampled_from(['"', '""', ",", "\n", "\r\n", "\r", "P1", "P2", "C1", "1.00", "SAR", "2028-01-31", "\x00"])

    @seeded
    @given(st.lists(cells | st.text(max_size=3), max_size=30).map("".join))
    def each(text: str) -> None:
        path.write_bytes((HEADER + text).encode())
        with rewound(store):
            outcome(store, path)

    each()
