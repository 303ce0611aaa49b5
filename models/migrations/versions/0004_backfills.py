"""Backfills: who had which days run, why, what was foreseen and what changed"""

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
    _backfill_days()


def downgrade() -> None:
    op.drop_table("backfill_days", schema=SCHEMA)
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
        sa.Column("foreseen", postgresql.JSONB(), comment="what the dress rehearsal showed, a row a step"),
        sa.Column("changed", postgresql.JSONB(), comment="what its days did, a row a step"),
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


def _backfill_days() -> None:
    op.create_table(
        "backfill_days",
        sa.Column("backfill_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["backfill_id"], ["tajdid.backfills.backfill_id"], name=op.f("fk_backfill_days_backfill_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["tajdid.runs.run_id"], name=op.f("fk_backfill_days_run_id")),
        sa.PrimaryKeyConstraint("backfill_id", "as_of", name=op.f("pk_backfill_days")),
        schema=SCHEMA,
        comment="The days that a backfill has finished, so that it goes on behind them",
    )
