"""Statements of small clubs: money that goes back, freezes, currencies, the year that they begin with."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from reports.documents.documents import drafts
from reports.documents.statements import Statement
from tasks.company_folders import companies_of_store
from tests.factories import club, day, nightly


def statement_of(connection: sa.Connection, since: str | None = None) -> Statement:
    """The statement of the club's one customer up to its last business day."""
    (company,) = companies_of_store(connection)
    (made,) = drafts(connection, company, "statement", ["u"], since=day(since) if since else None)
    return made.facts  # type: ignore[return-value]


def test_money_that_went_back_is_told_without_moving_the_balance(store, tmp_path):
    """L3.5: what had been paid on a void invoice is credit, and pays the next one."""
    club(
        tmp_path,
        plan={"interval_unit": "week", "grace_days": 1},
        memberships=[{"started_on": "2028-02-28"}, {"started_on": "2028-03-02"}],
        payments=[{"amount": 40, "paid_on": "2028-02-28", "membership": "m1"}],
    )
    nightly("2028-02-28", "2028-03-02")
    (account,) = statement_of(store, "2028-02-28").accounts
    said = [(line.kind, line.source, str(line.amount), [str(s.amount) for s in line.shares]) for line in account.lines]
    assert said == [
        ("payment", "p1", "-40.00", ["40.00"]),
        ("invoice", "CLUB-2028-000001", "115.00", []),
        ("credit_note", "CLUB-2028-000002", "-115.00", []),
        ("applied", "p1", "0.00", ["-40.00"]),
        ("invoice", "CLUB-2028-000003", "115.00", []),
        ("applied", "p1", "0.00", ["40.00"]),
    ]
    assert (account.open, account.credit, account.closing) == (Decimal("75.00"), 0, Decimal("75.00"))


def test_freezes_move_no_balance(store, tmp_path):
    club(
        tmp_path,
        plan={"interval_unit": "week"},
        memberships=[{"started_on": "2028-02-28"}],
        payments=[{"amount": 115, "paid_on": "2028-02-28"}],
        freezes=[{"starts_on": "2028-02-29", "resumes_on": "2028-03-02"}],
    )
    nightly("2028-02-28", "2028-03-02")
    (account,) = statement_of(store, "2028-02-28").accounts
    assert [line.kind for line in account.lines] == ["payment", "invoice"]
    assert account.closing == 0


def test_currencies_have_accounts_of_their_own_and_no_common_sum(store, tmp_path):
    club(
        tmp_path,
        plans=[{}, {"plan": "abroad", "currency": "KWD", "price": "10.500"}],
        memberships=[{"started_on": "2028-02-29"}, {"started_on": "2028-02-29", "plan": "abroad"}],
    )
    nightly("2028-02-29")
    statement = statement_of(store, "2028-01-01")
    assert [(account.currency, str(account.closing)) for account in statement.accounts] == [
        ("KWD", "12.075"),
        ("SAR", "115.00"),
    ]


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize(("currency", "since"), [("SAR", "2028-01-01"), ("IRR", "2027-03-21")])
def test_a_statement_begins_with_the_year_in_whose_months_the_company_counts(
    store, tmp_path, currency: str, since: str, language: str
):
    club(tmp_path, company={"currency": currency, "language": language}, customers=[{"customer": "u"}])
    nightly("2028-02-29")
    assert statement_of(store).since == day(since)
