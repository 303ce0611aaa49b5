"""Erasing a person: nothing personal is left anywhere, and the books are whole."""

from __future__ import annotations

import pytest

from models.errors import WrongUsage
from models.metadata import SCHEMA
from models.schema import metadata
from tasks.audit import breaks
from tasks.erase import PERSONAL, erase
from tests.factories import club, day, nightly
from tests.support import load_rows, view

PERSON = {
    "customer": "u",
    "company": "club",
    "kind": "person",
    "name": "Zulaykha",
    "birth_date": "1980-05-17",
    "email": "zulaykha@example.test",
    "phone": "+966500000001",
    "whatsapp": "+966500000002",
    "city": "Zulaykhatown",
    "address": "Zulaykha Street 1",
    "tags": "zulaykha-fan",
    "tax_number": "zulaykha-77",
    "commercial_registration": "zulaykha-78",
    "custom": '{"nick": "zulaykha"}',
}
ON = "2028-02-01"


@pytest.fixture
def person(store, tmp_path):
    """A member who is billed, and of whom a row was rejected."""
    club(tmp_path, customers=[PERSON], memberships=[{"customer": "u", "started_on": ON}])
    load_rows(tmp_path / "bad", {"customers": [PERSON | {"kind": "Zulaykha-kind"}]})
    nightly(ON)
    return store


def everything(store) -> str:
    """All rows of all tables, as one text."""
    rows = [store.exec_driver_sql(f"SELECT t::text FROM {name} t").scalars().all() for name in metadata.tables]
    return " ".join(text for table in rows for text in table).lower()


def test_nothing_personal_is_left_and_the_books_are_whole(person):
    assert "zulaykha" in everything(person)
    before = view("invoices"), view("postings"), view("memberships")
    erase("u", "she asked for it", "ops")
    left = everything(person)
    for told in ("zulaykha", "+96650000000", "1980-05-17"):
        assert told not in left
    assert (view("invoices"), view("postings"), view("memberships")) == before
    assert breaks(person, day(ON)) == []


def test_every_column_of_a_customer_is_either_personal_or_known_to_tell_of_nobody():
    told = {"customer", "company", "kind", "name", "country", "language", "category", "joined_on", "dunning_blocked"}
    columns = set(metadata.tables[f"{SCHEMA}.customers"].columns.keys())
    assert columns - set(PERSONAL) - told <= {"changed_at"}


def test_erased_person_does_not_come_back_with_the_next_file(person, tmp_path):
    erase("u", "she asked for it", "ops")
    (loaded,) = load_rows(tmp_path / "again", {"customers": [PERSON]})
    assert (loaded.loaded, loaded.rejected) == (0, 1)
    assert "erased" in {row["reason"] for row in view("rejects")}
    assert store_name(person) == "–"


def store_name(store) -> str:
    return store.exec_driver_sql(f"SELECT name FROM {SCHEMA}.customers WHERE customer = 'u'").scalar_one()


def test_erasing_twice_is_erasing_once(person):
    erase("u", "she asked for it", "ops")
    erase("u", "again", "eve")
    row = person.exec_driver_sql(f"SELECT reason, erased_by FROM {SCHEMA}.erasures").one()
    assert tuple(row) == ("she asked for it", "ops")


@pytest.mark.parametrize(("customer", "reason", "said"), [("nobody", "why", "nobody is not known"), ("u", "", "empty")])
def test_unknown_customers_and_no_reason_are_refused(person, customer, reason, said):
    with pytest.raises(WrongUsage, match=said):
        erase(customer, reason, "ops")
