"""What the store knows stands on its documents, in the right words, as of the day."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from reports.documents.document import CannotWrite
from reports.documents.documents import drafts, write
from tests.factories import day
from tests.reports.documents.drafting import company, draft, text_of
from tests.reports.documents.reading import printed, seen


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
