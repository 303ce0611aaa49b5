"""Every kind of document, in every language: the same bytes each time, and on it what the store knows."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from models.companies import LANGUAGES
from reports.company import Logo, Wishes
from reports.documents import typesetting
from reports.documents.document import CannotWrite, file_name
from reports.documents.documents import KINDS, drafts, write
from tests.factories import BUSY_ON, day
from tests.reports.documents.drafting import IDS, OF_CLUB, company, draft
from tests.reports.documents.reading import printed


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_written_in_every_language_with_the_same_bytes_each_time(busy, kind):
    made = draft(busy, kind)
    written = {language: replace(made, language=language).document() for language in LANGUAGES}
    assert len({document.content for document in written.values()}) == len(LANGUAGES)
    for language, document in written.items():
        assert document.content.startswith(b"%PDF-1.7")
        assert f"/Lang({language})".encode() in document.content
        assert replace(made, language=language).document() == document


def test_another_process_writes_the_same_bytes(busy):
    made = draft(busy, "invoice")
    page, voice = made.laid_out()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as other:
        elsewhere = other.submit(typesetting.pdf, page, made.company, voice, "invoice").result()
    assert elsewhere == made.document().content


def test_documents_have_stable_names_and_another_language_a_file_of_its_own(busy):
    names = {kind: draft(busy, kind).name for kind in KINDS}
    assert names == {
        "invoice": "invoices/SPA-2028-000001.pdf",
        "credit_note": "credit-notes/CLUB-2028-000004.pdf",
        "receipt": "receipts/p1.pdf",
        "statement": "statements/s6-2028-01-01-2028-03-01.pdf",
        "statement_summary": "statements/s6-2028-01-01-2028-03-01-summary.pdf",
        "dunning": "dunning/s5-2028-03-01.pdf",
        "card": "cards/paid.pdf",
    }
    assert replace(draft(busy, "card"), language="ar").name == "cards/paid.ar.pdf"
    assert replace(draft(busy, "card"), language="en").name == "cards/paid.pdf"


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("HMA-2028-000001", "HMA-2028-000001"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        (".hidden", "%2Ehidden"),
        ("عميل 7", "عميل 7"),
        ('a:b*c"d\\e', "a%3Ab%2Ac%22d%5Ce"),
    ],
)
def test_any_id_gives_a_name_that_every_file_system_takes(stem: str, name: str):
    assert file_name(stem) == name


def test_long_ids_that_begin_alike_have_names_of_their_own():
    one, two = file_name("ع" * 199 + "1"), file_name("ع" * 199 + "2")
    assert one != two
    assert max(len(one.encode()), len(two.encode())) < 120


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_ids_say_what_is_expected(busy, kind):
    with pytest.raises(CannotWrite, match=r"nobody/2028-01-01 is not known of company club; expected "):
        write(busy, company(busy), kind, "nobody/2028-01-01")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_CLUB])
def test_a_company_has_no_documents_of_another(busy, kind):
    with pytest.raises(CannotWrite, match="is not known of company club"):
        write(busy, company(busy), kind, IDS[kind])


@pytest.mark.parametrize("kind", ["invoice", "receipt", "dunning"])
def test_what_had_not_happened_by_the_day_asked_for_is_not_known(busy, kind):
    of = company(busy, "club" if kind in OF_CLUB else "spa")
    with pytest.raises(CannotWrite, match=r"by the day asked for|up to the day asked for"):
        write(busy, of, kind, IDS[kind], as_of=day("2028-02-27"))


def test_many_documents_take_a_bounded_number_of_queries(busy):
    def counted(ids: list[str]) -> int:
        statements: list[str] = []
        sa.event.listen(busy, "before_cursor_execute", record := lambda _c, _cu, sql, *_: statements.append(sql))
        found = list(drafts(busy, company(busy), "statement", ids))
        sa.event.remove(busy, "before_cursor_execute", record)
        assert [one.id for one in found] == ids
        return len(statements)

    assert counted(["c1", "c2", "c3", "c4", "c5"]) == counted(["c1"])


# The company's own ---------------------------------------------------------------------------------------------------

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c631068700000"
    "017400d1d811a11a0000000049454e44ae426082"
)


@pytest.mark.parametrize(
    "logo",
    [
        Logo(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><rect width="2" height="1"/></svg>', "svg"),
        Logo(PIXEL, "png"),
    ],
)
def test_logo_and_colour_are_the_company_s(busy, logo):
    plain = draft(busy, "invoice").document().content
    assert draft(busy, "invoice", logo=logo).document().content != plain
    assert draft(busy, "invoice", brand_color="#ff00ff").document().content != plain


def test_a_broken_logo_says_where_to_mend_it(busy):
    with pytest.raises(CannotWrite, match="Correct logo and templates in the folder of company spa"):
        draft(busy, "invoice", logo=Logo(b"<svg", "svg")).document()


def test_a_company_s_own_template_stands_in_place_of_ours(busy):
    own = {"documents/receipt.typ": '#show: body => letterhead(word("title"), [], body)\nOurs: #it.amount'}
    assert "Ours: 135.00 SAR" in printed(draft(busy, "receipt", templates=own).document().content)


def test_open_invoices_link_to_where_they_are_paid(busy):
    wishes = Wishes(pay_url="https://pay.example/{invoice}")
    assert b"https://pay.example/SPA-2028-000001" in draft(busy, "invoice", wishes=wishes).document().content
    assert b"https://pay.example/SPA-2028-000001" in draft(busy, "dunning", wishes=wishes).document().content
    paid = write(busy, company(busy, wishes=wishes), "invoice", "CLUB-2028-000002")
    assert b"pay.example" not in paid.content


def test_last_business_day_of_the_store_counts_where_none_is_asked_for(busy):
    (made,) = drafts(busy, company(busy), "statement", ["c1"])
    assert (made.facts.since, made.facts.until) == (date(2028, 1, 1), day(BUSY_ON))


def test_a_fork_of_a_process_that_has_typeset_says_so_in_place_of_waiting_for_ever(busy, monkeypatch):
    draft(busy, "card").document()
    monkeypatch.setattr(typesetting, "_first", [1])
    with pytest.raises(CannotWrite, match="was forked from 1, which had typeset before"):
        draft(busy, "card").document()
