"""Invoices, credit notes and the series that number them (L6.1).

An issued document never changes: a trigger of the migration refuses it. What moves is its settlement: `paid_minor`,
`settled_on`, `voided_on`.
"""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import id_column, metadata, minor, one_of, reference, required, written_by

invoice_series = sa.Table(
    "invoice_series",
    metadata,
    reference("company", "companies.company", primary_key=True),
    sa.Column("year", sa.SmallInteger, primary_key=True, autoincrement=False),
    required("last_no", sa.BigInteger),
    sa.CheckConstraint("last_no >= 0", name="last_no_not_negative"),
    comment="The last number given, for each company and year of issue",
)

invoices = sa.Table(
    "invoices",
    metadata,
    id_column("invoice", primary_key=True, comment="its number, PREFIX-YYYY-NNNNNN"),
    required("series_no", sa.BigInteger),
    # No foreign keys to these three: a check a row each. The period holds the membership, the membership the customer
    # and the plan, the plan the company; the audit proves that a document names the same (documents_of_others).
    id_column("company"),
    id_column("customer"),
    id_column("membership", nullable=True),
    required("kind", sa.Text),
    sa.Column("period_starts_on", sa.Date),
    sa.Column("period_ends_on", sa.Date),
    required("issued_on", sa.Date),
    required("due_on", sa.Date),
    id_column("currency"),
    minor("unit_price_minor"),
    required("quantity", sa.Numeric),
    required("discount_percent", sa.Numeric),
    required("tax_rate", sa.Numeric),
    required("tax_included", sa.Boolean),
    minor("net_minor"),
    minor("tax_minor"),
    minor("total_minor"),
    reference("corrects", "invoices.invoice", nullable=True),
    # Settlement
    minor("paid_minor", server_default="0"),
    sa.Column("settled_on", sa.Date, comment="the business date on which nothing was left to pay"),
    sa.Column("voided_on", sa.Date),
    # What the business days made of it
    sa.Column("granted_on", sa.Date, comment="the business date whose grants saw it paid (L7.2)"),
    sa.Column("earned_on", sa.Date, comment="the business date whose earning saw it paid (L7.5)"),
    required("dunned_level", sa.SmallInteger, server_default="0", comment="the last level noticed; 0: none (L8.1)"),
    sa.Column(
        "open_minor",
        sa.BigInteger,
        sa.Computed("CASE WHEN voided_on IS NULL AND kind <> 'credit_note' THEN total_minor - paid_minor ELSE 0 END"),
        nullable=False,
    ),
    written_by(),
    one_of("kind", "membership", "fee", "credit_note"),
    sa.CheckConstraint("total_minor = net_minor + tax_minor", name="total_is_net_and_tax"),
    sa.CheckConstraint("paid_minor BETWEEN 0 AND greatest(total_minor, 0)", name="paid_within_total"),
    sa.CheckConstraint("(kind = 'credit_note') = (corrects IS NOT NULL)", name="credit_note_corrects"),
    sa.CheckConstraint("CASE kind WHEN 'credit_note' THEN total_minor <= 0 ELSE total_minor >= 0 END", name="sign"),
    sa.CheckConstraint("voided_on IS NULL OR paid_minor = 0", name="void_keeps_no_money"),
    sa.CheckConstraint(
        "(settled_on IS NOT NULL) = (kind <> 'credit_note' AND voided_on IS NULL AND paid_minor = total_minor)",
        name="settled_with_date",
    ),
    sa.CheckConstraint("settled_on IS NOT NULL OR num_nonnulls(granted_on, earned_on) = 0", name="rewarded_when_paid"),
)

# A correction is in full, so there is at most one of each invoice.
sa.Index("uq_invoices_corrects", invoices.c.corrects, unique=True, postgresql_where=invoices.c.corrects.isnot(None))
sa.Index(
    "ix_invoices_open",
    invoices.c.customer,
    invoices.c.currency,
    postgresql_where=invoices.c.open_minor > 0,
)

# Only what a business day may have to look at.
_paid = (invoices.c.kind == "membership") & invoices.c.settled_on.isnot(None)
sa.Index("ix_invoices_to_grant", invoices.c.customer, postgresql_where=_paid & invoices.c.granted_on.is_(None))
sa.Index("ix_invoices_to_earn", invoices.c.customer, postgresql_where=_paid & invoices.c.earned_on.is_(None))
sa.Index(
    "ix_invoices_to_dun",
    invoices.c.company,
    invoices.c.dunned_level,
    invoices.c.due_on,
    postgresql_where=(invoices.c.kind == "membership") & (invoices.c.open_minor > 0),
)
