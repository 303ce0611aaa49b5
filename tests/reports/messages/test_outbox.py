"""What messages know: everything their templates speak of, read in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from models.messages import KINDS
from reports.company import Company
from reports.messages.message import Message
from reports.messages.outbox import read
from reports.messages.rendering import render
from tasks.erase import erase
from tests.factories import busy_club, day

CLUB = Company("club", "Club", "Asia/Riyadh", "SAR", "en")


@pytest.fixture(scope="module")
def busy(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Connection]:
    with busy_club(shared_database, tmp_path_factory.mktemp("busy")) as connection:
        yield connection


def ids(store: sa.Connection, **where: str) -> list[int]:
    conditions = " AND ".join(["true", *(f"{name} = '{value}'" for name, value in where.items())])
    query = f"SELECT message_id FROM tajdid.messages WHERE {conditions} ORDER BY message_id"
    return list(store.exec_driver_sql(query).scalars())


def told(store: sa.Connection, **where: str) -> Message:
    (found,) = read(store, ids(store, **where))
    return found


def facts(message: Message, *names: str) -> tuple[Any, ...]:
    return tuple(message.facts[name] for name in names)


def test_every_message_of_a_busy_store_can_be_written(busy):
    """Real facts are never fewer than what our templates speak of."""
    found = read(busy, ids(busy))
    assert len(found) == len(ids(busy))
    assert {message.kind for message in found} >= set(KINDS) - {"reminder", "points_expiring", "credits_expiring"}
    for message in found:
        assert render(message, CLUB).subject


def test_a_batch_of_many_takes_no_more_queries_than_one_of_few(busy):
    counted = []
    sa.event.listen(busy, "before_cursor_execute", lambda *_: counted.append(1))
    read(busy, ids(busy))
    assert len(counted) <= 12


def test_messages_come_by_their_ids_and_unknown_ones_not_at_all(busy):
    first, second, *_ = ids(busy)
    assert [message.message_id for message in read(busy, [second, first, 10**9])] == [first, second]
    assert read(busy, []) == []


def test_invoice_is_told_with_its_figures_as_they_stand(busy):
    """L6.2: 135 paid the 115 of CLUB-2028-000002."""
    message = told(busy, kind="invoice_issued", subject="CLUB-2028-000002")
    assert facts(message, "net", "tax", "tax_rate", "total", "paid", "open", "is_void", "plan_name") == (
        *(Decimal("100.00"), Decimal("15.00"), Decimal("0.15"), Decimal("115.00"), Decimal("115.00")),
        *(Decimal("0.00"), False, "Gym"),
    )
    assert message.facts["due_on"] == day("2028-03-13")


def test_receipt_tells_what_the_payment_paid_and_what_is_left_over(busy):
    """Of 135, 115 paid an invoice and 5 were refunded."""
    message = told(busy, kind="payment_received", customer="c3")
    assert facts(message, "amount", "unapplied") == (Decimal("135.00"), Decimal("15.00"))
    (line,) = message.facts["paid"]
    assert (line["invoice"], line["amount"], line["open"]) == ("CLUB-2028-000002", Decimal("115.00"), Decimal("0.00"))


def test_what_went_back_is_not_what_a_payment_paid(busy):
    """L3.5: the 40 of c5 are credit again."""
    message = told(busy, kind="payment_received", customer="c5")
    assert facts(message, "paid", "unapplied") == ([], Decimal("40.00"))


def test_expiry_tells_of_the_credit_note_and_of_what_went_back(busy):
    message = told(busy, kind="membership_expired", subject="void")
    (note,) = message.facts["credit_notes"]
    assert (note["corrects"], note["amount"]) == ("CLUB-2028-000003", Decimal("115.00"))
    assert facts(message, "credit", "open") == ([{"currency": "SAR", "amount": Decimal("40.00")}], Decimal("0.00"))
    assert note["invoice"] in render(message, CLUB).text


def test_dunning_lists_what_was_overdue_with_its_fee(busy):
    """L8.3: the second letter speaks of the fee of the first."""
    first, second = read(busy, ids(busy, kind="dunning", customer="s5"))
    assert [line["kind"] for line in second.facts["invoices"]] == ["membership", "fee"]
    assert second.facts["totals"] == [{"currency": "SAR", "amount": Decimal("120.00")}]
    assert (first.facts["level"], first.facts["invoices"][0]["days"]) == (1, 1)


def test_freeze_and_closure_are_told_with_their_dates_and_reason(busy):
    assert told(busy, kind="freeze_ended", subject="f-rested").facts["moved_days"] == 1
    closures = read(busy, ids(busy, kind="closure_accepted"))
    assert {message.facts["membership"]: message.facts["reason"] for message in closures} == {
        "leaving": None,
        "left": "moved",
        "quit": None,
    }


def test_points_are_told_with_what_their_owner_has_in_all(busy):
    """Earned 11, spent 7, 4 of which came back."""
    message = told(busy, kind="points_earned", customer="s6", subject="SPA-2028-000002")
    assert facts(message, "points", "balance") == (Decimal(11), Decimal(8))


def test_whose_name_was_erased_is_told_without_one(busy):
    assert told(busy, kind="invoice_issued", customer="c2").name == "Member"
    with busy.begin_nested() as savepoint:
        erase("c2", "asked for it", "ops")
        message = told(busy, kind="invoice_issued", customer="c2")
        savepoint.rollback()
    assert message.name == ""
    assert render(message, CLUB).text.startswith("Hello,\n")
