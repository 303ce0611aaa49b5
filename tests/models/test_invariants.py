"""Does each invariant keep silent over a healthy store, and name the record where somebody has tampered with it?

The store is `busy_club` as of 1 March 2028: memberships carried, open, paid, pending, void; invoices 1 to 3 and the
credit note 4 of the third; what is done to its second company stands in `tamperings`. A new invariant without a
tampering fails `test_every_invariant_is_tried`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from models.invariants import INVARIANTS
from tasks.audit import breaks
from tests.factories import BUSY_ON, busy_club, day
from tests.models.tamperings import LIFE, Tampering, of

OPEN, PAID, VOID, NOTE = (f"CLUB-2028-00000{number}" for number in (1, 2, 3, 4))
NEXT_OF_PAID = """
    INSERT INTO tajdid.periods (membership, starts_on, ends_on, anchor_on, ordinal, opened_on, run_id)
    VALUES ('paid', '{}', '{}', '2028-02-28', {}, '2028-03-01', 1)
"""
"""The period of `paid` is [28 Feb, 6 Mar), anchored on 28 Feb, number 1."""

SENT = f"UPDATE tajdid.messages SET status = 'sent', sent_at = now() WHERE subject = '{OPEN}'"
DECIDED = f"""
    UPDATE tajdid.messages SET decision = 'seen', decided_by = 'ops', decided_at = now() WHERE subject = '{OPEN}';
"""
DELIVERED = f"""
    INSERT INTO tajdid.deliveries (message_id, attempt, channel, started_at, finished_at, outcome)
    SELECT message_id, 1, 'email', now(), now(), '{{}}' FROM tajdid.messages WHERE subject = '{OPEN}';
"""
DELIVERING = "UPDATE tajdid.steps SET started_at = {} WHERE step = 'delivery';"
SENDING = f"""
    UPDATE tajdid.messages SET status = 'sending', sender = 7000000000, claimed_at = {{}} WHERE subject = '{OPEN}'
"""

BILLING: dict[str, list[Tampering]] = {
    "overlapping_periods": [
        *of("paid", NEXT_OF_PAID.format("2028-03-05", "2028-03-13", 2)),  # a day too early
        *of(None, NEXT_OF_PAID.format("2028-03-06", "2028-03-13", 2)),  # half-open: on the end is not over it
        *of(None, NEXT_OF_PAID.format("2028-03-07", "2028-03-13", 2)),
    ],
    "periods_off_their_boundary": [
        *of("paid", "periods SET ends_on = ends_on + 1 WHERE membership = 'paid'"),
        *of("paid", "periods SET anchor_on = anchor_on - 1 WHERE membership = 'paid'"),
        *of("carried", "periods SET ordinal = ordinal + 1 WHERE membership = 'carried'"),
        *of("void", "periods SET ends_on = ends_on - 1 WHERE membership = 'void'"),
        *of("paid", "periods SET starts_on = starts_on + 1 WHERE membership = 'paid'"),
    ],
    "periods_and_invoices": [
        *of(PAID, "DELETE FROM tajdid.periods WHERE membership = 'paid'"),
        *of(PAID, "periods SET invoice = NULL, bills_on = NULL WHERE membership = 'paid'"),
        *of(NOTE, f"periods SET invoice = '{NOTE}' WHERE membership = 'paid'"),
        *of(OPEN, "invoices SET membership = 'paid' WHERE invoice = 'CLUB-2028-000001'"),
        *of(OPEN, "periods SET void = TRUE WHERE membership = 'open'"),
        *of(VOID, "periods SET void = FALSE WHERE membership = 'void'"),
        *of(OPEN, f"invoices SET kind = 'fee' WHERE invoice = '{OPEN}'"),
    ],
    "missing_periods": [
        *of("pending", "memberships SET started_on = '2028-03-01' WHERE membership = 'pending'"),
        *of("carried", "DELETE FROM tajdid.periods WHERE membership = 'carried'"),
        *of(None, "memberships SET started_on = '2028-03-02' WHERE membership = 'pending'"),
        *of("paid", "plans SET lead_days = 5 WHERE plan = 'gym'"),  # due on 6 March less 5
        *of(None, "plans SET lead_days = 4 WHERE plan = 'gym'"),
        *of("open", "plans SET lead_days = 5 WHERE plan = 'kept'"),
        # Loaded since the renewals of the day: the next day's will see it.
        *of(None, "plans SET lead_days = 5, changed_at = clock_timestamp()"),
        *of(
            None,
            "memberships SET started_on = '2028-03-01', changed_at = clock_timestamp() WHERE membership = 'pending'",
        ),
        *of(None, "plans SET lead_days = 5; UPDATE tajdid.memberships SET auto_renew = FALSE"),
        *of(
            None,
            "INSERT INTO tajdid.quarantine VALUES ('pending', '2028-03-01', 'no_price', 'No price', NULL, 1);"
            "UPDATE tajdid.memberships SET started_on = '2028-03-01' WHERE membership = 'pending'",
        ),
        *of(
            "pending",
            "INSERT INTO tajdid.quarantine VALUES ('pending', '2028-03-01', 'no_price', 'No price', now(), 1);"
            "UPDATE tajdid.memberships SET started_on = '2028-03-01' WHERE membership = 'pending'",
        ),
    ],
    "skipped_periods": [
        *of("paid", NEXT_OF_PAID.format("2028-03-13", "2028-03-20", 3)),
        *of(None, NEXT_OF_PAID.format("2028-03-06", "2028-03-13", 2)),
    ],
    "extra_periods": [
        *of("paid", "memberships SET started_on = '2028-02-29' WHERE membership = 'paid'"),
        *of(
            "paid",
            "ALTER TABLE tajdid.periods DROP CONSTRAINT ck_periods_billed_when_due;"
            "UPDATE tajdid.periods SET bills_on = opened_on + 1 WHERE membership = 'paid'",
        ),
    ],
    "standing_unlike_periods": [
        *of("paid", "memberships SET paid_until = paid_until + 1 WHERE membership = 'paid'"),
        *of("carried", "memberships SET billed_until = billed_until + 1 WHERE membership = 'carried'"),
        *of("open", "memberships SET owes_since = owes_since + 1 WHERE membership = 'open'"),
        *of("open", "memberships SET owes_since = NULL WHERE membership = 'open'"),
        *of("paid", "memberships SET owes_since = '2028-02-28' WHERE membership = 'paid'"),
        *of("void", "memberships SET paid_until = '2028-03-06' WHERE membership = 'void'"),
        *of("paid", "memberships SET ordinal = ordinal + 1 WHERE membership = 'paid'"),
        *of("carried", "memberships SET anchor_on = anchor_on + 7 WHERE membership = 'carried'"),
    ],
    "status_unlike_standing": [
        *of("open", "memberships SET status = 'active' WHERE membership = 'open'"),
        *of("paid", "memberships SET paid_until = '2028-03-01' WHERE membership = 'paid'"),
        *of(None, "memberships SET paid_until = '2028-03-02' WHERE membership = 'paid'"),
        *of("open", "plans SET grace_days = 2 WHERE plan = 'kept'"),  # 28 Feb + 2 = 1 Mar: it is over
        *of(None, "plans SET grace_days = 3 WHERE plan = 'kept'"),
        *of(None, "plans SET grace_days = 2, changed_at = clock_timestamp() WHERE plan = 'kept'"),  # loaded since
        *of(None, "plans SET grace_days = NULL"),
    ],
    "numbers_with_gaps": [
        *of("club", "invoice_series SET last_no = 5"),
        *of("club", "invoice_series SET last_no = 3"),
        *of("club", f"DELETE FROM tajdid.invoices WHERE invoice = '{NOTE}'"),
        *of("club", f"invoices SET series_no = 5 WHERE invoice = '{NOTE}'"),
        *of("club", "INSERT INTO tajdid.invoice_series VALUES ('club', 2029, 1)"),
        *of(None, "INSERT INTO tajdid.invoice_series VALUES ('club', 2029, 0)"),
    ],
    "numbers_out_of_order": [
        *of(VOID, f"invoices SET issued_on = '2028-02-29' WHERE invoice = '{PAID}'"),
        *of(NOTE, f"invoices SET issued_on = '2028-02-27' WHERE invoice = '{NOTE}'"),
        *of(OPEN, f"invoices SET issued_on = '2027-12-31' WHERE invoice = '{OPEN}'"),  # the year of its number
        *of(OPEN, f"invoices SET series_no = 9 WHERE invoice = '{OPEN}'"),
        *of(PAID, "companies SET invoice_prefix = 'OTHER' WHERE company = 'club'"),
    ],
    "uncorrected_voids": [
        *of(OPEN, f"invoices SET voided_on = '2028-03-01' WHERE invoice = '{OPEN}'"),
        *of(VOID, f"invoices SET voided_on = NULL WHERE invoice = '{VOID}'"),
        *of(VOID, f"DELETE FROM tajdid.invoices WHERE invoice = '{NOTE}'"),
        *of(OPEN, f"invoices SET corrects = '{OPEN}' WHERE invoice = '{NOTE}'"),
        *of(VOID, f"invoices SET net_minor = -1, tax_minor = -11499 WHERE invoice = '{NOTE}'"),
        *of(VOID, f"invoices SET tax_minor = -1, total_minor = -10001 WHERE invoice = '{NOTE}'"),
    ],
    "money_adrift": [
        *of("p1", "payments SET unapplied_minor = unapplied_minor + 1 WHERE payment = 'p1'"),
        *of("p1", "payments SET amount_minor = amount_minor + 1 WHERE payment = 'p1'"),
        *of("p1", "DELETE FROM tajdid.refund_allocations"),
        *of("p3", "DELETE FROM tajdid.allocations WHERE payment = 'p3' AND kind = 'return'"),
        *of(PAID, "DELETE FROM tajdid.allocations WHERE payment = 'p1'"),
        *of(OPEN, f"invoices SET paid_minor = 1 WHERE invoice = '{OPEN}'"),
        *of(VOID, "allocations SET amount_minor = amount_minor + 1 WHERE kind = 'return'"),
    ],
    "books_unlike_events": [
        *of(OPEN, f"DELETE FROM tajdid.entries WHERE source = '{OPEN}'"),
        *of(NOTE, f"DELETE FROM tajdid.entries WHERE source = '{NOTE}'"),
        *of(OPEN, f"entries SET receivable = receivable + 1, tax = tax - 1 WHERE source = '{OPEN}'"),
        *of("X", f"entries SET source = 'X' WHERE source = '{OPEN}'"),
        *of(OPEN, f"entries SET event = 'payment' WHERE source = '{OPEN}'"),
        *of(OPEN, f"entries SET deferred_revenue = deferred_revenue + tax, tax = 0 WHERE source = '{OPEN}'"),
        *of(OPEN, f"entries SET on_date = on_date + 1 WHERE source = '{OPEN}'"),
        *of(NOTE, f"entries SET company = 'other' WHERE source = '{NOTE}'"),
        *of("p1", "DELETE FROM tajdid.entries WHERE source = 'p1' AND event = 'payment'"),
        *of("p1", "entries SET cash = cash + 1, fee_income = -1 WHERE source = 'p1' AND event = 'payment'"),
        *of("p1", "entries SET currency = 'KWD' WHERE source = 'p1' AND event = 'payment'"),
        *of("r1", "DELETE FROM tajdid.entries WHERE source = 'r1'"),
        *of("r1", "entries SET source = 'r2' WHERE source = 'r1'"),  # which waits
        *of("p2", "entries SET source = 'p2' WHERE source = 'p1' AND event = 'payment'"),
    ],
    "accounts_unlike_documents": [
        *of("club", "DELETE FROM tajdid.entries WHERE source = 'p1'"),
        *of("club", "DELETE FROM tajdid.entries WHERE source = 'r1'"),
        *of("club", "entries SET receivable = receivable + 1, tax = tax - 1 WHERE event = 'credit_note'"),
        *of("club", "entries SET customer_credit = customer_credit + 1, cash = cash - 1 WHERE event = 'refund'"),
        *of("club", f"entries SET currency = 'KWD' WHERE source = '{OPEN}'"),
        *of("other", f"entries SET company = 'other' WHERE source = '{OPEN}'"),
        *of(
            "club",
            "INSERT INTO tajdid.entries (company, currency, on_date, event, source, receivable, tax, run_id)"
            f" VALUES ('club', 'SAR', '2028-03-01', 'issue', '{OPEN}', 11500, -11500, 1)",
        ),
        *of("club", "payments SET unapplied_minor = unapplied_minor - 1 WHERE payment = 'p1'"),
        *of("club", f"invoices SET paid_minor = 1 WHERE invoice = '{OPEN}'"),
    ],
    "deferred_unlike_books": [
        *of("club", f"entries SET deferred_revenue = 0, fee_income = deferred_revenue WHERE source = '{OPEN}'"),
        *of("club", f"DELETE FROM tajdid.entries WHERE source = '{NOTE}'"),
        *of("club", "DELETE FROM tajdid.periods WHERE membership = 'paid'"),
        *of("club", f"invoices SET voided_on = NULL WHERE invoice = '{VOID}'"),
        *of("other", f"entries SET company = 'other' WHERE source = '{OPEN}'"),
        *of(
            None,
            f"entries SET on_date = '2028-03-02' WHERE source = '{NOTE}';"
            f"UPDATE tajdid.invoices SET voided_on = '2028-03-02' WHERE invoice = '{VOID}'",
        ),
    ],
    "periods_earned_in_part": [
        *of("paid", "periods SET ends_on = '2028-03-01' WHERE membership = 'paid'"),  # 2 of 7 days
        *of(None, "periods SET ends_on = '2028-03-02' WHERE membership = 'paid'"),  # it runs still
        *of(None, "periods SET starts_on = '2028-02-20', ends_on = '2028-02-27' WHERE membership = 'paid'"),
        *of("paid", "periods SET starts_on = '2028-02-20', ends_on = '2028-02-26' WHERE membership = 'paid'"),
        *of(None, "periods SET ends_on = '2028-03-01' WHERE membership = 'void'"),
    ],
    "documents_of_others": [
        *of(OPEN, f"invoices SET customer = 'c1' WHERE invoice = '{OPEN}'"),
        *of(OPEN, f"invoices SET company = 'other' WHERE invoice = '{OPEN}'"),
        *of(OPEN, f"invoices SET currency = 'KWD' WHERE invoice = '{OPEN}'"),
        *of(NOTE, f"invoices SET customer = 'c1' WHERE invoice = '{NOTE}'"),
        *of(OPEN, f"invoices SET membership = 'nobody' WHERE invoice = '{OPEN}'"),
    ],
    "unsaid_invoices": [
        *of(OPEN, f"DELETE FROM tajdid.messages WHERE subject = '{OPEN}'"),
        *of(VOID, f"DELETE FROM tajdid.messages WHERE subject = '{VOID}'"),
        *of(OPEN, f"messages SET subject = 'X' WHERE subject = '{OPEN}'"),
    ],
    "messages_sent_twice": [
        *of(OPEN, DELIVERED.format("sent") + DELIVERED.format("sent")),
        *of(None, DELIVERED.format("sent") + DELIVERED.format("retry")),
        *of(None, DELIVERED.format("sent") + DELIVERED.format("sent") + DECIDED),
    ],
    "sent_unlike_deliveries": [
        *of(OPEN, SENT),
        *of(None, DELIVERED.format("sent") + SENT),
        *of(None, DECIDED + SENT),  # a person has seen that it arrived
        *of(OPEN, DELIVERED.format("retry") + SENT),
        *of(OPEN, DELIVERED.format("sent")),
    ],
    "messages_left_sending": [
        *of(OPEN, DELIVERING.format("now()") + SENDING.format("now() - interval '2 hours'")),
        # It may have been claimed since the last delivery looked.
        *of(None, DELIVERING.format("now()") + SENDING.format("now() - interval '59 minutes'")),
        *of(None, "DELETE FROM tajdid.steps WHERE step = 'delivery';" + SENDING.format("now() - interval '2 hours'")),
        *of(None, "SELECT pg_advisory_xact_lock(7000000000);" + SENDING.format("now() - interval '2 hours'")),
    ],
}
TAMPERINGS = {name: BILLING.get(name, []) + LIFE.get(name, []) for name in BILLING | LIFE}
CASES = [(name, tampering) for name, tamperings in TAMPERINGS.items() for tampering in tamperings]
BY_NAME = {invariant.name: invariant for invariant in INVARIANTS}


@pytest.fixture(scope="module")
def standing(shared_database, tmp_path_factory) -> Iterator[sa.Connection]:
    with busy_club(shared_database, tmp_path_factory.mktemp("busy")) as store:
        yield store


@pytest.fixture
def busy(standing) -> Iterator[sa.Connection]:
    """The same club for each test; documents can be tampered with, and all of it is taken back."""
    savepoint = standing.begin_nested()
    standing.exec_driver_sql("ALTER TABLE tajdid.invoices DISABLE TRIGGER documents_are_final")
    yield standing
    savepoint.rollback()


@pytest.mark.parametrize("name", BY_NAME)
def test_healthy_store_breaks_no_invariant(busy, name):
    assert busy.execute(BY_NAME[name].broken, {"as_of": day(BUSY_ON)}).all() == []


@pytest.mark.parametrize(("name", "tampering"), CASES, ids=[name for name, _ in CASES])
def test_invariant_names_the_record_that_was_tampered_with(busy, name, tampering):
    """One row at least names it and says what is wrong; what is just within its boundary is left alone."""
    assert busy.exec_driver_sql(tampering.statement).rowcount != 0
    rows = busy.execute(BY_NAME[name].broken, {"as_of": day(BUSY_ON)}).all()
    if tampering.record is None:
        assert rows == []
    else:
        assert tampering.record in {row.record for row in rows}
        assert all(row.detail for row in rows)


def test_every_invariant_is_tried():
    assert TAMPERINGS.keys() == BY_NAME.keys()
    assert all(any(tampering.record for tampering in tamperings) for tamperings in TAMPERINGS.values())


def test_every_invariant_says_which_rule_it_proves():
    assert [name for name, invariant in BY_NAME.items() if not invariant.rule.startswith("L")] == []
    assert len(BY_NAME) == len(INVARIANTS)


def test_audit_lists_what_every_invariant_finds(busy):
    """contract.md: invariant, rule, record, and what is wrong with it."""
    busy.exec_driver_sql(f"DELETE FROM tajdid.messages WHERE subject = '{OPEN}'")
    busy.exec_driver_sql("UPDATE tajdid.memberships SET status = 'active' WHERE membership = 'open'")
    assert [str(row) for row in breaks(busy, day(BUSY_ON))] == [
        "status_unlike_standing (L3.4) open: active with paid_until 2028-02-28",
        f"unsaid_invoices (L3.6) {OPEN}: no message tells of it",
    ]
