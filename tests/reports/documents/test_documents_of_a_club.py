"""Currencies, languages and names of a club, on its documents: exact, in the right words, and never obeyed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from reports.documents.document import CannotWrite
from reports.documents.documents import write
from tasks.company_folders import companies_of_store
from tests.factories import club, nightly
from tests.reports.documents.reading import printed, seen

START = "2028-02-29"
_FROM_START = {"started_on": START}


def text_of(connection: sa.Connection, language: str | None = None) -> str:
    """What is printed on the club's first invoice."""
    (of,) = companies_of_store(connection)
    return printed(write(connection, of, "invoice", "CLUB-2028-000001", language=language).content)


def test_dinars_have_three_decimals(store, tmp_path):
    club(tmp_path, company={"currency": "KWD"}, plan={"currency": "KWD", "price": "12.345"}, memberships=[_FROM_START])
    nightly(START)
    said = text_of(store)
    assert "12.345 KWD" in said and "1.852 KWD" in said and "14.197 KWD" in said


def test_customer_is_written_to_in_their_language_unless_another_is_asked_for(store, tmp_path):
    club(tmp_path, customers=[{"customer": "u", "language": "fa"}], memberships=[_FROM_START])
    nightly(START)
    assert seen("صورت") in text_of(store)
    assert "Invoice" in text_of(store, "en")


# Data is never obeyed ------------------------------------------------------------------------------------------------

HOSTILE = "#panic() *bold* _em_ $x^2$ <script>alert(1)</script> \\u{41} @ref `raw` // no"


def test_hostile_names_are_printed_and_not_obeyed(store, tmp_path):
    club(tmp_path, customers=[{"customer": "u", "name": HOSTILE}], memberships=[_FROM_START])
    nightly(START)
    said = text_of(store).replace("\n", "")
    assert HOSTILE.replace(" ", "") in said.replace(" ", "")


def test_a_name_cannot_turn_the_direction_of_what_follows(store, tmp_path):
    club(tmp_path, customers=[{"customer": "u", "name": "evil\u202egpj.exe\u2067"}], memberships=[_FROM_START])
    nightly(START)
    assert "evilgpj.exe" in text_of(store)


@pytest.mark.parametrize(("name", "character"), [("Wang 张", "U+5F20"), ("Smile 😀", "U+1F600")])
def test_a_character_that_no_font_has_fails_and_says_which_and_what_to_do(store, tmp_path, name, character):
    club(tmp_path, customers=[{"customer": "u", "name": name}], memberships=[_FROM_START])
    nightly(START)
    with pytest.raises(CannotWrite) as refused:
        text_of(store)
    assert str(refused.value) == (
        f"invoice CLUB-2028-000001 cannot be typeset: no font has {character}. Put a font that has them (TTF or OTF) "
        "into `fonts` in the folder of company club, or correct the text, and run again."
    )
