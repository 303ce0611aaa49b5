"""Credits and loyalty points: one engine of lots and movements (L7), and the facts that feed it."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import SCHEMA, Id, id_column, metadata, minor, one_of, reference, required, written_by

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
sa.Index(
    "ix_credit_charges_waiting", credit_charges.c.charged_on, postgresql_where=credit_charges.c.applied_on.is_(None)
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
sa.Index("ix_credit_usages_waiting", credit_usages.c.used_on, postgresql_where=credit_usages.c.applied_on.is_(None))

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
sa.Index("ix_redemptions_waiting", redemptions.c.requested_on, postgresql_where=redemptions.c.applied_on.is_(None))

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
    sa.Column("valid_days", sa.Integer, comment="granted for so many days; empty: until its period ends (L7.2)"),
    sa.Column("withdrawn_on", sa.Date, comment="the business date on which the run that made it was undone"),
    written_by(),
    one_of("source", "grant", "charge", "earn"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    sa.CheckConstraint("remaining BETWEEN 0 AND quantity", name="never_below_zero"),
    sa.CheckConstraint("withdrawn_on IS NULL OR remaining = 0", name="withdrawn_empty"),
)
# L7.2, L7.5: an invoice grants and earns once, a charge is taken in once.
sa.Index(
    "uq_lots_source",
    lots.c.source,
    lots.c.source_id,
    lots.c.credit_type,
    unique=True,
    postgresql_where=lots.c.withdrawn_on.is_(None),
)
sa.Index("ix_lots_usable", lots.c.customer, lots.c.credit_type, postgresql_where=lots.c.remaining > 0)
sa.Index("ix_lots_expiring", lots.c.expires_on, postgresql_where=lots.c.remaining > 0)

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
    # What an undone run wrote is written with the sign turned; points that paid come back by `return`.
    sa.CheckConstraint(
        "CASE kind WHEN 'return' THEN quantity > 0 WHEN 'redemption' THEN quantity < 0 ELSE quantity <> 0 END",
        name="sign",
    ),
)
redeemed = movements.c.kind.in_(("redemption", "return"))
sa.Index("ix_movements_redeemed", movements.c.source_id, postgresql_where=redeemed)

point_allocations = sa.Table(
    "point_allocations",
    metadata,
    reference("redemption", "redemptions.redemption"),
    reference("invoice", "invoices.invoice"),
    written_by(),
    required("kind", sa.Text),
    required("points", sa.Numeric),
    minor("amount_minor"),
    required("on_date", sa.Date),
    sa.PrimaryKeyConstraint("redemption", "invoice", "run_id", "kind"),
    # `return`: points that go back to their lots when the invoice becomes void (L3.5).
    one_of("kind", "redemption", "return"),
    sa.CheckConstraint(
        "CASE kind WHEN 'return' THEN points < 0 AND amount_minor < 0 ELSE points > 0 AND amount_minor > 0 END",
        name="sign",
    ),
    comment="Which redemption paid how much of which invoice, with how many points (L7.6); append-only",
)
sa.Index("ix_point_allocations_invoice", point_allocations.c.invoice)
