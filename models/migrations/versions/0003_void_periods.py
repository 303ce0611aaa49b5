"""Void periods by membership: a standing is derived without reading all periods"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_periods_void", "periods", ["membership"], schema="tajdid", postgresql_where=sa.text("void"), unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_periods_void", "periods", schema="tajdid")
