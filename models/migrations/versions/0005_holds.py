"""What the guard has held for a person to look at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "holds",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("shard", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False, comment="what it would have done"),
        sa.Column(
            "money",
            postgresql.JSONB(),
            nullable=False,
            comment="currency -> what -> amount in major units, as text",
        ),
        sa.Column("held_at", instant, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("approved_at", instant),
        sa.Column("approved_by", sa.Text()),
        sa.Column("reason", sa.Text(), comment="why it was approved"),
        sa.CheckConstraint(
            "approved_at IS NULL OR (reason > '' AND approved_by > '') IS TRUE",
            name=op.f("ck_holds_approved_with_reason"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["tajdid.runs.run_id"], name=op.f("fk_holds_run_id")),
        sa.PrimaryKeyConstraint("run_id", "step", "shard", name=op.f("pk_holds")),
        schema=SCHEMA,
        comment="Steps that the guard stopped before they committed, and who let them pass",
    )


def downgrade() -> None:
    op.drop_table("holds", schema=SCHEMA)
