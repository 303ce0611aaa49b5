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
)
sa.Index("ix_freezes_waiting", freezes.c.starts_on, postgresql_where=freezes.c.applied_on.is_(None))

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
)
sa.Index("ix_renewals_waiting", renewals.c.requested_on, postgresql_where=renewals.c.applied_on.is_(None))
