"""Whose personal data were erased: the person is gone from the store, the books stay whole."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import metadata, reference, required

erasures = sa.Table(
    "erasures",
    metadata,
    reference("customer", "customers.customer"),
    required("reason", sa.Text),
    required("erased_by", sa.Text),
    required("erased_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    sa.PrimaryKeyConstraint("customer"),
    sa.CheckConstraint("reason > '' AND erased_by > ''", name="has_reason"),
    comment="Whose personal data were erased, and why; their rows of later files are refused",
)
