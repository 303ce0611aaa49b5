"""Numbers that parts of a step at work at once have claimed"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"


def upgrade() -> None:
    op.create_table(
        "number_claims",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("part", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("taken", postgresql.JSONB(), nullable=False, comment="how many numbers, by company"),
        sa.PrimaryKeyConstraint("run_id", "step", "part", name=op.f("pk_number_claims")),
        schema=SCHEMA,
        comment="What parts of a step at work at once have claimed of the invoice series and not yet taken",
    )


def downgrade() -> None:
    op.drop_table("number_claims", schema=SCHEMA)
