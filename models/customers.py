"""Customers."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import id_column, metadata, one_of, reference, required

customers = sa.Table(
    "customers",
    metadata,
    id_column("customer", primary_key=True),
    reference("company", "companies.company"),
    required("kind", sa.Text),
    required("name", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("whatsapp", sa.Text),
    sa.Column("country", sa.Text),
    sa.Column("city", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("language", sa.Text, comment="empty: the company's"),
    sa.Column("category", sa.Text),
    sa.Column("tags", postgresql.ARRAY(sa.Text)),
    sa.Column("tax_number", sa.Text),
    sa.Column("commercial_registration", sa.Text),
    sa.Column("joined_on", sa.Date),
    required("dunning_blocked", sa.Boolean, server_default=sa.false()),
    sa.Column("custom", postgresql.JSONB),
    one_of("kind", "person", "organization"),
    one_of("language", "ar", "fa", "en"),
)
