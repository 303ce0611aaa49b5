"""How are typed values of JSON Lines and Parquet read? As the text that would stand in CSV, exactly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.intake import Loaded
from tests.tasks.intake_club import (
    LOADED_ON,
    club,
    counts,
    load,
    load_file,
    load_text,
    message,
    reasons,
    rejected,
    row,
    stored,
)


@pytest.fixture(autouse=True)
def _club(store):
    club()


def load_columns(folder: Path, entity: str, columns: Mapping[str, Any]) -> Loaded:
    """Load a Parquet file of ordinary rows, some columns of them with these values."""
    length = len(next(iter(columns.values())))
    ordinary = {name: [value] * length for name, value in row(entity).items()}
    key = next(iter(ordinary))
    path = folder / f"{entity}.parquet"
    pq.write_table(pa.table(ordinary | {key: [f"K{n:02}" for n in range(length)]} | dict(columns)), path)
    return load_file(path, LOADED_ON)


def amounts() -> list[int]:
    return [minor for (minor,) in stored("payments", "amount_minor")]


# JSON Lines -----------------------------------------------------------------------------------------------------------


def json_line(payment: str, amount: str) -> str:
    """A payment whose amount is written exactly so."""
    return json.dumps(row("payments", payment=payment, amount=0)).replace(": 0", f": {amount}")


def test_json_numbers_are_read_exactly_whatever_their_notation(tmp_path):
    written = {"115": 11500, "1.00": 100, "1e2": 10000, "1.5E+1": 1500, "12e-1": 120, "4503599627.37": 450359962737}
    lines = [json_line(f"P{n}", text) for n, text in enumerate(written)]
    assert counts(load_text(tmp_path, "payments.jsonl", "\n".join(lines))) == (len(written), 0, 0)
    assert amounts() == list(written.values())


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("1e999", "invalid_number"),
        ("-1e999", "invalid_number"),
        ("1e-999", "invalid_number"),
        ("1e9999999999999999999999", "invalid_json"),
        ("9" * 400, "invalid_number"),
        ("9" * 5000, "invalid_json"),
        ("NaN", "invalid_json"),
        ("Infinity", "invalid_json"),
        ("-Infinity", "invalid_json"),
        ("01", "invalid_json"),
        ("true", "invalid_number"),
        ("[1]", "invalid_number"),
        ('{"a": 1}', "invalid_number"),
        ('"1e2"', "invalid_number"),
    ],
)
def test_what_is_no_amount_in_json_is_rejected(tmp_path, number, reason):
    assert counts(load_text(tmp_path, "payments.jsonl", json_line("P1", number))) == (0, 0, 1)
    assert list(reasons().values()) == [reason]


def test_whole_numbers_of_json_may_be_written_as_floats(tmp_path):
    """A column of whole numbers with gaps is written so by many tools."""
    lines = [json.dumps(row("plans", plan=f"K{n}", grace_days=days)) for n, days in enumerate([5.0, None, 5])]
    assert counts(load_text(tmp_path, "plans.jsonl", "\n".join(lines))) == (3, 0, 0)
    assert [days for plan, days in stored("plans", "plan", "grace_days") if plan[0] == "K"] == [5, None, 5]


def test_json_booleans_lists_and_objects_are_read_as_such(tmp_path):
    custom = {"a": 1, "b": [1.5, True, None], "c": {"اسم": "x"}}
    rows = [
        row("customers", customer="K1", dunning_blocked=True, tags=["vip", "x y"], custom=custom),
        row("customers", customer="K2", dunning_blocked=False, tags=[], custom=None),
        row("customers", customer="K3", tags="vip;x y", custom=json.dumps(custom)),
    ]
    assert counts(load(tmp_path, "customers", *rows, name="customers.jsonl")) == (3, 0, 0)
    k1, k2, k3 = [each[1:] for each in stored("customers", "customer", "tags", "custom") if each[0][0] == "K"]
    assert k1 == k3 == (["vip", "x y"], custom)
    assert k2 == (None, None)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("name", ["a", "b"], "invalid_text"),
        ("name", {"a": 1}, "invalid_text"),
        ("customer", ["C9"], "invalid_id"),
        ("custom", [1], "invalid_json"),
        ("custom", {"a": "\x00"}, "invalid_json"),
        ("custom", {"a": "\ud800"}, "invalid_json"),
        ("tags", ["a;b"], "invalid_list"),
        ("tags", ["a", None], "invalid_list"),
        ("tags", [["a"]], "invalid_list"),
        ("tags", {"a": 1}, "invalid_list"),
        ("name", "half \ud800 a character", "invalid_text"),
    ],
)
def test_a_value_of_another_shape_is_rejected(tmp_path, column, value, reason):
    line = json.dumps(row("customers", **{"customer": "K1", column: value}))
    assert counts(load_text(tmp_path, "customers.jsonl", line)) == (0, 0, 1)
    assert list(reasons().values()) == [reason]
    assert f"{column} is " in message() and "; expected " in message()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "1",
        '"x"',
        "null",
        "{'a': 1}",
        '{"a": 1}}',
        "{" * 100_000,
        '{"payment": "P2", "payment": "P3"}',
    ],
)
def test_a_line_that_is_no_object_is_rejected_and_the_next_one_gets_in(tmp_path, line):
    assert counts(load_text(tmp_path, "payments.jsonl", line + "\n\n" + json.dumps(row("payments")))) == (1, 0, 1)
    ((record, reason, number, content),) = rejected("record", "reason", "line", "content")
    assert (record, reason, number) == (None, "invalid_json", 1)
    assert content == {"line": line[:10_000] + "\n" * (len(line) < 10_000)}


def test_an_unknown_column_of_a_json_line_rejects_the_line(tmp_path):
    """Each line has its own columns: a typo loses no data, and the other lines get in."""
    bad, good = row("payments", payment="P2", refrence="x"), row("payments")
    assert counts(load(tmp_path, "payments", bad, good, name="payments.jsonl")) == (1, 0, 1)
    ((record, reason, content),) = rejected("record", "reason", "content")
    assert (record, reason) == ("P2", "unknown_column")
    assert json.loads(content["line"])["refrence"] == "x"
    assert "unknown columns: refrence; expected payment, customer" in message()


# Parquet --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "minor"),
    [
        (pa.array([115, 1]), [11500, 100]),
        (pa.array([115.0, 12.50, 0.1, 12345678901.25]), [11500, 1250, 10, 1234567890125]),
        (pa.array([12.1, 0.7], pa.float32()), [1210, 70]),
        (pa.array([1.5], pa.float16()), [150]),
        (pa.array([Decimal("12.50"), Decimal("0.01")]), [1250, 1]),
        (pa.array(["12.50", "0.01"]).dictionary_encode(), [1250, 1]),
        (pa.array([b"12.50"]), [1250]),
    ],
)
def test_parquet_numbers_are_read_exactly(tmp_path, values, minor):
    assert counts(load_columns(tmp_path, "payments", {"amount": values})) == (len(minor), 0, 0)
    assert amounts() == minor


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (pa.array([float("nan"), float("inf"), 1e300, 0.1 + 0.2, 1e-12]), "invalid_number"),
        (pa.array([Decimal("1E-30")], pa.decimal128(38, 35)), "invalid_number"),
        (pa.array([None], pa.float64()), "missing_value"),
        (pa.array([None]), "missing_value"),
        (pa.array([True]), "invalid_number"),
        (pa.array([[1]]), "invalid_number"),
        (pa.array([b"\xff"]), "invalid_number"),
        (pa.array([timedelta(days=1)]), "invalid_number"),
        (pa.array([date(2028, 1, 1)]), "invalid_number"),
        (pa.array([time(1)]), "invalid_number"),
    ],
)
def test_what_is_no_amount_in_parquet_is_rejected(tmp_path, values, reason):
    """NaN is not empty: a price that could not be computed is no reason to charge another one."""
    assert counts(load_columns(tmp_path, "payments", {"amount": values})) == (0, 0, len(values))
    assert set(reasons().values()) == {reason}


@pytest.mark.parametrize(
    "type_", [pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("us"), pa.timestamp("ns"), pa.string()]
)
def test_parquet_dates_and_midnights_are_days(tmp_path, type_):
    days = [date(2028, 2, 29), date(1999, 12, 31)]
    values = pa.array([day.isoformat() for day in days]).cast(type_)
    assert counts(load_columns(tmp_path, "payments", {"paid_on": values})) == (2, 0, 0)
    assert [day for (day,) in stored("payments", "paid_on")] == days


def test_a_parquet_instant_is_the_day_of_its_own_time_zone_if_it_is_midnight_there(tmp_path):
    midnight_in_riyadh = pa.array([datetime(2028, 2, 28, 21, tzinfo=UTC)], pa.timestamp("us", "Asia/Riyadh"))
    assert counts(load_columns(tmp_path, "payments", {"paid_on": midnight_in_riyadh})) == (1, 0, 0)
    assert stored("payments", "paid_on") == [(date(2028, 2, 29),)]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([datetime(2028, 2, 29, 0, 0, 1, tzinfo=UTC)], pa.timestamp("us")),
        pa.array([datetime(2028, 2, 29, 21, tzinfo=UTC)]),
        pa.array([365 * 20_000], pa.date32()),
        pa.array([-800_000], pa.date32()),
        pa.array([20280229]),
    ],
)
def test_a_parquet_value_that_is_no_day_rejects_its_row_only(tmp_path, values):
    assert counts(load_columns(tmp_path, "payments", {"paid_on": values})) == (0, 0, 1)
    assert list(reasons().values()) == ["invalid_date"]


def test_parquet_lists_structs_and_maps_are_read_as_lists_and_objects(tmp_path):
    columns = {
        "customer": ["K1", "K2"],
        "tags": [["vip", "x"], None],
        "custom": [{"a": 1, "b": 1.5, "c": "x"}, None],
        "dunning_blocked": [True, None],
    }
    assert counts(load_columns(tmp_path, "customers", columns)) == (2, 0, 0)
    assert stored("customers", "tags", "custom", "dunning_blocked")[1:3] == [
        (["vip", "x"], {"a": 1, "b": 1.5, "c": "x"}, True),
        (None, None, False),
    ]
    maps = pa.array([[("a", "x")], None], pa.map_(pa.string(), pa.string()))
    assert counts(load_columns(tmp_path, "customers", {"customer": ["K3", "K4"], "custom": maps})) == (2, 0, 0)
    assert stored("customers", "custom")[3:5] == [({"a": "x"},), (None,)]
    days = pa.array([[14, 7], [1.0, None], []], pa.list_(pa.float64()))
    assert counts(load_columns(tmp_path, "plans", {"reminder_days": days})) == (2, 0, 1)
    assert stored("plans", "reminder_days")[:2] == [([14, 7],), (None,)]


def test_parquet_lines_are_numbered_from_1(tmp_path):
    load_columns(tmp_path, "payments", {"amount": ["1", "x", "1", "y"]})
    assert rejected("record", "line") == [("K01", 2), ("K03", 4)]
