"""Two indexes that keep a night as short as what it has to do: void periods by membership, runs by day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_periods_void", "periods", ["membership"], schema="tajdid", postgresql_where=sa.text("void"))
    op.create_index("ix_runs_as_of", "runs", ["as_of"], schema="tajdid")


def downgrade() -> None:
    op.drop_index("ix_runs_as_of", "runs", schema="tajdid")
    op.drop_index("ix_periods_void", "periods", schema="tajdid")
