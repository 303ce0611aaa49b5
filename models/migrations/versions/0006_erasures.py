"""Whose personal data were erased"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("reason > '' AND erased_by > ''", name=op.f("ck_erasures_has_reason")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_erasures_customer")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_erasures")),
        schema=SCHEMA,
        comment="Whose personal data were erased, and why; their rows of later files are refused",
    )


def downgrade() -> None:
    op.drop_table("erasures", schema=SCHEMA)
