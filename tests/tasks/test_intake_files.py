"""Which files does the intake take, in which order, and which does it refuse whole? (intake.md)"""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from models.errors import UnreadableFile
from models.intake.catalogue import ENTITIES
from models.operations import intake_files
from tasks import intake
from tasks.intake_lines import LONGEST_LINE
from tests.tasks.intake_club import ORDINARY, club, counts, load, load_text, reasons, rejected, row, stored

PAYMENTS = "payment,customer,amount,currency,paid_on\n"
GOOD = "P1,C1,115.00,SAR,2028-01-31\n"


@pytest.fixture(autouse=True)
def _club(store):
    club()


def refusal(folder: Path, name: str, content: str | bytes) -> str:
    """What is said of a file that is refused whole, after making sure that it left nothing."""
    before = (stored("payments"), rejected("record"), len(remembered()))
    with pytest.raises(UnreadableFile) as refused:
        load_text(folder, name, content)
    assert refused.value.exit_code == 2
    assert (stored("payments"), rejected("record"), len(remembered())) == before
    said = str(refused.value)
    assert name in said and "\n" not in said and said.isprintable()
    return said


def remembered() -> list[tuple[str, ...]]:
    with intake.transaction() as connection:
        files = connection.execute(sa.select(intake_files).order_by(intake_files.c.file_id))
        return [(each.name, each.sha256, each.loaded, each.unchanged, each.rejected) for each in files]


# Formats and names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entity", ORDINARY)
def test_csv_json_lines_and_parquet_give_the_same_rows(tmp_path, entity):
    for needed in ("plan_prices", "customers", "memberships"):
        load(tmp_path, needed, row(needed))
    load(tmp_path, entity, row(entity), name=f"{entity}.csv")
    as_csv = stored(entity)
    for suffix in (".jsonl", ".parquet"):
        assert counts(load(tmp_path, entity, row(entity), name=f"{entity}{suffix}")) == (0, 1, 0)
    assert stored(entity) == as_csv
    assert rejected("message") == []


@pytest.mark.parametrize("name", ["payments.csv", "payments-2028-01.csv", "payments-a.b.csv", "payments.CSV"])
def test_the_name_of_a_file_begins_with_its_entity(tmp_path, name):
    assert counts(load_text(tmp_path, name, PAYMENTS + GOOD)) == (1, 0, 0)


@pytest.mark.parametrize("name", ["payment.csv", "payments.2028.csv", "paymentsx.csv", "Payments.csv", "payments.txt"])
def test_other_names_are_refused_with_the_names_that_are_known(tmp_path, name):
    said = refusal(tmp_path, name, PAYMENTS + GOOD)
    assert "<entity>-anything.csv" in said and "plan_prices" in said


def test_a_folder_is_loaded_in_the_order_of_intake_md_whatever_its_files_are_called(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for entity in ORDINARY:
        (folder / f"{entity}.csv").touch()
    for name in ("customers-b.csv", "customers-a.jsonl", "README.md"):
        (folder / name).touch()
    names = [path.name for path in intake.files_in([folder])]
    assert [name.split(".")[0] for name in names if "-" not in name] == list(ENTITIES)
    assert [name for name in names if "customers" in name] == ["customers-a.jsonl", "customers-b.csv", "customers.csv"]
    assert "README.md" not in names


def test_a_folder_with_a_table_of_no_entity_is_refused_before_anything_is_loaded(tmp_path):
    (tmp_path / "paymnets.csv").write_text(PAYMENTS)
    with pytest.raises(UnreadableFile, match="paymnets"):
        intake.files_in([tmp_path])


def test_a_path_that_does_not_exist_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="nowhere does not exist"):
        intake.files_in([tmp_path / "nowhere"])


def test_a_folder_named_like_a_file_is_refused(tmp_path):
    (tmp_path / "payments.csv").mkdir()
    with pytest.raises(UnreadableFile, match=r"payments.csv cannot be read"):
        intake.load(tmp_path / "payments.csv", date(2028, 1, 1))


def test_each_load_is_remembered_with_the_sha256_of_its_file(tmp_path):
    for content in (PAYMENTS, PAYMENTS + GOOD + "P2,C1,0,SAR,2028-01-31\n", PAYMENTS):
        load_text(tmp_path, "payments.csv", content)
    header, *_ = remembered()[-3:]
    assert header == ("payments.csv", "ac21d2a400aad0626bb6dcbb0c136796bcc6a57a4ea601c8702773eb2964ea70", 0, 0, 0)
    assert [each[2:] for each in remembered()[-3:]] == [(0, 0, 0), (1, 0, 1), (0, 0, 0)]
    assert remembered()[-1] == header != remembered()[-2]


# Columns --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("payment customer amount currency", "lacks required columns: paid_on"),
        ("payment customer amount currency paid_on amuont", "unknown columns: amuont"),
        ("payment customer amount currency paid_on PAYMENT", "unknown columns: PAYMENT"),
        ("payment customer amount amount currency paid_on", "columns twice: amount"),
    ],
)
def test_unknown_repeated_and_missing_columns_refuse_the_file(tmp_path, suffix, columns, said):
    names = columns.split()
    table = pa.table([["x"]] * len(names), names=names)
    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    content = {".csv": f"{','.join(names)}\n".encode(), ".parquet": parquet.getvalue()}[suffix]
    assert said in refusal(tmp_path, f"payments{suffix}", content)


@pytest.mark.parametrize("header", ["payment, customer,amount,currency,paid_on", PAYMENTS.strip() + ","])
def test_a_column_name_with_a_space_or_none_at_all_is_shown_as_it_is(tmp_path, header):
    said = refusal(tmp_path, "payments.csv", f"{header}\n")
    assert "unknown columns: ' customer'" in said or "unknown columns: ''" in said


@pytest.mark.parametrize("entity", ORDINARY)
def test_every_required_column_is_required(tmp_path, entity):
    for name in ENTITIES[entity].required:
        with pytest.raises(UnreadableFile, match=f"lacks required columns: {name};"):
            load(tmp_path, entity, {column: value for column, value in row(entity).items() if column != name})


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_missing_or_empty(tmp_path):
    load(tmp_path, "payments", dict(reversed(row("payments", reference="", method=None).items())))
    load(tmp_path, "payments", row("payments", payment="P2"))
    assert stored("payments", "payment", "customer", "reference") == [("P1", "C1", None), ("P2", "C1", None)]


# Encodings and emptiness ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["payments.csv", "payments.jsonl"])
def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path, name):
    lines = PAYMENTS + GOOD if name.endswith("csv") else json.dumps(row("payments")) + "\n"
    loaded = load_text(tmp_path, name, b"\xef\xbb\xbf" + lines.replace("\n", "\r\n").encode())
    assert counts(loaded) == (1, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["payments.csv", "payments.jsonl"])
def test_utf_16_is_refused_with_one_clear_error(tmp_path, name, encoding):
    said = refusal(tmp_path, name, (PAYMENTS + GOOD).encode(encoding))
    assert "line 1" in said and "Save it as UTF-8" in said


@pytest.mark.parametrize("good", [1, 5_000])
def test_latin_1_is_refused_with_the_line_and_nothing_of_the_lines_before_it_stays(tmp_path, good):
    lines = "".join(f"P{n},C1,115.00,SAR,2028-01-31\n" for n in range(good))
    said = refusal(tmp_path, "payments.csv", (PAYMENTS + lines + "PX,José,1,SAR,2028-01-31\n").encode("latin-1"))
    assert f"payments.csv line {good + 2} is not UTF-8 (byte 0xe9" in said


def test_a_csv_file_without_a_header_is_refused(tmp_path):
    for content in ("", "\n", "\ufeff"):
        assert "is empty; expected a header line with payment, customer" in refusal(tmp_path, "payments.csv", content)
    assert "no CSV header" in refusal(tmp_path, "payments.csv", '"payment,customer\n')


@pytest.mark.parametrize(("name", "content"), [("payments.csv", PAYMENTS), ("payments.jsonl", "\n \n")])
def test_a_file_without_records_loads_nothing(tmp_path, name, content):
    assert counts(load_text(tmp_path, name, content)) == (0, 0, 0)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1garbage....PAR1", PAYMENTS.encode()])
def test_what_is_no_parquet_is_refused(tmp_path, content):
    assert "no readable Parquet file" in refusal(tmp_path, "payments.parquet", content)


@pytest.mark.parametrize("name", ["payments.csv", "payments.jsonl"])
def test_a_line_longer_than_any_record_is_refused(tmp_path, name):
    said = refusal(tmp_path, name, PAYMENTS + "x" * LONGEST_LINE)
    assert "line 2 has more than" in said


@pytest.mark.parametrize("name", ["payments.csv", "payments.jsonl"])
def test_a_nul_character_rejects_its_record_only(tmp_path, name):
    bad, good = row("payments", payment="P2", reference="a\x00b"), row("payments", reference="")
    assert counts(load(tmp_path, "payments", bad, good, name=name)) == (1, 0, 1)
    assert reasons() == {"P2": "invalid_text"}
    assert rejected("content")[0][0]["reference"] == "a\ufffdb"
