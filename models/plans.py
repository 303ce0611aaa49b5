"""Plans and their prices (L2)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import id_column, metadata, minor, one_of, reference, required

INTERVAL_UNITS = ("day", "week", "month", "year")
CALENDARS = ("gregorian", "jalali", "hijri")

plans = sa.Table(
    "plans",
    metadata,
    id_column("plan", primary_key=True),
    reference("company", "companies.company"),
    required("name", sa.Text),
    required("interval_unit", sa.Text),
    required("interval_count", sa.Integer),
    required("calendar", sa.Text, server_default="gregorian"),
    reference("currency", "currencies.currency"),
    required("tax_rate", sa.Numeric),
    required("tax_included", sa.Boolean),
    required("terms_days", sa.Integer),
    required("lead_days", sa.Integer),
    sa.Column("grace_days", sa.Integer, comment="empty: never expires for non-payment"),
    required("auto_renew", sa.Boolean),
    required("closable", sa.Boolean),
    sa.Column("freeze_days_max", sa.Integer, comment="0: no freezing; empty: no limit"),
    required("on_expiry", sa.Text),
    sa.Column("reminder_days", postgresql.ARRAY(sa.Integer)),
    required("changed_at", sa.DateTime(timezone=True), server_default=sa.func.clock_timestamp()),
    one_of("interval_unit", *INTERVAL_UNITS),
    one_of("calendar", *CALENDARS),
    one_of("on_expiry", "void", "collect"),
    sa.CheckConstraint("interval_count BETWEEN 1 AND 3660", name="interval_count_range"),
    sa.CheckConstraint("tax_rate >= 0 AND tax_rate < 1", name="tax_rate_range"),
    sa.CheckConstraint("least(terms_days, lead_days, grace_days, freeze_days_max) >= 0", name="days_not_negative"),
    # L2.2: otherwise its members would expire on the day they are billed.
    sa.CheckConstraint("NOT auto_renew OR grace_days IS NULL OR grace_days >= 1 OR lead_days >= 1", name="can_be_kept"),
)

plan_prices = sa.Table(
    "plan_prices",
    metadata,
    reference("plan", "plans.plan", primary_key=True),
    sa.Column("effective_from", sa.Date, primary_key=True),
    minor("price_minor"),
    sa.CheckConstraint("price_minor >= 0", name="price_not_negative"),
    comment="The price of a period is that of the newest version with effective_from <= starts_on (L2.1)",
)

plan_credits = sa.Table(
    "plan_credits",
    metadata,
    reference("plan", "plans.plan", primary_key=True),
    id_column("credit_type", primary_key=True),
    required("quantity", sa.Numeric),
    sa.Column("valid_days", sa.Integer, comment="empty: as long as the period"),
    sa.CheckConstraint("quantity > 0", name="quantity_positive"),
    sa.CheckConstraint("valid_days > 0", name="valid_days_positive"),
)
