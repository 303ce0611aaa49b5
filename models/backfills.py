"""Backfills: a range of business days that a person asked to be run again or at last, and why."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import metadata, one_of, required

backfills = sa.Table(
    "backfills",
    metadata,
    sa.Column("backfill_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("flow", sa.Text),
    required("first_day", sa.Date),
    required("last_day", sa.Date),
    required("reason", sa.Text),
    required("requested_by", sa.Text),
    required("state", sa.Text, server_default="running"),
    required("attempts", sa.Integer, server_default="1"),
    required("started_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    sa.Column("finished_at", sa.DateTime(timezone=True)),
    sa.Column("error", sa.Text),
    sa.Column("foreseen", postgresql.JSONB, comment="what the first dress rehearsal showed: step, counts, money"),
    sa.Column("changed", postgresql.JSONB, comment="what its days did, in the same form"),
    one_of("state", "running", "completed", "failed"),
    sa.CheckConstraint("last_day >= first_day", name="first_day_first"),
    sa.CheckConstraint("reason <> ''", name="has_reason"),
    sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_with_instant"),
    comment="Who had which days run, why, what was foreseen and what it changed",
)
# Who asks for the same days again goes on with the backfill that has not finished.
sa.Index(
    "uq_backfills_unfinished",
    backfills.c.flow,
    backfills.c.first_day,
    backfills.c.last_day,
    unique=True,
    postgresql_where=backfills.c.state != "completed",
)
