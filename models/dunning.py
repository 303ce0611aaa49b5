"""Dunning policy and the notices written under it (L8)."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import metadata, reference, required, written_by

dunning_levels = sa.Table(
    "dunning_levels",
    metadata,
    reference("company", "companies.company", primary_key=True),
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    required("days_overdue", sa.Integer),
    sa.Column("fee_minor", sa.BigInteger, comment="in the company's currency"),
    sa.Column("template", sa.Text),
    sa.CheckConstraint("level >= 1", name="level_positive"),
    sa.CheckConstraint("days_overdue >= 0", name="days_overdue_not_negative"),
    sa.CheckConstraint("fee_minor >= 0", name="fee_not_negative"),
)

notices = sa.Table(
    "notices",
    metadata,
    reference("invoice", "invoices.invoice", primary_key=True),
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    required("noticed_on", sa.Date),
    reference("fee_invoice", "invoices.invoice", nullable=True),
    written_by(),
)
