"""Documents in the output: stable names, whole files, nothing written twice; letters of a day; the command line."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import cli
from models.errors import BrokenTemplate, NotWritten
from reports.documents.document import CannotWrite
from tasks import documents
from tasks.company_folders import companies_of_store
from tasks.documents import Failed, Stored, attachment, check_documents, keep, store_documents, store_letters
from tasks.settings import settings
from tests.factories import club, day, nightly

START = "2028-02-29"
INVOICE = "CLUB-2028-000001"
PATH = f"club/documents/invoices/{INVOICE}.pdf"


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output of the test's own."""
    monkeypatch.setattr(settings(), "out", str(tmp_path / "out"))
    return tmp_path / "out"


def stored(connection: sa.Connection, *ids: str, kind: str = "invoice") -> list[Stored | Failed]:
    return list(store_documents(connection, kind, ids, as_of=day(START)))


def files(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())


def test_documents_lie_under_their_company_by_a_stable_name(store, tmp_path, out):
    club(tmp_path, memberships=[{"started_on": START}])
    nightly(START)
    assert stored(store, INVOICE) == [Stored(f"{out}/{PATH}", written=True)]
    assert files(out) == [PATH]


def test_the_same_bytes_are_not_written_again_and_others_take_their_place(store, tmp_path, out):
    club(tmp_path, memberships=[{"started_on": START}])
    nightly(START)
    stored(store, INVOICE)
    before = (out / PATH).stat()
    assert stored(store, INVOICE) == [Stored(f"{out}/{PATH}", written=False)]
    assert (out / PATH).stat().st_mtime_ns == before.st_mtime_ns
    (out / PATH).write_bytes(b"half a fi")
    assert stored(store, INVOICE) == [Stored(f"{out}/{PATH}", written=True)]
    assert (out / PATH).stat().st_size == before.st_size


def test_a_write_that_fails_leaves_neither_half_a_file_nor_a_trace(out, monkeypatch):
    keep("a.pdf", b"old")

    def fail(*_: object) -> None:
        raise OSError("The disk is full")

    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.mv", fail)
    with pytest.raises(NotWritten, match=r"a\.pdf cannot be written below TAJDID_OUT: OSError\."):
        keep("a.pdf", b"new")
    assert files(out) == ["a.pdf"] and (out / "a.pdf").read_bytes() == b"old"


def test_output_may_be_any_file_system_and_its_url_is_not_shown(monkeypatch):
    monkeypatch.setattr(settings(), "out", "memory://secret@bucket")
    assert keep("club/a.pdf", b"x") == Stored("club/a.pdf", written=True)
    assert keep("club/a.pdf", b"x") == Stored("club/a.pdf", written=False)


def test_an_unknown_id_is_refused_before_anything_is_written(store, tmp_path, out):
    club(tmp_path, memberships=[{"started_on": START}])
    nightly(START)
    with pytest.raises(CannotWrite, match="invoice NOPE is not known; expected the number of an invoice"):
        stored(store, INVOICE, "NOPE")
    assert not out.exists()


def test_an_id_with_a_mark_that_nobody_sees_is_an_id_like_others(store, tmp_path, out):
    """As spreadsheets from right to left bring them along; what is printed turns nothing round."""
    club(
        tmp_path,
        customers=[{"customer": "u\u200f1", "name": "\u202eAmal"}],
        memberships=[{"started_on": START, "customer": "u\u200f1"}],
        payments=[{"payment": "p\u200f1", "amount": "10", "paid_on": START, "customer": "u\u200f1"}],
    )
    nightly(START)
    made = [*stored(store, "p\u200f1", kind="receipt"), *store_letters(store, day(START), day(START))]
    assert made and all(isinstance(one, Stored) for one in made)


def test_what_cannot_be_typeset_stops_no_other(store, tmp_path, out):
    club(
        tmp_path,
        customers=[{"customer": "u", "name": "张"}],
        memberships=[{"started_on": START}, {"started_on": START, "customer": "v"}],
    )
    nightly(START)
    failed, written = stored(store, INVOICE, "CLUB-2028-000002")
    assert isinstance(failed, Failed) and "U+5F20" in failed.why
    assert isinstance(written, Stored) and files(out) == ["club/documents/invoices/CLUB-2028-000002.pdf"]


def test_letters_are_what_the_messages_of_a_day_need_on_paper_and_stay_queued(store, tmp_path, out):
    customers = [{"customer": "u"}, {"customer": "v", "email": "v@example.org"}]
    club(
        tmp_path,
        plan={"terms_days": 0, "grace_days": 9, "on_expiry": "collect"},
        customers=customers,
        dunning_levels=[{"days_overdue": 1}],
        memberships=[{"started_on": START}, {"started_on": START, "customer": "v"}],
    )
    nightly(START, "2028-03-01")
    first = list(store_letters(store, day(START), day("2028-03-01")))
    assert files(out) == ["club/documents/dunning/u-2028-03-01.pdf", PATH]
    assert [result.written for result in first if isinstance(result, Stored)] == [True, True]
    assert list(store_letters(store, day("2028-03-01"), day("2028-03-01"))) == [
        Stored(f"{out}/club/documents/dunning/u-2028-03-01.pdf", written=False)
    ]
    statuses = store.exec_driver_sql("SELECT DISTINCT status FROM tajdid.messages").scalars().all()
    assert statuses == ["queued"]


# The command line ----------------------------------------------------------------------------------------------------


def tajdid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command; returns exit code, standard output, standard error."""
    monkeypatch.setattr(sys, "argv", ["tajdid", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_document_prints_paths_and_says_which_are_unchanged(store, tmp_path, out, monkeypatch, capsys):
    club(tmp_path, memberships=[{"started_on": START}])
    nightly(START)
    command = ("document", "invoice", INVOICE, "--as-of", START, "--language", "fa")
    path = f"{out}/club/documents/invoices/{INVOICE}.fa.pdf"
    assert tajdid(monkeypatch, capsys, *command) == (0, f"{path}\n", "")
    assert tajdid(monkeypatch, capsys, *command) == (0, f"{path} (unchanged)\n", "")
    _, _, said = tajdid(monkeypatch, capsys, "document", "statement", "u", "--as-of", "2028-03-09")
    assert "The business day 2028-03-09 has not been run yet (known up to 2028-02-29)" in said


def test_document_that_has_no_glyph_fails_with_one_readable_error(store, tmp_path, out, monkeypatch, capsys):
    club(tmp_path, customers=[{"customer": "u", "name": "张"}], memberships=[{"started_on": START}])
    nightly(START)
    code, said, error = tajdid(monkeypatch, capsys, "document", "letters", "--as-of", START)
    assert (code, said) == (1, "")
    assert "Not every document could be made" in error and "no font has U+5F20" in error


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("document", "invoice"), "KIND is invoice with 0 ids"),
        (("document", "letters", "x"), "KIND is letters with 1 ids"),
        (("document", "poem", "x"), "KIND is poem; expected one of: invoice, credit_note"),
        (("document", "invoice", "x", "--language", "de"), "--language is de; expected one of: ar, fa, en"),
        (("document", "letters", "--language", "fa"), "letters are in the language of their messages"),
        (("document", "card", "x", "--as-of", "2028-03-01"), "a card shows its membership as it is now"),
        (("document", "invoice", "x", "--since", "2028-03-01"), "--since is 2028-03-01; only statement and"),
        (("document", "statement", "x", "--since", "1447-01-01"), "The date is 1447-01-01; expected a Gregorian one"),
        (
            ("document", "statement", "x", "--since", "2028-03-02", "--as-of", "2028-03-01"),
            "--since is 2028-03-02, after --as-of 2028-03-01",
        ),
    ],
)
def test_wrong_words_are_wrong_usage(store, monkeypatch, capsys, words, says):
    code, _, error = tajdid(monkeypatch, capsys, *words)
    assert code == 2 and says in error


def test_many_errors_are_told_up_to_a_readable_number():
    assert str(documents.DocumentsFailed([f"e{n}" for n in range(25)])).endswith("e19\n  … and 5 more")


def test_a_broken_template_of_a_company_is_found_by_day_and_keeps_its_mails_back(store, tmp_path, out):
    club(tmp_path, memberships=[{"started_on": START}])
    nightly(START)
    (of,) = companies_of_store(store)
    broken = replace(of, templates={"documents/invoice.typ": "#let x = "})
    (told,) = check_documents(store, [of, broken])
    assert "Template documents/invoice.typ of company club cannot be used: expected expression" in told
    assert check_documents(store, [replace(of, templates={"documents/card.typ": "#it.membership"})]) == []
    with pytest.raises(BrokenTemplate):
        attachment(broken, "invoice", INVOICE, "en", day(START))


def test_a_broken_template_tells_no_name(store, tmp_path, out):
    club(tmp_path, customers=[{"customer": "u", "name": "Zulaykha"}], memberships=[{"started_on": START}])
    nightly(START)
    (of,) = companies_of_store(store)
    spiteful = replace(of, templates={"documents/invoice.typ": "#panic(it.buyer.name)"})
    (told,) = check_documents(store, [spiteful])
    assert "documents/invoice.typ of company club cannot be used: it fails" in told and "Zulaykha" not in told
