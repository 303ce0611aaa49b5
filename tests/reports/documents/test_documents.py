"""Every kind of document, in every language: the same bytes each time, and on it what the store knows."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models.companies import LANGUAGES
from reports.company import Company, Logo, Wishes
from reports.documents import typesetting
from reports.documents.document import CannotWrite, file_name
from reports.documents.documents import KINDS, Draft, drafts, write
from tasks.company_folders import companies_of_store
from tests.factories import BUSY_ON, busy_club, day
from tests.reports.documents.reading import printed, seen

IDS = {
    "invoice": "SPA-2028-000001",
    "credit_note": "CLUB-2028-000004",
    "receipt": "p1",
    "statement": "s6",
    "statement_summary": "s6",
    "dunning": "s5/2028-03-01",
    "card": "paid",
}
"""One document of each kind, of the two companies of `busy_club`."""
OF_CLUB = ("credit_note", "receipt", "card")


@pytest.fixture(scope="module")
def busy(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    with busy_club(shared_database, tmp_path_factory.mktemp("club")) as connection:
        yield connection


def company(connection: sa.Connection, name: str = "club", **other: object) -> Company:
    """A company of the store, with other features where a test wants them."""
    (found,) = (known for known in companies_of_store(connection) if known.company == name)
    return replace(found, **other)  # type: ignore[arg-type]


def draft(connection: sa.Connection, kind: str, **other: object) -> Draft:
    of = company(connection, "club" if kind in OF_CLUB else "spa", **other)
    (made,) = drafts(connection, of, kind, [IDS[kind]])
    return made


def text_of(connection: sa.Connection, kind: str, id_: str, of: Company | None = None, **asked: object) -> str:
    """What is printed on a document of the club."""
    return printed(write(connection, of or company(connection), kind, id_, **asked).content)  # type: ignore[arg-type]


# Every kind --------------------------------------------------------------------------------------------------------


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


# What stands on them -------------------------------------------------------------------------------------------------


def test_invoice_tells_what_was_sold_its_tax_and_what_is_left_to_pay(busy):
    said = text_of(busy, "invoice", "CLUB-2028-000001")
    for text in (
        "CLUB-2028-000001",
        "28 February 2028",
        "13 March 2028",
        "Member",
        "100.00",
        "15.00 SAR",
        "115.00 SAR",
    ):
        assert text in said
    assert "28 February 2028 to 5 March 2028" in said, "the last day of the period"


def test_partly_paid_invoice_shows_what_was_paid_and_is_due_as_of_the_day(busy):
    of = company(busy, "spa")
    said = text_of(busy, "invoice", "SPA-2028-000004", of)
    assert "-1.50 SAR" in said and "113.50 SAR" in said
    before = text_of(busy, "invoice", "SPA-2028-000004", of, as_of=day("2028-02-28"))
    assert "1.50 SAR" not in before


def test_paid_invoice_says_when_it_was_paid(busy):
    assert "Paid on 28 February 2028. Thank you." in text_of(busy, "invoice", "CLUB-2028-000002")


def test_voided_invoice_names_its_credit_note_from_the_day_of_issue_on(busy):
    said = text_of(busy, "invoice", "CLUB-2028-000003")
    assert "Credited in full by " in said and "CLUB-2028-000004" in said
    assert "CLUB-2028-000004" not in text_of(busy, "invoice", "CLUB-2028-000003", as_of=day("2028-02-29"))


def test_credit_note_names_its_invoice_and_shows_amounts_without_a_sign(busy):
    said = text_of(busy, "credit_note", "CLUB-2028-000004")
    assert "Credit note" in said and "CLUB-2028-000003" in said
    assert "115.00 SAR" in said and "-115.00" not in said


def test_an_invoice_is_no_credit_note_and_the_other_way_round(busy):
    for kind, id_ in (("invoice", "CLUB-2028-000004"), ("credit_note", "CLUB-2028-000003")):
        with pytest.raises(CannotWrite, match=f"{id_} is not known"):
            write(busy, company(busy), kind, id_)


def test_fee_invoice_names_the_invoice_that_it_chases_and_shows_zero_tax(busy):
    said = text_of(busy, "invoice", "SPA-2028-000011", company(busy, "spa"))
    assert "Late payment fee" in said and "SPA-2028-000001" in said
    assert "VAT " in said and "0%" in said and "0.00 SAR" in said and "5.00 SAR" in said


def test_receipt_tells_what_the_payment_paid_what_was_refunded_and_what_is_left(busy):
    said = text_of(busy, "receipt", "p1")
    for text in ("135.00 SAR", "CLUB-2028-000002", "115.00 SAR", "5.00 SAR", "15.00 SAR"):
        assert text in said
    assert "20.00 SAR" in text_of(busy, "receipt", "p1", as_of=day("2028-02-28")), "the refund came a day later"


def test_receipt_of_money_that_went_back_shows_it_as_credit(busy):
    (made,) = drafts(busy, company(busy), "receipt", ["p3"])
    assert (made.facts.invoices, made.facts.left) == ((), Decimal("40.00"))
    (then,) = drafts(busy, company(busy), "receipt", ["p3"], as_of=day("2028-02-29"))
    assert (then.facts.applied, then.facts.left) == (Decimal("40.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("level", "title"), [(1, "Payment reminder"), (2, "Second reminder"), (3, "Final demand"), (9, "Final demand")]
)
def test_dunning_letter_speaks_in_the_tone_of_its_level_and_lists_what_the_message_lists(busy, level, title):
    made = draft(busy, "dunning")
    said = printed(replace(made, facts=replace(made.facts, level=level)).document().content)
    assert title in said
    assert "SPA-2028-000001" in said and "2 days" in said and "115.00 SAR" in said


def test_dunning_letter_adds_no_different_currencies(busy):
    made = draft(busy, "dunning")
    both = (*made.facts.overdue, replace(made.facts.overdue[0], currency="KWD", open=Decimal("1.250")))
    said = printed(replace(made, facts=replace(made.facts, overdue=both)).document().content)
    assert said.count("1.250 KWD") == 2 and "116.25" not in said


def test_card_is_as_big_as_a_card_and_valid_through_the_last_paid_day(busy):
    document = draft(busy, "card").document()
    assert b"/MediaBox[0 0 242.6" in document.content, "85.6 mm"
    assert "5 March 2028" in printed(document.content), "paid until 6 March"


def test_a_membership_without_a_paid_day_or_closed_has_no_card(busy):
    for membership, of in (("pending", "club"), ("open", "club"), ("left", "spa")):
        with pytest.raises(CannotWrite, match=f"Membership {membership} has no card: it is "):
            write(busy, company(busy, of), "card", membership)


# Languages -----------------------------------------------------------------------------------------------------------


def test_arabic_and_persian_are_shaped_and_can_be_read_back(busy):
    arabic = text_of(busy, "receipt", "p1", language="ar")
    assert seen("سند") in arabic and "135.00 SAR" in arabic
    persian = text_of(busy, "receipt", "p1", language="fa")
    assert seen("رسید") in persian and "۱۳۵" in persian and "۱۴۰۶" in persian, "Jalali, in Persian digits"


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
