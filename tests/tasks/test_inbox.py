"""The inbox: each file once, by its content; what is bad stops nobody else and is not tried for ever."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import fsspec
import pytest

from models.errors import WrongUsage
from tasks.inbox import Refused, load_inbox
from tests.support import view

DAY = date(2028, 1, 1)
LONG_AGO = 1_700_000_000
COMPANIES = "company,name,timezone,currency,invoice_prefix\nclub,Club,Asia/Riyadh,SAR,CLUB\n"
CUSTOMERS = "customer,company,kind,name\nc1,club,person,Sara\n"


@pytest.fixture
def inbox(store, tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def put(inbox: Path, name: str, text: str, at: float = LONG_AGO) -> None:
    (inbox / name).write_text(text, encoding="utf-8")
    os.utime(inbox / name, (at, at))


def poll(inbox: Path | str) -> list[tuple[str, int | str]]:
    """File names with what was loaded of each, or why it was refused."""
    done = load_inbox(str(inbox), DAY, datetime.now(UTC) - timedelta(seconds=10))
    return [(one.name, one.why) if isinstance(one, Refused) else (one.path.name, one.loaded) for one in done]


def test_files_are_loaded_in_the_order_of_the_intake_and_once(inbox: Path):
    put(inbox, "customers.csv", CUSTOMERS)
    put(inbox, "companies.csv", COMPANIES)
    assert poll(inbox) == [("companies.csv", 1), ("customers.csv", 1)]
    assert poll(inbox) == []


def test_same_content_under_another_name_or_date_is_not_loaded_again(inbox: Path):
    put(inbox, "companies.csv", COMPANIES)
    poll(inbox)
    put(inbox, "companies-copy.csv", COMPANIES)
    put(inbox, "companies.csv", COMPANIES, at=LONG_AGO + 60)
    assert poll(inbox) == []


def test_changed_file_is_loaded_again(inbox: Path):
    put(inbox, "companies.csv", COMPANIES)
    poll(inbox)
    put(inbox, "companies.csv", COMPANIES.replace("Club,", "Great Club,"), at=LONG_AGO + 60)
    assert poll(inbox) == [("companies.csv", 1)]


def test_what_may_still_be_written_waits_for_the_next_poll(inbox: Path):
    put(inbox, "companies.csv", COMPANIES, at=datetime.now(UTC).timestamp())
    put(inbox, ".companies.csv", COMPANIES)
    put(inbox, "companies.csv.part", COMPANIES)
    assert poll(inbox) == []


def test_unreadable_files_stop_nobody_and_are_tried_again_when_they_change(inbox: Path):
    put(inbox, "companies.csv", COMPANIES)
    put(inbox, "customers.csv", "customer,compny\n")
    put(inbox, "holiday.csv", "a,b\n")
    done = poll(inbox)
    assert [name for name, _ in done] == ["companies.csv", "customers.csv", "holiday.csv"]
    assert "unknown columns: compny" in str(done[1][1]) and "is no intake file" in str(done[2][1])
    assert poll(inbox) == []
    put(inbox, "customers.csv", CUSTOMERS, at=LONG_AGO + 60)
    assert poll(inbox) == [("customers.csv", 1)]


def test_rejected_rows_carry_the_day_and_the_name_of_their_file(inbox: Path):
    put(inbox, "companies.csv", COMPANIES)
    put(inbox, "customers-north.csv", CUSTOMERS.replace("club,person", "moon,person"))
    poll(inbox)
    (reject,) = view("rejects")
    assert (reject["file"], reject["on_date"]) == ("customers-north.csv", DAY)


def test_inbox_may_be_an_url(inbox: Path):
    files = fsspec.filesystem("memory")
    files.pipe("/inbox/companies.csv", COMPANIES.encode())
    try:
        later = datetime.now(UTC) + timedelta(seconds=60)
        assert [one.loaded for one in load_inbox("memory://inbox", DAY, later)] == [1]
        assert list(load_inbox("memory://inbox", DAY, later)) == []
    finally:
        files.rm("/inbox", recursive=True)


@pytest.mark.parametrize("url", ["/no/such/folder", "nonsense://user:secret@host/inbox"])
def test_unreadable_inbox_is_one_readable_error_without_a_secret(store, url: str):
    with pytest.raises(WrongUsage, match=r"TAJDID_INBOX.* cannot be read") as wrong:
        list(load_inbox(url, DAY, datetime.now(UTC)))
    assert "secret" not in str(wrong.value)
