"""Currencies and companies."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import id_column, metadata, one_of, reference, required

LANGUAGES = ("ar", "fa", "en")

currencies = sa.Table(
    "currencies",
    metadata,
    id_column("currency", primary_key=True),
    required("minor_digits", sa.SmallInteger),
    sa.CheckConstraint("minor_digits BETWEEN 0 AND 4", name="minor_digits_range"),
    comment="ISO 4217 currencies and their decimals (L2.4); filled by the migration",
)

companies = sa.Table(
    "companies",
    metadata,
    id_column("company", primary_key=True),
    required("name", sa.Text),
    required("timezone", sa.Text),
    reference("currency", "currencies.currency"),
    required("language", sa.Text, server_default="en"),
    sa.Column("tax_number", sa.Text),
    sa.Column("commercial_registration", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("email_from", sa.Text),
    sa.Column("brand_color", sa.Text),
    # Two companies with one prefix would give the same number to two invoices.
    id_column("invoice_prefix", unique=True),
    sa.Column("point_value", sa.Numeric),
    one_of("language", *LANGUAGES),
    sa.CheckConstraint("point_value > 0", name="point_value_positive"),
)

close_reasons = sa.Table(
    "close_reasons",
    metadata,
    reference("company", "companies.company", primary_key=True),
    id_column("reason", primary_key=True),
    sa.Column("label", sa.Text),
    required("customer_may_choose", sa.Boolean),
    comment="Why a membership may be closed, and who may say so (L5.2)",
)
