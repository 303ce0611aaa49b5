"""Backfills, the inbox, and what a person decided about who is in quarantine"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"


def upgrade() -> None:
    _backfills()
    _quarantine()
    _inbox_files()


def downgrade() -> None:
    op.drop_table("inbox_files", schema=SCHEMA)
    for column in ("decided_by", "decision", "dismissed_at"):
        op.drop_column("quarantine", column, schema=SCHEMA)
    op.drop_table("backfills", schema=SCHEMA)


def _backfills() -> None:
    op.create_table(
        "backfills",
        sa.Column("backfill_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text()),
        sa.Column("foreseen", postgresql.JSONB(), comment="what the first dress rehearsal showed: step, counts, money"),
        sa.Column("changed", postgresql.JSONB(), comment="what its days did, in the same form"),
        sa.CheckConstraint("state IN ('running', 'completed', 'failed')", name=op.f("ck_backfills_state_known")),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_backfills_first_day_first")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_backfills_has_reason")),
        sa.CheckConstraint(
            "(state = 'running') = (finished_at IS NULL)", name=op.f("ck_backfills_finished_with_instant")
        ),
        sa.PrimaryKeyConstraint("backfill_id", name=op.f("pk_backfills")),
        schema=SCHEMA,
        comment="Who had which days run, why, what was foreseen and what it changed",
    )
    op.create_index(
        "uq_backfills_unfinished",
        "backfills",
        ["flow", "first_day", "last_day"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state <> 'completed'"),
    )


def _quarantine() -> None:
    instant = sa.DateTime(timezone=True)
    op.alter_column("quarantine", "released_at", schema=SCHEMA, comment="when a person let the rules try it again")
    for column in (
        sa.Column("dismissed_at", instant, comment="when a person decided that it stays out of billing"),
        sa.Column("decision", sa.Text(), comment="why it was released or dismissed"),
        sa.Column("decided_by", sa.Text()),
    ):
        op.add_column("quarantine", column, schema=SCHEMA)
    op.create_check_constraint(
        op.f("ck_quarantine_dismissed_with_reason"),
        "quarantine",
        "dismissed_at IS NULL OR (decision > '' AND decided_by > '') IS TRUE",
        schema=SCHEMA,
    )


def _inbox_files() -> None:
    op.create_table(
        "inbox_files",
        sa.Column(
            "version", sa.Text(collation="C"), nullable=False, comment="of the file, as its file system tells it"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("refused", sa.Text(), comment="why nothing of it could be loaded"),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_inbox_files")),
        schema=SCHEMA,
        comment="The files of the inbox that were looked at: each version once",
    )
