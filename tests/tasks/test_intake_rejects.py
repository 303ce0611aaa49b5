"""What is kept of a record that does not get in, and how often? (intake.md, contract.md)"""

from __future__ import annotations

import json
from datetime import date

import pytest
import sqlalchemy as sa

from models.intake.catalogue import ENTITIES
from tests.support import view
from tests.tasks.intake_club import (
    LOADED_ON,
    ORDINARY,
    club,
    counts,
    load,
    load_file,
    load_text,
    reasons,
    rejected,
    row,
    stored,
)

BAD = [
    row("payments", payment="P2", amount="1.234"),
    row("payments", payment="P3", amount="x"),
    row("payments", payment="P4", customer="nobody"),
    row("payments", amount="1"),
]
"""A reject of each check: meaning, format, reference, and a repeated id behind the ordinary row."""


@pytest.fixture(autouse=True)
def _club(store):
    club()


def test_the_view_shows_stage_entity_record_reason_message_file_line_and_day(tmp_path):
    load(tmp_path, "payments", row("payments"), BAD[0], name="payments-2028-01.csv")
    assert view("rejects") == [
        {
            "stage": "intake",
            "entity": "payments",
            "record": "P2",
            "reason": "amount_over_precise",
            "message": "amount is 1.234; expected at most 2 decimals, as its currency has. "
            "Correct payments-2028-01.csv line 3 and load it again.",
            "file": "payments-2028-01.csv",
            "line": 3,
            "on_date": LOADED_ON,
        }
    ]


def test_the_same_bad_record_of_the_same_file_is_one_reject_however_often_it_is_loaded(tmp_path):
    for again in range(3):
        assert counts(load(tmp_path, "payments", row("payments"), *BAD)) == (1 - bool(again), bool(again), 4)
    assert reasons() == {
        "P2": "amount_over_precise",
        "P3": "invalid_number",
        "P4": "unknown_customer",
        "P1": "duplicate_in_file",
    }
    assert len(rejected("record")) == 4


def test_the_same_bad_record_of_another_file_is_another_reject(tmp_path):
    load(tmp_path, "payments", BAD[0])
    load(tmp_path, "payments", BAD[0], BAD[1])
    load(tmp_path, "payments", BAD[0], name="payments-copy.csv")
    assert sorted(rejected("record", "line")) == [("P2", 2), ("P2", 2), ("P3", 3)]


def test_a_record_that_is_bad_in_another_way_later_is_another_reject(store, tmp_path):
    """The customer is known by then, but the fact has been applied with another amount."""
    load(tmp_path, "payments", row("payments", customer="C2"))
    load(tmp_path, "customers", row("customers", customer="C2"))
    load(tmp_path, "payments", row("payments", customer="C2", amount="1"), name="payments-first.csv")
    store.execute(sa.update(ENTITIES["payments"].table).values(applied_on=date(2028, 2, 1), run_id=1))
    load(tmp_path, "payments", row("payments", customer="C2"))
    assert rejected("record", "reason") == [("P1", "unknown_customer"), ("P1", "changed_after_applied")]


@pytest.mark.parametrize("entity", ORDINARY)
def test_the_content_of_a_reject_is_the_record_as_it_came(tmp_path, entity):
    key = ENTITIES[entity].key
    bad = {name: value for name, value in row(entity, **{key[0]: " bad"}).items() if value}
    load(tmp_path, entity, bad)
    ((record, content),) = rejected("record", "content")
    assert content == bad
    assert record == "/".join(bad[name] for name in key)


def test_the_content_of_a_record_that_cannot_be_taken_apart_is_its_line(tmp_path):
    line = json.dumps(row("payments", wrong="x"), ensure_ascii=False)
    load_text(tmp_path, "payments.jsonl", f"{line}\n{line[:-1]}\n")
    assert [content["line"].strip() for (content,) in rejected("content")] == [line, line[:-1]]


def test_a_reject_can_be_loaded_again_from_its_content(tmp_path):
    load(tmp_path, "customers", row("customers", company="new", name='نادي "الرياض"', tags="a;b", custom='{"a": 1.5}'))
    ((content,),) = rejected("content")
    load(tmp_path, "companies", row("companies", company="new", invoice_prefix="NEW"))
    assert counts(load(tmp_path, "customers", content, name="customers-again.csv")) == (1, 0, 0)
    assert stored("customers", "name", "tags", "custom")[0] == ('نادي "الرياض"', ["a", "b"], {"a": 1.5})


def test_a_file_of_bad_records_only_loads_nothing_and_is_no_error(tmp_path):
    loaded = load_text(tmp_path, "payments.csv", "payment,customer,amount,currency,paid_on\nx\ny,\n,,,,\n\x00,,,,\n")
    assert counts(loaded) == (0, 0, 4)
    assert stored("payments") == []


def test_the_good_rows_of_a_file_get_in_whatever_stands_between_them(tmp_path):
    good = [row("payments", payment=f"G{n}") for n in range(5)]
    mixed = [each for pair in zip(good, [*BAD[:3], row("payments", payment="")], strict=False) for each in pair]
    assert counts(load(tmp_path, "payments", *mixed, good[4])) == (5, 0, 4)
    assert [name for (name,) in stored("payments", "payment")] == [f"G{n}" for n in range(5)]


def test_rejects_carry_the_day_of_the_load(tmp_path):
    load(tmp_path, "payments", BAD[0])
    path = tmp_path / "payments.csv"
    load_file(path, date(2029, 1, 1))
    path.write_text(path.read_text() + "\n")
    load_file(path, date(2029, 1, 1))
    assert rejected("on_date") == [(LOADED_ON,), (date(2029, 1, 1),)]
