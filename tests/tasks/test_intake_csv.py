"""How is a CSV file taken apart into records, and what becomes of those that cannot be? (intake.md)"""

from __future__ import annotations

import csv
import io

import pytest

from tests.tasks.intake_club import club, counts, load, load_text, rejected, row, stored

PAYMENTS = "payment,customer,amount,currency,paid_on\n"
GOOD = "P1,C1,115.00,SAR,2028-01-31\n"


@pytest.fixture(autouse=True)
def _club(store):
    club()


def test_quotes_commas_and_line_ends_stand_in_quoted_cells(tmp_path):
    texts = ["a,b", 'say "hi"', "one\ntwo\r\nthree", "tail\r", " spaces ", "=cmd|'/C calc'!A0", "\ttab"]
    load(tmp_path, "payments", *(row("payments", payment=f"P{n}", reference=text) for n, text in enumerate(texts)))
    assert [text for (text,) in stored("payments", "reference")] == texts


def test_blank_lines_are_no_records(tmp_path):
    assert counts(load_text(tmp_path, "payments.csv", PAYMENTS + "\n\r\n" + GOOD + "\n")) == (1, 0, 0)


def test_the_line_of_a_record_is_its_first_physical_line(tmp_path):
    header, good = f"{PAYMENTS.strip()},reference\n", GOOD.strip()
    loaded = load_text(
        tmp_path, "payments.csv", f'{header}\n{good},"one\ntwo\nthree"\nP2,C1,x,SAR,2028-01-31,"a\nb"\n{good}\n'
    )
    assert counts(loaded) == (1, 0, 2)
    assert rejected("record", "line", "reason") == [("P2", 6, "invalid_number"), ("P1", 8, "wrong_cell_count")]


def test_too_few_and_too_many_cells_reject_the_record_with_the_line_as_it_came(tmp_path):
    lines = ["P2,C1,115.00,SAR", "P3,C1,1,000.00,SAR,2028-01-31", "P4", " "]
    loaded = load_text(tmp_path, "payments.csv", PAYMENTS + "\n".join([*lines, GOOD]))
    assert counts(loaded) == (1, 0, 4)
    assert [content["line"].strip("\n") for (content,) in rejected("content")] == lines
    assert rejected("record", "reason", "line")[:2] == [("P2", "wrong_cell_count", 2), ("P3", "wrong_cell_count", 3)]
    assert "has 6 cells, the header 5" in rejected("message")[1][0]


def test_a_quote_in_the_wrong_place_rejects_its_record_only(tmp_path):
    loaded = load_text(tmp_path, "payments.csv", PAYMENTS + 'P2,"C"1,1,SAR,2028-01-31\n' + GOOD)
    assert counts(loaded) == (1, 0, 1)
    ((reason, line, said),) = rejected("reason", "line", "message")
    assert (reason, line) == ("invalid_csv", 2) and "in double quotes" in said


def test_a_quote_that_is_never_closed_rejects_what_it_swallowed_as_one_record(tmp_path):
    """The lines after it cannot be told from the text; none of them gets in, and the reject says which they are."""
    loaded = load_text(tmp_path, "payments.csv", PAYMENTS + GOOD + 'P2,"C1,1,SAR,2028-01-31\nP3,C1,1,SAR,2028-01-31\n')
    assert counts(loaded) == (1, 0, 1)
    ((reason, line, said),) = rejected("reason", "line", "message")
    assert (reason, line) == ("invalid_csv", 3) and "lines 3 to 4 are no CSV record" in said


def test_a_quote_that_another_record_closes_does_not_swallow_the_records_after_it(tmp_path):
    """P2 would otherwise vanish into the reference of P1."""
    header = f"{PAYMENTS.strip()},reference\n"
    torn = 'P1,C1,1,SAR,2028-01-31,"torn\nP2,C1,1,SAR,2028-01-31,"whole"\n'
    assert counts(load_text(tmp_path, "payments.csv", f"{header}{torn}P3,C1,1,SAR,2028-01-31,\n")) == (1, 0, 1)
    assert stored("payments", "payment") == [("P3",)]
    assert "lines 2 to 3" in rejected("message")[0][0]


def test_a_cell_of_ten_megabytes_is_rejected_and_the_next_record_gets_in(tmp_path):
    big = io.StringIO()
    csv.writer(big).writerow(["P2", "x" * 10_000_000, "1", "SAR", "2028-01-31"])
    assert counts(load_text(tmp_path, "payments.csv", PAYMENTS + big.getvalue() + GOOD)) == (1, 0, 1)
    ((record, reason, said, content),) = rejected("record", "reason", "message", "content")
    assert (record, reason) == ("P2", "invalid_id")
    assert "customer is xxx" in said and "(10000000 characters); expected 1 to 200" in said and len(said) < 500
    assert len(content["customer"]) == 10_000
