"""Credits and loyalty points: one engine of lots and movements (L7), and the facts that feed it."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import SCHEMA, Id, id_column, metadata, one_of, reference, required, written_by

credit_types = sa.Table(
    "credit_types",
    metadata,
    reference("company", "companies.company", primary_key=True),
    id_column("credit_type", primary_key=True),
    sa.Column("name", sa.Text),
    required("unit", sa.Text),
    required("decimals", sa.SmallInteger),
    sa.CheckConstraint("decimals BETWEEN 0 AND 6", name="decimals_range"),
)

loyalty_rules = sa.Table(
    "loyalty_rules",
    metadata,
    id_column("rule", primary_key=True),
    reference("company", "companies.company"),
    required("priority", sa.Integer),
    required("spend_amount", sa.Numeric),
    required("points", sa.Numeric),
    sa.Column("min_total", sa.Numeric),
    sa.Column("category", sa.Text),
    reference("plan", "plans.plan", nullable=True),
    sa.Column("starts_on", sa.Date),
    sa.Column("ends_on", sa.Date),
    sa.Column("valid_days", sa.Integer),
    sa.CheckConstraint("spend_amount > 0", name="spend_amount_positive"),
    sa.CheckConstraint("points > 0", name="points_positive"),
)

credit_charges = sa.Table(
    "credit_charges",
    metadata,
    id_column("charge", primary_key=True),
    reference("customer", "customers.customer"),
    id_column("credit_type"),
    required("quantity", sa.Numeric),
    required("charged_on", sa.Date),
    required("starts_on", sa.Date),
    sa.Column("expires_on", sa.Date),
    sa.Column("applied_on", sa.Date, comment="the business date that took it in; empty: it waits (L1.5)"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    sa.CheckConstraint("expires_on > starts_on", name="expires_after_start"),
)

credit_usages = sa.Table(
    "credit_usages",
    metadata,
    id_column("usage", primary_key=True),
    reference("customer", "customers.customer"),
    id_column("credit_type"),
    required("quantity", sa.Numeric),
    required("used_on", sa.Date),
    id_column("membership", nullable=True),
    sa.Column("note", sa.Text),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
)

redemptions = sa.Table(
    "redemptions",
    metadata,
    id_column("redemption", primary_key=True),
    reference("customer", "customers.customer"),
    required("points", sa.Numeric),
    required("requested_on", sa.Date),
    id_column("invoice", nullable=True),
    id_column("membership", nullable=True),
    sa.Column("applied_on", sa.Date, comment="the business date that decided it; empty: it waits (L1.5)"),
    sa.CheckConstraint("points > 0", name="points_positive"),
)

lots = sa.Table(
    "lots",
    metadata,
    sa.Column("lot_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    reference("customer", "customers.customer"),
    id_column("credit_type"),
    required("source", sa.Text),
    required("source_id", Id),
    required("quantity", sa.Numeric),
    required("remaining", sa.Numeric),
    required("starts_on", sa.Date),
    sa.Column("expires_on", sa.Date),
    written_by(),
    sa.UniqueConstraint("source", "source_id", "credit_type", name="uq_lots_source"),
    one_of("source", "grant", "charge", "earn"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    sa.CheckConstraint("remaining BETWEEN 0 AND quantity", name="never_below_zero"),
)

movements = sa.Table(
    "movements",
    metadata,
    sa.Column("movement_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("lot_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.lots.lot_id"), nullable=False),
    required("kind", sa.Text),
    required("quantity", sa.Numeric),
    required("on_date", sa.Date),
    required("source_id", Id),
    written_by(),
    sa.UniqueConstraint("lot_id", "kind", "source_id", "run_id", name="uq_movements_once"),
    one_of("kind", "grant", "charge", "earn", "usage", "redemption", "return", "expiry"),
    sa.CheckConstraint("(quantity > 0) = (kind IN ('grant', 'charge', 'earn', 'return'))", name="sign"),
)
