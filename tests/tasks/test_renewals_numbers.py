"""Which number does a document get, and may it ever change? (L6.1)"""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from tests.factories import arrive, club, flow, nightly, seen

AS_OF = "2028-02-29"
DAILY = {"interval_unit": "day", "grace_days": "", "on_expiry": "collect"}


def test_each_company_counts_for_itself_under_its_own_prefix(store, tmp_path):
    """L6.1."""
    members = {"a1": "riyadh", "a2": "kuwait", "a3": "riyadh"}
    club(
        tmp_path,
        companies=[{"company": "riyadh", "invoice_prefix": "R-1"}, {"company": "kuwait", "invoice_prefix": "KWT"}],
        plans=[{"plan": name, "company": name} for name in ("riyadh", "kuwait")],
        customers=[{"customer": name, "company": name} for name in ("riyadh", "kuwait")],
        memberships=[
            {"membership": m, "customer": name, "plan": name, "started_on": AS_OF} for m, name in members.items()
        ],
    )
    nightly(AS_OF)
    assert seen("invoices", "membership invoice") == [
        ("a1", "R-1-2028-000001"),
        ("a2", "KWT-2028-000001"),
        ("a3", "R-1-2028-000002"),
    ]


def test_numbers_begin_anew_with_the_year_of_issue(store, tmp_path):
    """L6.1: the year is that of issue, not of the period: lead 1 bills on 30 Dec for 31 Dec."""
    club(tmp_path, plan=DAILY | {"lead_days": 1}, memberships=[{"started_on": "2027-12-30"}])
    nightly("2027-12-30", "2028-01-01")
    assert seen("invoices", "invoice issued_on period_starts_on") == [
        ("CLUB-2027-000001", "2027-12-30", "2027-12-30"),
        ("CLUB-2027-000002", "2027-12-30", "2027-12-31"),
        ("CLUB-2027-000003", "2027-12-31", "2028-01-01"),
        ("CLUB-2028-000001", "2028-01-01", "2028-01-02"),
    ]


def test_within_a_day_numbers_follow_the_membership_byte_by_byte_then_the_period(store, tmp_path):
    """L6.1: capitals before small letters, m10 before m2, Latin before Arabic; late periods of one stay together."""
    names = ["m2", "m10", "a", "B", "ب", "_"]
    club(tmp_path, plan=DAILY, memberships=[{"membership": name, "started_on": "2028-02-28"} for name in names])
    nightly(AS_OF)
    by_number = [
        (membership, starts_on[-2:])
        for _, membership, starts_on in seen("invoices", "invoice membership period_starts_on")
    ]
    assert by_number == [(name, on) for name in ["B", "_", "a", "m10", "m2", "ب"] for on in ("28", "29")]


def test_credit_notes_share_the_series_and_come_after_the_renewals_of_their_day(store, tmp_path):
    """L1.6, L6.1: renewals by membership, then what status voids, by membership and period, though "a" < "z".

    a, b   29 Feb  1 Mar | 2 Mar   grace over: two periods each, a third billed that morning
    z                      2 Mar   starts
    """
    plan = {"interval_unit": "day", "grace_days": 2}
    first = [{"membership": m, "started_on": AS_OF} for m in ("b", "a")]
    club(tmp_path, plan=plan, memberships=[*first, {"membership": "z", "started_on": "2028-03-02"}])
    nightly(AS_OF, "2028-03-02")
    assert seen("invoices", "invoice kind membership period_starts_on", issued_on="2028-03-02") == [
        ("CLUB-2028-000005", "membership", "a", "2028-03-02"),
        ("CLUB-2028-000006", "membership", "b", "2028-03-02"),
        ("CLUB-2028-000007", "membership", "z", "2028-03-02"),
        ("CLUB-2028-000008", "credit_note", "a", "2028-02-29"),
        ("CLUB-2028-000009", "credit_note", "a", "2028-03-01"),
        ("CLUB-2028-000010", "credit_note", "a", "2028-03-02"),
        ("CLUB-2028-000011", "credit_note", "b", "2028-02-29"),
        ("CLUB-2028-000012", "credit_note", "b", "2028-03-01"),
        ("CLUB-2028-000013", "credit_note", "b", "2028-03-02"),
    ]


def test_number_past_999999_grows_a_digit_and_stays_the_younger_debt(store, tmp_path):
    """L6.1, L6.2: as a text 1000000 comes before 999999; the money goes to the older all the same."""
    club(tmp_path, memberships=[{"started_on": AS_OF}, {"started_on": AS_OF}])
    store.execute(sa.text("INSERT INTO tajdid.invoice_series VALUES ('club', 2028, 999998)"))
    flow("renewals", AS_OF)
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": AS_OF}])
    flow("payments", AS_OF)
    assert seen("invoices", "membership invoice status") == [
        ("m1", "CLUB-2028-999999", "paid"),
        ("m2", "CLUB-2028-1000000", "open"),
    ]


# An issued document never changes ------------------------------------------------------------------------------------

DOCUMENT = {
    "invoice": "'X'",
    "series_no": "series_no + 1",
    "company": "'other'",
    "customer": "'other'",
    "membership": "NULL",
    "kind": "'fee'",
    "period_starts_on": "period_starts_on + 1",
    "period_ends_on": "period_ends_on + 1",
    "issued_on": "issued_on + 1",
    "due_on": "due_on + 1",
    "currency": "'KWD'",
    "unit_price_minor": "unit_price_minor + 1",
    "quantity": "quantity + 1",
    "discount_percent": "discount_percent + 1",
    "tax_rate": "tax_rate + 1",
    "tax_included": "NOT tax_included",
    "net_minor": "net_minor + 1",
    "tax_minor": "tax_minor + 1",
    "total_minor": "total_minor + 1",
    "corrects": "NULL",
    "run_id": "run_id + 1",
}
SETTLEMENT = {"paid_minor", "settled_on", "voided_on", "open_minor"}
AFTERWARDS = {"granted_on", "earned_on", "dunned_level"}
"""What the business days made of it: granted, earned and dunned for."""


def refused(store: sa.Connection, statement: str) -> bool:
    """Whether the store refuses the statement because a document is final."""
    try:
        with store.begin_nested():
            store.execute(sa.text(statement))
    except DBAPIError as error:
        return "never changes" in str(error.orig)
    return False


@pytest.mark.parametrize("kind", ["membership", "credit_note"])
def test_issued_document_can_neither_be_changed_nor_deleted(store, tmp_path, kind):
    """L6.1: not one of its columns but those that say how it was settled, and what came of it."""
    club(tmp_path, plan={"grace_days": 1}, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF, "2028-03-01")
    assert seen("invoices", "kind") == [("credit_note",), ("membership",)]
    columns = {column["name"] for column in sa.inspect(store).get_columns("invoices", schema="tajdid")}
    assert columns == DOCUMENT.keys() | SETTLEMENT | AFTERWARDS
    update = "UPDATE tajdid.invoices SET {} = {} WHERE kind = '{}'"
    open_to_change = [name for name, value in DOCUMENT.items() if not refused(store, update.format(name, value, kind))]
    assert open_to_change == []
    assert refused(store, f"DELETE FROM tajdid.invoices WHERE kind = '{kind}'")
