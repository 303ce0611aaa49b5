"""Memberships, the periods they were billed for, and how their status came about (L3).

A membership row has two halves: what the files say of it, and its *standing*, which only business days write.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import id_column, metadata, one_of, reference, required, written_by

STATUSES = ("pending", "active", "grace", "expired", "frozen", "closed")

memberships = sa.Table(
    "memberships",
    metadata,
    id_column("membership", primary_key=True),
    reference("customer", "customers.customer", index=True),
    reference("plan", "plans.plan"),
    required("started_on", sa.Date),
    sa.Column("carried_until", sa.Date, comment="billed elsewhere up to this day (L3.2); `paid_until` in the files"),
    sa.Column("auto_renew", sa.Boolean, comment="empty: as the plan says"),
    required("quantity", sa.Numeric, server_default="1"),
    sa.Column("unit_price_minor", sa.BigInteger, comment="its own price; empty: the plan's"),
    required("discount_percent", sa.Numeric, server_default="0"),
    required("changed_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    # The standing, written by business days only.
    required("status", sa.Text, server_default="pending"),
    sa.Column("anchor_on", sa.Date, comment="boundaries are counted from here (L1.3)"),
    sa.Column("ordinal", sa.Integer, comment="billed_until is boundary number `ordinal` of the anchor"),
    sa.Column("billed_until", sa.Date, comment="end of its last period that is not void"),
    sa.Column("paid_until", sa.Date, comment="L3.3"),
    sa.Column("owes_since", sa.Date, comment="issue date of its oldest open period invoice (L3.4)"),
    sa.Column("closed_on", sa.Date),
    sa.Column("close_reason", sa.Text),
    id_column("closing", nullable=True, comment="the closure that was accepted last: it renews no more (L5.3)"),
    sa.Column("closes_with", sa.BigInteger, comment="the period (period_id) with whose end it closes (L5.3)"),
    sa.Column("run_id", sa.BigInteger, comment="the run that last changed the standing"),
    one_of("status", *STATUSES),
    sa.CheckConstraint("carried_until > started_on", name="carried_after_start"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    sa.CheckConstraint("unit_price_minor >= 0", name="unit_price_not_negative"),
    sa.CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_range"),
    sa.CheckConstraint(
        "num_nulls(anchor_on, ordinal, billed_until, paid_until) IN (0, 4)"
        " AND CASE status WHEN 'pending' THEN paid_until IS NULL"
        " WHEN 'closed' THEN TRUE ELSE paid_until IS NOT NULL END",
        name="standing_whole",
    ),
    sa.CheckConstraint("(status = 'closed') = (closed_on IS NOT NULL)", name="closed_with_date"),
    sa.CheckConstraint("closes_with IS NULL OR (closing IS NOT NULL AND status <> 'closed')", name="closes_once"),
    sa.CheckConstraint("status <> 'closed' OR closing IS NOT NULL", name="closed_by_request"),
)

standing_since = sa.func.greatest(memberships.c.paid_until, memberships.c.owes_since)
"""What grace is counted from (L3.4): nobody loses a membership because billing was late. NULLs are ignored."""

# Only what a business day may have to look at: a day with nothing due reads a handful of index pages.
sa.Index("ix_memberships_to_start", memberships.c.started_on, postgresql_where=memberships.c.status == "pending")
sa.Index(
    "ix_memberships_to_renew",
    memberships.c.plan,
    memberships.c.billed_until,
    postgresql_where=memberships.c.status.in_(("active", "grace"))
    & memberships.c.auto_renew.isnot(False)
    & memberships.c.closing.is_(None),
)
sa.Index("ix_memberships_to_close", memberships.c.closes_with, postgresql_where=memberships.c.closes_with.isnot(None))
sa.Index("ix_memberships_standing", memberships.c.status, memberships.c.plan, standing_since)

periods = sa.Table(
    "periods",
    metadata,
    sa.Column("period_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    reference("membership", "memberships.membership"),
    required("starts_on", sa.Date),
    required("ends_on", sa.Date),
    required("anchor_on", sa.Date),
    required("ordinal", sa.Integer, comment="ends_on is boundary number `ordinal` of the anchor"),
    sa.Column("bills_on", sa.Date, comment="the first day on which it was due for billing; empty: carried over"),
    reference("invoice", "invoices.invoice", nullable=True, comment="empty: carried over, billed elsewhere (L3.2)"),
    required("opened_on", sa.Date, comment="the business date that opened it"),
    required("void", sa.Boolean, server_default=sa.false()),
    written_by(),
    sa.UniqueConstraint("invoice", name="uq_periods_invoice"),
    sa.CheckConstraint("ends_on > starts_on", name="not_empty"),
    sa.CheckConstraint("invoice IS NOT NULL OR NOT void", name="carried_stays"),
    # Nothing is billed before its time (L3.6): the "extra = 0" half of completeness, held by the store itself.
    sa.CheckConstraint("bills_on <= opened_on", name="billed_when_due"),
    sa.CheckConstraint("(invoice IS NULL) = (bills_on IS NULL)", name="billed_with_invoice"),
)

# L3.8: never two periods that are not void with the same start.
sa.Index(
    "uq_periods_membership_start",
    periods.c.membership,
    periods.c.starts_on,
    unique=True,
    postgresql_where=sa.text("NOT void"),
)

sa.Index("ix_periods_void", periods.c.membership, postgresql_where=sa.text("void"))
sa.Index("ix_periods_ending", periods.c.ends_on, postgresql_where=sa.text("NOT void"))

status_changes = sa.Table(
    "status_changes",
    metadata,
    id_column("membership"),
    written_by(),
    required("from_status", sa.Text),
    required("to_status", sa.Text),
    required("on_date", sa.Date),
    sa.Column("paid_until", sa.Date, comment="as it stood when the status was decided"),
    sa.Column("grace_until", sa.Date, comment="as it stood when the status was decided"),
    required("rule", sa.Text),
    sa.PrimaryKeyConstraint("membership", "run_id", "to_status"),
    sa.CheckConstraint("from_status <> to_status", name="is_a_change"),
    comment="Every change of a membership's status with the figures that decided it; append-only",
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    reference("membership", "memberships.membership"),
    required("on_date", sa.Date),
    required("reason", sa.Text),
    required("message", sa.Text),
    sa.Column("released_at", sa.DateTime(timezone=True), comment="when a person let the rules try it again"),
    sa.Column("dismissed_at", sa.DateTime(timezone=True), comment="when a person decided that it stays out of billing"),
    sa.Column("decision", sa.Text, comment="why it was released or dismissed"),
    sa.Column("decided_by", sa.Text),
    written_by(),
    sa.PrimaryKeyConstraint("membership", "run_id"),
    sa.CheckConstraint(
        "dismissed_at IS NULL OR (decision > '' AND decided_by > '') IS TRUE",
        name="dismissed_with_reason",
    ),
    comment="Memberships that a rule cannot handle wait here for a person and stop nobody else (L3.6)",
)
sa.Index(
    "uq_quarantine_waiting",
    quarantine.c.membership,
    unique=True,
    postgresql_where=quarantine.c.released_at.is_(None),
)
