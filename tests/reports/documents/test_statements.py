"""A statement of account reconciles: its closing balance is the open invoices less the unapplied credit of that day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models.rules.history import receivables
from reports.documents.document import CannotWrite
from reports.documents.documents import drafts, write
from reports.documents.statements import Statement
from tasks import database
from tasks.company_folders import companies_of_store
from tests.conftest import use_database
from tests.factories import arrive, day, nightly, spa
from tests.reports.documents.reading import printed
from tests.support import view
from tests.tasks.undoing import undone

LAST = "2028-03-03"
Balances = dict[str, tuple[Decimal, Decimal]]
"""Customer -> open, unapplied, as the published views show them."""


def balances() -> Balances:
    found: Balances = {}
    for row in view("invoices"):
        open_, credit = found.get(row["customer"], (Decimal(0), Decimal(0)))
        found[row["customer"]] = (open_ + row["open"], credit)
    for row in view("customer_credit"):
        open_, credit = found.get(row["customer"], (Decimal(0), Decimal(0)))
        found[row["customer"]] = (open_, credit + row["amount"])
    return found


@pytest.fixture(scope="module")
def told(shared_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sa.Connection, dict]]:
    """A spa in which everything happens, and what the views showed at the end of each of its days.

    On 1 March a payment of 50 comes in and pays, on 2 March one of 30 that is too much, 10 of it refunded. Both runs
    are undone on 2 March; the payments and the refund come in again with the night of 3 March.
    """
    folder = tmp_path_factory.mktemp("spa")
    use_database(shared_database)
    with database.rehearsal() as connection:
        spa(folder)
        paid = [
            {"payment": "late", "customer": "s5", "amount": 50, "paid_on": "2028-03-01"},
            {"payment": "much", "customer": "s1", "amount": 30, "paid_on": "2028-03-02"},
        ]
        arrive(folder, payments=paid, refunds=[{"customer": "s1", "amount": 10, "refunded_on": "2028-03-02"}])
        seen = {}
        for on in ("2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02", LAST):
            nightly(on)
            if on == "2028-03-02":
                undone(connection, "payments", "2028-03-01")
                undone(connection, "payments", on)
            seen[day(on)] = balances()
        yield connection, seen


def statements(connection: sa.Connection, since: date, until: date) -> dict[str, Statement]:
    (company,) = companies_of_store(connection)
    ids = [row.customer for row in connection.execute(sa.text("SELECT customer FROM tajdid.customers ORDER BY 1"))]
    made = drafts(connection, company, "statement", ids, since=since, as_of=until)
    return {draft.id: draft.facts for draft in made}  # type: ignore[misc]


def test_closing_balance_is_open_invoices_less_unapplied_credit_of_every_past_day(told):
    connection, seen = told
    for on, shown in seen.items():
        for customer, statement in statements(connection, day("2028-01-01"), on).items():
            (account,) = statement.accounts
            assert (account.open, account.credit) == shown.get(customer, (0, 0)), (customer, on)
            assert account.closing == account.open - account.credit


def test_open_invoices_of_a_statement_are_the_receivables_of_that_day(told):
    connection, seen = told
    for on in seen:
        owed: dict[str, Decimal] = {}
        for row in connection.execute(receivables("spa", on)):
            owed[row.customer] = owed.get(row.customer, Decimal(0)) + Decimal(row.open_minor) / 100
        stated = statements(connection, on, on)
        assert {customer: of.accounts[0].open for customer, of in stated.items() if of.accounts[0].open} == owed


def test_running_balance_leads_from_the_opening_to_the_closing_one(told):
    connection, seen = told
    first, last = min(seen), max(seen)
    for statement in statements(connection, first, last).values():
        (account,) = statement.accounts
        balance = account.opening
        for line in account.lines:
            balance += line.amount
            assert line.balance == balance
        assert balance == account.closing


def test_a_statement_begins_where_the_one_before_it_ended(told):
    connection, seen = told
    for on in list(seen)[:-1]:
        before = statements(connection, day("2028-01-01"), on)
        after = statements(connection, on + timedelta(days=1), day(LAST))
        for customer, statement in after.items():
            assert statement.accounts[0].opening == before[customer].accounts[0].closing


def test_points_that_pay_and_come_back_move_the_balance_both_ways(told):
    connection, _ = told
    (account,) = statements(connection, day("2028-02-28"), day(LAST))["s6"].accounts
    points = [(line.on_date.isoformat(), str(line.amount)) for line in account.lines if line.kind == "points"]
    assert points == [("2028-02-29", "-1.50"), ("2028-02-29", "-2.00"), ("2028-03-01", "2.00")]


def test_customer_without_any_event_has_an_empty_account(told):
    connection, _ = told
    (account,) = statements(connection, day("2027-01-01"), day("2027-12-31"))["s1"].accounts
    assert (account.currency, account.opening, account.lines, account.closing) == ("SAR", 0, (), 0)


def test_detailed_and_summary_show_the_same_closing_balance(told):
    connection, _ = told
    (company,) = companies_of_store(connection)
    detailed = printed(write(connection, company, "statement", "s5", as_of=day(LAST)).content)
    summary = printed(write(connection, company, "statement_summary", "s5", as_of=day(LAST)).content)
    (account,) = statements(connection, day("2028-01-01"), day(LAST))["s5"].accounts
    closing = f"{account.closing} SAR"
    assert closing in detailed and closing in summary
    assert "SPA-2028-000001" in detailed and "SPA-2028-000001" not in summary
    assert "February 2028" in summary and "March 2028" in summary


def test_statement_that_ends_before_it_begins_is_refused(told):
    connection, _ = told
    (company,) = companies_of_store(connection)
    with pytest.raises(CannotWrite, match="from 2028-03-02 to 2028-03-01 has no day"):
        write(connection, company, "statement", "s1", since=day("2028-03-02"), as_of=day("2028-03-01"))


def told_of(connection: sa.Connection, customer: str) -> list[tuple[str, str, str, str, list[str]]]:
    """Day, kind, source, amount and shares of each line."""
    (account,) = statements(connection, day("2028-02-28"), day(LAST))[customer].accounts
    return [
        (line.on_date.isoformat(), line.kind, line.source, str(line.amount), [str(of.amount) for of in line.shares])
        for line in account.lines
    ]


def test_statement_tells_each_thing_once_on_its_day_and_what_was_undone_on_the_day_of_the_undo(told):
    assert told_of(told[0], "s5") == [
        ("2028-02-28", "invoice", "SPA-2028-000001", "115.00", []),
        ("2028-02-29", "fee", "SPA-2028-000011", "5.00", []),
        ("2028-03-01", "payment", "late", "-50.00", ["50.00"]),
        ("2028-03-02", "payment", "late", "50.00", ["-50.00"]),
        ("2028-03-03", "payment", "late", "-50.00", ["50.00"]),
    ]


def test_what_came_in_and_was_undone_on_one_day_is_not_told(told):
    of_last_days = [line[:4] for line in told_of(told[0], "s1") if line[0] >= "2028-03-02"]
    assert of_last_days == [("2028-03-03", "payment", "much", "-30.00"), ("2028-03-03", "refund", "r1", "10.00")]


def test_what_was_undone_is_called_so_and_a_balance_in_favour_has_no_sign(told):
    connection, _ = told
    (company,) = companies_of_store(connection)
    assert "Payment, taken back" in printed(write(connection, company, "statement", "s5", as_of=day(LAST)).content)
    favour = printed(write(connection, company, "statement", "s1", as_of=day(LAST)).content)
    assert "Balance in your favour" in favour and "20.00 SAR" in favour
