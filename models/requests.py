"""What members and staff ask for: freezes, closures, renewals (L3.7, L4, L5). A request waits for its business day."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import id_column, metadata, one_of, reference, required

freezes = sa.Table(
    "freezes",
    metadata,
    id_column("freeze", primary_key=True),
    reference("membership", "memberships.membership"),
    required("requested_on", sa.Date),
    required("starts_on", sa.Date),
    required("resumes_on", sa.Date),
    sa.Column("reason", sa.Text),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    sa.Column("changed_to", sa.Date, comment="resumes_on as it was last changed (L4.4); empty: as first asked"),
    sa.Column("started_on", sa.Date, comment="its first frozen day; empty: it waits, or was refused"),
    sa.Column(
        "held_after", sa.Date, comment="what ends after this day is held, what starts after it moves whole (L4.3)"
    ),
    sa.Column("ended_on", sa.Date, comment="the business date that resumed or closed the membership; empty: it runs"),
    sa.Column("moved_days", sa.Integer, comment="by how many days it moved what it held; 0 where a closing ended it"),
    sa.CheckConstraint("started_on IS NULL OR applied_on IS NOT NULL", name="started_when_applied"),
    sa.CheckConstraint("ended_on IS NULL OR started_on IS NOT NULL", name="ended_after_start"),
    # The first frozen day, or the day before it where nothing was paid beyond that.
    sa.CheckConstraint(
        "num_nulls(started_on, held_after) IN (0, 2) AND started_on - held_after IN (0, 1)", name="held_from_start"
    ),
    sa.CheckConstraint("(ended_on IS NULL) = (moved_days IS NULL)", name="moved_when_ended"),
    sa.CheckConstraint("moved_days >= 0", name="moved_forward"),
)
resumption = sa.func.coalesce(freezes.c.changed_to, freezes.c.resumes_on)
"""The first day after a freeze, as it stands now (L1.2, L4.4)."""

running_freeze = freezes.c.started_on.isnot(None) & freezes.c.ended_on.is_(None)
# L4.1: a membership is frozen once at a time.
sa.Index("uq_freezes_running", freezes.c.membership, unique=True, postgresql_where=running_freeze)
sa.Index("ix_freezes_started", freezes.c.membership, postgresql_where=freezes.c.started_on.isnot(None))
sa.Index("ix_freezes_waiting", freezes.c.starts_on, postgresql_where=freezes.c.applied_on.is_(None))

freeze_changes = sa.Table(
    "freeze_changes",
    metadata,
    sa.Column("change_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    reference("freeze", "freezes.freeze"),
    required("requested_on", sa.Date),
    required("resumes_on", sa.Date),
    sa.Column("applied_on", sa.Date, comment="the business date that took it in; empty: it waits (L1.5)"),
    sa.UniqueConstraint("freeze", "requested_on", "resumes_on"),
    comment="Another resumes_on, asked for under the id of an earlier request (L4.4)",
)
sa.Index(
    "ix_freeze_changes_waiting", freeze_changes.c.requested_on, postgresql_where=freeze_changes.c.applied_on.is_(None)
)

closures = sa.Table(
    "closures",
    metadata,
    id_column("closure", primary_key=True),
    reference("membership", "memberships.membership"),
    required("requested_on", sa.Date),
    required("origin", sa.Text),
    required("effective", sa.Text),
    sa.Column("reason_code", sa.Text),
    sa.Column("reason_text", sa.Text),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    one_of("origin", "customer", "staff"),
    one_of("effective", "now", "period_end"),
)
sa.Index("ix_closures_waiting", closures.c.requested_on, postgresql_where=closures.c.applied_on.is_(None))

renewals = sa.Table(
    "renewals",
    metadata,
    id_column("renewal", primary_key=True),
    reference("membership", "memberships.membership"),
    required("requested_on", sa.Date),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    reference("invoice", "invoices.invoice", nullable=True, comment="what came of it; empty: it waits, or was refused"),
)
sa.Index("ix_renewals_waiting", renewals.c.requested_on, postgresql_where=renewals.c.applied_on.is_(None))
