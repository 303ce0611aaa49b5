"""Payments, what they paid, and refunds of what they left over (L6.2, L6.4)."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import id_column, metadata, minor, one_of, reference, required, written_by

payments = sa.Table(
    "payments",
    metadata,
    id_column("payment", primary_key=True),
    reference("customer", "customers.customer"),
    # As the payer wrote them: a wrong one loses no payment, it only does not steer it.
    id_column("invoice", nullable=True),
    id_column("membership", nullable=True),
    minor("amount_minor"),
    reference("currency", "currencies.currency"),
    required("paid_on", sa.Date),
    sa.Column("method", sa.Text),
    sa.Column("reference", sa.Text),
    sa.Column("applied_on", sa.Date, comment="the business date that took it in; empty: it waits (L1.5)"),
    minor("unapplied_minor", server_default="0"),
    sa.Column("run_id", sa.BigInteger, comment="the run that took it in"),
    sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    sa.CheckConstraint("unapplied_minor BETWEEN 0 AND amount_minor", name="unapplied_within_amount"),
    sa.CheckConstraint("applied_on IS NOT NULL OR unapplied_minor = 0", name="waits_untouched"),
    sa.CheckConstraint("(applied_on IS NULL) = (run_id IS NULL)", name="applied_by_a_run"),
)
sa.Index("ix_payments_waiting", payments.c.paid_on, postgresql_where=payments.c.applied_on.is_(None))
sa.Index(
    "ix_payments_unapplied",
    payments.c.customer,
    payments.c.currency,
    postgresql_where=payments.c.unapplied_minor > 0,
)

allocations = sa.Table(
    "allocations",
    metadata,
    reference("payment", "payments.payment"),
    reference("invoice", "invoices.invoice"),
    written_by(),
    minor("amount_minor"),
    required("on_date", sa.Date),
    required("kind", sa.Text),
    sa.PrimaryKeyConstraint("payment", "invoice", "run_id", "kind"),
    # `return`: money that goes back to unapplied credit when its invoice becomes void (L3.5).
    one_of("kind", "directed", "credit", "return"),
    sa.CheckConstraint("CASE kind WHEN 'return' THEN amount_minor < 0 ELSE amount_minor > 0 END", name="sign"),
    comment="Which payment paid how much of which invoice; append-only",
)
sa.Index("ix_allocations_invoice", allocations.c.invoice)

refunds = sa.Table(
    "refunds",
    metadata,
    id_column("refund", primary_key=True),
    reference("customer", "customers.customer"),
    minor("amount_minor"),
    reference("currency", "currencies.currency"),
    required("refunded_on", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    sa.Column("outcome", sa.Text),
    sa.Column("run_id", sa.BigInteger),
    one_of("outcome", "done", "refused"),
    sa.CheckConstraint("amount_minor > 0", name="amount_positive"),
    sa.CheckConstraint("num_nulls(applied_on, outcome, run_id) IN (0, 3)", name="decided_whole"),
)
sa.Index("ix_refunds_waiting", refunds.c.refunded_on, postgresql_where=refunds.c.applied_on.is_(None))

refund_allocations = sa.Table(
    "refund_allocations",
    metadata,
    reference("refund", "refunds.refund"),
    reference("payment", "payments.payment"),
    minor("amount_minor"),
    written_by(),
    sa.PrimaryKeyConstraint("refund", "payment", "run_id"),
    sa.CheckConstraint("amount_minor <> 0", name="amount_not_zero"),
    comment="Which payments' unapplied credit a refund returned, below zero where that was undone; append-only",
)
