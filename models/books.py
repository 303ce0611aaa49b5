"""The books: one row is one balanced transaction (L10).

The accounts are columns and a CHECK adds them up, so a transaction that does not sum to zero cannot be stored, and the
balance costs no trigger. A debit is positive. `reporting.postings` shows one row per account.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import Id, metadata, minor, required, written_by

ACCOUNTS = (
    "cash",
    "receivable",
    "customer_credit",
    "deferred_revenue",
    "tax",
    "fee_income",
    "points_expense",
)
EVENTS = ("issue", "fee", "payment", "allocation", "return", "credit_note", "refund", "redemption")

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("entry_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    # No foreign key, as for invoices: the audit finds an entry without its document, payment or refund.
    required("company", Id),
    required("currency", Id),
    required("on_date", sa.Date),
    required("event", sa.Text),
    required("source", Id, comment="the invoice, payment, refund … that the event is about"),
    *(minor(account, server_default="0") for account in ACCOUNTS),
    written_by(),
    sa.CheckConstraint(f"{' + '.join(ACCOUNTS)} = 0", name="balanced"),
    sa.CheckConstraint(f"event IN ({', '.join(repr(event) for event in EVENTS)})", name="event_known"),
)
