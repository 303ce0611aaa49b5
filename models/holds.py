"""What the guard has held: a step whose totals nobody expected waits here for a person, and nothing is written."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import SCHEMA, metadata, required
from models.operations import runs, unfinished

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.runs.run_id"), primary_key=True),
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("shard", sa.Text, primary_key=True),
    required("as_of", sa.Date),
    required("why", sa.Text),
    required("counts", postgresql.JSONB, comment="what it would have done"),
    required("money", postgresql.JSONB, comment="currency -> what -> amount in major units, as text"),
    required("held_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    sa.Column("approved_at", sa.DateTime(timezone=True)),
    sa.Column("approved_by", sa.Text),
    sa.Column("reason", sa.Text, comment="why it was approved"),
    sa.CheckConstraint(
        "approved_at IS NULL OR (reason > '' AND approved_by > '') IS TRUE", name="approved_with_reason"
    ),
    comment="Steps that the guard stopped before they committed, and who let them pass",
)

waiting = holds.c.approved_at.is_(None) & sa.exists().where(runs.c.run_id == holds.c.run_id, unfinished)
"""A hold that a person has to look at: that of a run that was done after its cause was mended needs nobody."""
