"""The store: master data, facts, business days"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from iso4217 import Currency
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_currencies()
    _create_entries()
    _create_intake_files()
    _create_invoices()
    _index_invoices()
    _create_messages()
    _create_rejects()
    _create_runs()
    _create_status_changes()
    _create_companies()
    _create_notices()
    _create_steps()
    _create_close_reasons()
    _create_credit_types()
    _create_customers()
    _create_dunning_levels()
    _create_invoice_series()
    _create_plans()
    _create_credit_charges()
    _create_credit_usages()
    _create_lots()
    _create_loyalty_rules()
    _create_memberships()
    _index_memberships()
    _create_payments()
    _create_plan_credits()
    _create_plan_prices()
    _create_redemptions()
    _create_refunds()
    _create_allocations()
    _create_closures()
    _create_freezes()
    _create_movements()
    _create_periods()
    _create_quarantine()
    _create_refund_allocations()
    _create_renewals()
    _keep_room_for_updates()
    _freeze_documents()
    _fill_currencies()


def downgrade() -> None:
    """The first revision's tables are the store itself; there is nothing to go back to."""
    raise RuntimeError("Revision 0001 is the first; drop the schema tajdid by hand to remove the store.")


def _keep_room_for_updates() -> None:
    """Rows that move in place leave room on their page for it."""
    for table, percent in {"memberships": 70, "invoices": 90, "payments": 90}.items():
        op.execute(f"ALTER TABLE tajdid.{table} SET (fillfactor = {percent})")


def _freeze_documents() -> None:
    """An issued invoice never changes (L6.1): only its settlement columns may be updated, and it is never deleted."""
    op.execute(
        """
        CREATE FUNCTION tajdid.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'Document % is issued and never changes; correct it with a credit note (L6.1).', OLD.invoice;
        END $$
        """
    )
    document = (
        "invoice, series_no, company, customer, membership, kind, period_starts_on, period_ends_on, issued_on, due_on,"
        " currency, unit_price_minor, quantity, discount_percent, tax_rate, tax_included, net_minor, tax_minor,"
        " total_minor, corrects, run_id"
    )
    op.execute(
        f"CREATE TRIGGER documents_are_final BEFORE DELETE OR UPDATE OF {document} ON tajdid.invoices"
        " FOR EACH ROW EXECUTE FUNCTION tajdid.refuse_change()"
    )


def _fill_currencies() -> None:
    """The decimals of ISO 4217, which are not those of CLDR for IRR and IQD (L2.4)."""
    rows = [{"currency": c.code, "minor_digits": c.exponent} for c in Currency if c.exponent is not None]
    table = sa.table("currencies", sa.column("currency"), sa.column("minor_digits"), schema="tajdid")
    op.bulk_insert(table, sorted(rows, key=lambda row: row["currency"]))


def _create_currencies() -> None:
    op.create_table(
        "currencies",
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("minor_digits", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("minor_digits BETWEEN 0 AND 4", name=op.f("ck_currencies_minor_digits_range")),
        sa.PrimaryKeyConstraint("currency", name=op.f("pk_currencies")),
        schema="tajdid",
        comment="ISO 4217 currencies and their decimals (L2.4); filled by the migration",
    )


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("entry_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column(
            "source",
            sa.Text(collation="C"),
            nullable=False,
            comment="the invoice, payment, refund … that the event is about",
        ),
        sa.Column("cash", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("receivable", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("customer_credit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deferred_revenue", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_income", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_expense", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "event IN ('issue', 'fee', 'payment', 'allocation', 'return', 'credit_note', 'refund', 'redemption')",
            name=op.f("ck_entries_event_known"),
        ),
        sa.CheckConstraint(
            "cash + receivable + customer_credit + deferred_revenue + tax + fee_income + points_expense = 0",
            name=op.f("ck_entries_balanced"),
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entries")),
        schema="tajdid",
    )


def _create_intake_files() -> None:
    op.create_table(
        "intake_files",
        sa.Column("file_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("loaded", sa.BigInteger(), nullable=False),
        sa.Column("unchanged", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_intake_files")),
        schema="tajdid",
    )
    op.create_index("ix_intake_files_sha256", "intake_files", ["sha256"], unique=False, schema="tajdid")


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("invoice", sa.Text(collation="C"), nullable=False, comment="its number, PREFIX-YYYY-NNNNNN"),
        sa.Column("series_no", sa.BigInteger(), nullable=False),
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("period_starts_on", sa.Date(), nullable=True),
        sa.Column("period_ends_on", sa.Date(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("discount_percent", sa.Numeric(), nullable=False),
        sa.Column("tax_rate", sa.Numeric(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("corrects", sa.Text(collation="C"), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True, comment="the business date on which nothing was left to pay"),
        sa.Column("voided_on", sa.Date(), nullable=True),
        sa.Column(
            "open_minor",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN voided_on IS NULL AND kind <> 'credit_note' THEN total_minor - paid_minor ELSE 0 END",
            ),
            nullable=False,
        ),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (corrects IS NOT NULL)", name=op.f("ck_invoices_credit_note_corrects")
        ),
        sa.CheckConstraint(
            "(settled_on IS NOT NULL) = (kind <> 'credit_note' AND voided_on IS NULL AND paid_minor = total_minor)",
            name=op.f("ck_invoices_settled_with_date"),
        ),
        sa.CheckConstraint(
            "CASE kind WHEN 'credit_note' THEN total_minor <= 0 ELSE total_minor >= 0 END",
            name=op.f("ck_invoices_sign"),
        ),
        sa.CheckConstraint("kind IN ('membership', 'fee', 'credit_note')", name=op.f("ck_invoices_kind_known")),
        sa.CheckConstraint(
            "paid_minor BETWEEN 0 AND greatest(total_minor, 0)", name=op.f("ck_invoices_paid_within_total")
        ),
        sa.CheckConstraint("total_minor = net_minor + tax_minor", name=op.f("ck_invoices_total_is_net_and_tax")),
        sa.CheckConstraint("voided_on IS NULL OR paid_minor = 0", name=op.f("ck_invoices_void_keeps_no_money")),
        sa.ForeignKeyConstraint(["corrects"], ["tajdid.invoices.invoice"], name=op.f("fk_invoices_corrects")),
        sa.PrimaryKeyConstraint("invoice", name=op.f("pk_invoices")),
        schema="tajdid",
    )


def _index_invoices() -> None:
    op.create_index(
        "ix_invoices_open",
        "invoices",
        ["customer", "currency"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("open_minor > 0"),
    )
    op.create_index(
        "uq_invoices_corrects",
        "invoices",
        ["corrects"],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("corrects IS NOT NULL"),
    )


def _create_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("message_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "subject", sa.Text(collation="C"), nullable=False, comment="what it is about: an invoice, a membership …"
        ),
        sa.Column(
            "key",
            sa.Text(collation="C"),
            server_default="",
            nullable=False,
            comment="which of several about the same subject",
        ),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), server_default="queued", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'whatsapp', 'sms', 'letter')", name=op.f("ck_messages_channel_known")),
        sa.CheckConstraint("kind IN ('invoice_issued')", name=op.f("ck_messages_kind_known")),
        sa.CheckConstraint("language IN ('ar', 'fa', 'en')", name=op.f("ck_messages_language_known")),
        sa.CheckConstraint("status IN ('queued')", name=op.f("ck_messages_status_known")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
        sa.UniqueConstraint("kind", "subject", "key", name="uq_messages_once"),
        schema="tajdid",
    )


def _create_rejects() -> None:
    op.create_table(
        "rejects",
        sa.Column("reject_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(collation="C"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column(
            "content",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the row as it came, so that nothing is lost",
        ),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("rejected_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("stage IN ('intake', 'apply')", name=op.f("ck_rejects_stage_known")),
        sa.PrimaryKeyConstraint("reject_id", name=op.f("pk_rejects")),
        schema="tajdid",
    )
    op.create_index(
        "uq_rejects_apply",
        "rejects",
        ["entity", "record"],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("stage = 'apply'"),
    )
    op.create_index(
        "uq_rejects_intake",
        "rejects",
        ["sha256", "line", "reason"],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("stage = 'intake'"),
    )


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("flow", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True, comment="the nightly it belongs to"),
        sa.Column("state", sa.Text(), server_default="running", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "started_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column(
            "shards",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the ids at which this pass splits its members, by kind of id",
        ),
        sa.CheckConstraint("(state = 'running') = (finished_at IS NULL)", name=op.f("ck_runs_finished_with_instant")),
        sa.CheckConstraint("state IN ('running', 'completed', 'failed')", name=op.f("ck_runs_state_known")),
        sa.ForeignKeyConstraint(["parent_id"], ["tajdid.runs.run_id"], name=op.f("fk_runs_parent_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
        schema="tajdid",
    )
    op.create_index(
        "ix_runs_flow_as_of", "runs", ["flow", sa.literal_column("as_of DESC")], unique=False, schema="tajdid"
    )
    op.create_index("ix_runs_parent_id", "runs", ["parent_id"], unique=False, schema="tajdid")
    op.create_index(
        "uq_runs_unfinished",
        "runs",
        ["flow", "as_of", sa.literal_column("coalesce(parent_id, 0)")],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("state != 'completed'"),
    )


def _create_status_changes() -> None:
    op.create_table(
        "status_changes",
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=False),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("paid_until", sa.Date(), nullable=True, comment="as it stood when the status was decided"),
        sa.Column("grace_until", sa.Date(), nullable=True, comment="as it stood when the status was decided"),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.CheckConstraint("from_status <> to_status", name=op.f("ck_status_changes_is_a_change")),
        sa.PrimaryKeyConstraint("membership", "run_id", "to_status", name=op.f("pk_status_changes")),
        schema="tajdid",
        comment="Every change of a membership's status with the figures that decided it; append-only",
    )


def _create_companies() -> None:
    op.create_table(
        "companies",
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("commercial_registration", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("email_from", sa.Text(), nullable=True),
        sa.Column("brand_color", sa.Text(), nullable=True),
        sa.Column("invoice_prefix", sa.Text(collation="C"), nullable=False),
        sa.Column("point_value", sa.Numeric(), nullable=True),
        sa.CheckConstraint("language IN ('ar', 'fa', 'en')", name=op.f("ck_companies_language_known")),
        sa.CheckConstraint("point_value > 0", name=op.f("ck_companies_point_value_positive")),
        sa.ForeignKeyConstraint(["currency"], ["tajdid.currencies.currency"], name=op.f("fk_companies_currency")),
        sa.PrimaryKeyConstraint("company", name=op.f("pk_companies")),
        sa.UniqueConstraint("invoice_prefix", name=op.f("uq_companies_invoice_prefix")),
        schema="tajdid",
    )


def _create_notices() -> None:
    op.create_table(
        "notices",
        sa.Column("invoice", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("fee_invoice", sa.Text(collation="C"), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["fee_invoice"], ["tajdid.invoices.invoice"], name=op.f("fk_notices_fee_invoice")),
        sa.ForeignKeyConstraint(["invoice"], ["tajdid.invoices.invoice"], name=op.f("fk_notices_invoice")),
        sa.PrimaryKeyConstraint("invoice", "level", name=op.f("pk_notices")),
        schema="tajdid",
    )


def _create_steps() -> None:
    op.create_table(
        "steps",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("shard", sa.Text(), nullable=False, comment="which part of how many, '1/1' for all of it"),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "money",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="currency -> what -> amount in major units, as text",
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "finished_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["run_id"], ["tajdid.runs.run_id"], name=op.f("fk_steps_run_id")),
        sa.PrimaryKeyConstraint("run_id", "step", "shard", name=op.f("pk_steps")),
        schema="tajdid",
        comment="What each step of a run did, zero included; written by the step's own transaction",
    )


def _create_close_reasons() -> None:
    op.create_table(
        "close_reasons",
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("reason", sa.Text(collation="C"), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("customer_may_choose", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_close_reasons_company")),
        sa.PrimaryKeyConstraint("company", "reason", name=op.f("pk_close_reasons")),
        schema="tajdid",
        comment="Why a membership may be closed, and who may say so (L5.2)",
    )


def _create_credit_types() -> None:
    op.create_table(
        "credit_types",
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_type", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("decimals", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 6", name=op.f("ck_credit_types_decimals_range")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_credit_types_company")),
        sa.PrimaryKeyConstraint("company", "credit_type", name=op.f("pk_credit_types")),
        schema="tajdid",
    )


def _create_customers() -> None:
    op.create_table(
        "customers",
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("whatsapp", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True, comment="empty: the company's"),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("tax_number", sa.Text(), nullable=True),
        sa.Column("commercial_registration", sa.Text(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("dunning_blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("custom", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'organization')", name=op.f("ck_customers_kind_known")),
        sa.CheckConstraint("language IN ('ar', 'fa', 'en')", name=op.f("ck_customers_language_known")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_customers_company")),
        sa.PrimaryKeyConstraint("customer", name=op.f("pk_customers")),
        schema="tajdid",
    )


def _create_dunning_levels() -> None:
    op.create_table(
        "dunning_levels",
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("days_overdue", sa.Integer(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=True, comment="in the company's currency"),
        sa.Column("template", sa.Text(), nullable=True),
        sa.CheckConstraint("days_overdue >= 0", name=op.f("ck_dunning_levels_days_overdue_not_negative")),
        sa.CheckConstraint("fee_minor >= 0", name=op.f("ck_dunning_levels_fee_not_negative")),
        sa.CheckConstraint("level >= 1", name=op.f("ck_dunning_levels_level_positive")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_dunning_levels_company")),
        sa.PrimaryKeyConstraint("company", "level", name=op.f("pk_dunning_levels")),
        schema="tajdid",
    )


def _create_invoice_series() -> None:
    op.create_table(
        "invoice_series",
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last_no >= 0", name=op.f("ck_invoice_series_last_no_not_negative")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_invoice_series_company")),
        sa.PrimaryKeyConstraint("company", "year", name=op.f("pk_invoice_series")),
        schema="tajdid",
        comment="The last number given, for each company and year of issue",
    )


def _create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan", sa.Text(collation="C"), nullable=False),
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("interval_unit", sa.Text(), nullable=False),
        sa.Column("interval_count", sa.Integer(), nullable=False),
        sa.Column("calendar", sa.Text(), server_default="gregorian", nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("tax_rate", sa.Numeric(), nullable=False),
        sa.Column("tax_included", sa.Boolean(), nullable=False),
        sa.Column("terms_days", sa.Integer(), nullable=False),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=True, comment="empty: never expires for non-payment"),
        sa.Column("auto_renew", sa.Boolean(), nullable=False),
        sa.Column("closable", sa.Boolean(), nullable=False),
        sa.Column("freeze_days_max", sa.Integer(), nullable=True, comment="0: no freezing; empty: no limit"),
        sa.Column("on_expiry", sa.Text(), nullable=False),
        sa.Column("reminder_days", postgresql.ARRAY(sa.Integer()), nullable=True),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("calendar IN ('gregorian', 'jalali', 'hijri')", name=op.f("ck_plans_calendar_known")),
        sa.CheckConstraint(
            "interval_unit IN ('day', 'week', 'month', 'year')", name=op.f("ck_plans_interval_unit_known")
        ),
        sa.CheckConstraint("on_expiry IN ('void', 'collect')", name=op.f("ck_plans_on_expiry_known")),
        sa.CheckConstraint(
            "NOT auto_renew OR grace_days IS NULL OR grace_days >= 1 OR lead_days >= 1",
            name=op.f("ck_plans_can_be_kept"),
        ),
        sa.CheckConstraint("interval_count BETWEEN 1 AND 3660", name=op.f("ck_plans_interval_count_range")),
        sa.CheckConstraint(
            "least(terms_days, lead_days, grace_days, freeze_days_max) >= 0", name=op.f("ck_plans_days_not_negative")
        ),
        sa.CheckConstraint("tax_rate >= 0 AND tax_rate < 1", name=op.f("ck_plans_tax_rate_range")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_plans_company")),
        sa.ForeignKeyConstraint(["currency"], ["tajdid.currencies.currency"], name=op.f("fk_plans_currency")),
        sa.PrimaryKeyConstraint("plan", name=op.f("pk_plans")),
        schema="tajdid",
    )


def _create_credit_charges() -> None:
    op.create_table(
        "credit_charges",
        sa.Column("charge", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_type", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("charged_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that took it in; empty: it waits (L1.5)"
        ),
        sa.CheckConstraint("expires_on > starts_on", name=op.f("ck_credit_charges_expires_after_start")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_credit_charges_quantity_positive")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_credit_charges_customer")),
        sa.PrimaryKeyConstraint("charge", name=op.f("pk_credit_charges")),
        schema="tajdid",
    )


def _create_credit_usages() -> None:
    op.create_table(
        "credit_usages",
        sa.Column("usage", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_type", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_credit_usages_quantity_positive")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_credit_usages_customer")),
        sa.PrimaryKeyConstraint("usage", name=op.f("pk_credit_usages")),
        schema="tajdid",
    )


def _create_lots() -> None:
    op.create_table(
        "lots",
        sa.Column("lot_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_type", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("remaining", sa.Numeric(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("source IN ('grant', 'charge', 'earn')", name=op.f("ck_lots_source_known")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_lots_quantity_positive")),
        sa.CheckConstraint("remaining BETWEEN 0 AND quantity", name=op.f("ck_lots_never_below_zero")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_lots_customer")),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_lots")),
        sa.UniqueConstraint("source", "source_id", "credit_type", name="uq_lots_source"),
        schema="tajdid",
    )


def _create_loyalty_rules() -> None:
    op.create_table(
        "loyalty_rules",
        sa.Column("rule", sa.Text(collation="C"), nullable=False),
        sa.Column("company", sa.Text(collation="C"), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("spend_amount", sa.Numeric(), nullable=False),
        sa.Column("points", sa.Numeric(), nullable=False),
        sa.Column("min_total", sa.Numeric(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("plan", sa.Text(collation="C"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.CheckConstraint("points > 0", name=op.f("ck_loyalty_rules_points_positive")),
        sa.CheckConstraint("spend_amount > 0", name=op.f("ck_loyalty_rules_spend_amount_positive")),
        sa.ForeignKeyConstraint(["company"], ["tajdid.companies.company"], name=op.f("fk_loyalty_rules_company")),
        sa.ForeignKeyConstraint(["plan"], ["tajdid.plans.plan"], name=op.f("fk_loyalty_rules_plan")),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_loyalty_rules")),
        schema="tajdid",
    )


def _create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("plan", sa.Text(collation="C"), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column(
            "carried_until",
            sa.Date(),
            nullable=True,
            comment="billed elsewhere up to this day (L3.2); `paid_until` in the files",
        ),
        sa.Column("auto_renew", sa.Boolean(), nullable=True, comment="empty: as the plan says"),
        sa.Column("quantity", sa.Numeric(), server_default="1", nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=True, comment="its own price; empty: the plan's"),
        sa.Column("discount_percent", sa.Numeric(), server_default="0", nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=True, comment="boundaries are counted from here (L1.3)"),
        sa.Column(
            "ordinal", sa.Integer(), nullable=True, comment="billed_until is boundary number `ordinal` of the anchor"
        ),
        sa.Column("billed_until", sa.Date(), nullable=True, comment="end of its last period that is not void"),
        sa.Column("paid_until", sa.Date(), nullable=True, comment="L3.3"),
        sa.Column(
            "owes_since", sa.Date(), nullable=True, comment="issue date of its oldest open period invoice (L3.4)"
        ),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True, comment="the run that last changed the standing"),
        sa.CheckConstraint(
            "(status = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_memberships_closed_with_date")
        ),
        sa.CheckConstraint(
            "num_nulls(anchor_on, ordinal, billed_until, paid_until) IN (0, 4) AND CASE status WHEN 'pending' THEN paid_until IS NULL WHEN 'closed' THEN TRUE ELSE paid_until IS NOT NULL END",
            name=op.f("ck_memberships_standing_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'grace', 'expired', 'frozen', 'closed')",
            name=op.f("ck_memberships_status_known"),
        ),
        sa.CheckConstraint("carried_until > started_on", name=op.f("ck_memberships_carried_after_start")),
        sa.CheckConstraint("discount_percent BETWEEN 0 AND 100", name=op.f("ck_memberships_discount_range")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_memberships_quantity_positive")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_memberships_unit_price_not_negative")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_memberships_customer")),
        sa.ForeignKeyConstraint(["plan"], ["tajdid.plans.plan"], name=op.f("fk_memberships_plan")),
        sa.PrimaryKeyConstraint("membership", name=op.f("pk_memberships")),
        schema="tajdid",
    )


def _index_memberships() -> None:
    op.create_index(op.f("ix_memberships_customer"), "memberships", ["customer"], unique=False, schema="tajdid")
    op.create_index(
        "ix_memberships_standing",
        "memberships",
        ["status", "plan", sa.literal_column("greatest(paid_until, owes_since)")],
        unique=False,
        schema="tajdid",
    )
    op.create_index(
        "ix_memberships_to_renew",
        "memberships",
        ["plan", "billed_until"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("status IN ('active', 'grace') AND auto_renew IS NOT false"),
    )
    op.create_index(
        "ix_memberships_to_start",
        "memberships",
        ["started_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("status = 'pending'"),
    )


def _create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("payment", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice", sa.Text(collation="C"), nullable=True),
        sa.Column("membership", sa.Text(collation="C"), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that took it in; empty: it waits (L1.5)"
        ),
        sa.Column("unapplied_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True, comment="the run that took it in"),
        sa.CheckConstraint("(applied_on IS NULL) = (run_id IS NULL)", name=op.f("ck_payments_applied_by_a_run")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint("applied_on IS NOT NULL OR unapplied_minor = 0", name=op.f("ck_payments_waits_untouched")),
        sa.CheckConstraint(
            "unapplied_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payments_unapplied_within_amount")
        ),
        sa.ForeignKeyConstraint(["currency"], ["tajdid.currencies.currency"], name=op.f("fk_payments_currency")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_payments_customer")),
        sa.PrimaryKeyConstraint("payment", name=op.f("pk_payments")),
        schema="tajdid",
    )
    op.create_index(
        "ix_payments_unapplied",
        "payments",
        ["customer", "currency"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("unapplied_minor > 0"),
    )
    op.create_index(
        "ix_payments_waiting",
        "payments",
        ["paid_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("applied_on IS NULL"),
    )


def _create_plan_credits() -> None:
    op.create_table(
        "plan_credits",
        sa.Column("plan", sa.Text(collation="C"), nullable=False),
        sa.Column("credit_type", sa.Text(collation="C"), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=True, comment="empty: as long as the period"),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_plan_credits_quantity_positive")),
        sa.CheckConstraint("valid_days > 0", name=op.f("ck_plan_credits_valid_days_positive")),
        sa.ForeignKeyConstraint(["plan"], ["tajdid.plans.plan"], name=op.f("fk_plan_credits_plan")),
        sa.PrimaryKeyConstraint("plan", "credit_type", name=op.f("pk_plan_credits")),
        schema="tajdid",
    )


def _create_plan_prices() -> None:
    op.create_table(
        "plan_prices",
        sa.Column("plan", sa.Text(collation="C"), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_plan_prices_price_not_negative")),
        sa.ForeignKeyConstraint(["plan"], ["tajdid.plans.plan"], name=op.f("fk_plan_prices_plan")),
        sa.PrimaryKeyConstraint("plan", "effective_from", name=op.f("pk_plan_prices")),
        schema="tajdid",
        comment="The price of a period is that of the newest version with effective_from <= starts_on (L2.1)",
    )


def _create_redemptions() -> None:
    op.create_table(
        "redemptions",
        sa.Column("redemption", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("points", sa.Numeric(), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("invoice", sa.Text(collation="C"), nullable=True),
        sa.Column("membership", sa.Text(collation="C"), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_redemptions_points_positive")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_redemptions_customer")),
        sa.PrimaryKeyConstraint("redemption", name=op.f("pk_redemptions")),
        schema="tajdid",
    )


def _create_refunds() -> None:
    op.create_table(
        "refunds",
        sa.Column("refund", sa.Text(collation="C"), nullable=False),
        sa.Column("customer", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(collation="C"), nullable=False),
        sa.Column("refunded_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'refused')", name=op.f("ck_refunds_outcome_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint("num_nulls(applied_on, outcome, run_id) IN (0, 3)", name=op.f("ck_refunds_decided_whole")),
        sa.ForeignKeyConstraint(["currency"], ["tajdid.currencies.currency"], name=op.f("fk_refunds_currency")),
        sa.ForeignKeyConstraint(["customer"], ["tajdid.customers.customer"], name=op.f("fk_refunds_customer")),
        sa.PrimaryKeyConstraint("refund", name=op.f("pk_refunds")),
        schema="tajdid",
    )
    op.create_index(
        "ix_refunds_waiting",
        "refunds",
        ["refunded_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("applied_on IS NULL"),
    )


def _create_allocations() -> None:
    op.create_table(
        "allocations",
        sa.Column("payment", sa.Text(collation="C"), nullable=False),
        sa.Column("invoice", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "CASE kind WHEN 'return' THEN amount_minor < 0 ELSE amount_minor > 0 END", name=op.f("ck_allocations_sign")
        ),
        sa.CheckConstraint("kind IN ('directed', 'credit', 'return')", name=op.f("ck_allocations_kind_known")),
        sa.ForeignKeyConstraint(["invoice"], ["tajdid.invoices.invoice"], name=op.f("fk_allocations_invoice")),
        sa.ForeignKeyConstraint(["payment"], ["tajdid.payments.payment"], name=op.f("fk_allocations_payment")),
        sa.PrimaryKeyConstraint("payment", "invoice", "run_id", "kind", name=op.f("pk_allocations")),
        schema="tajdid",
        comment="Which payment paid how much of which invoice; append-only",
    )
    op.create_index("ix_allocations_invoice", "allocations", ["invoice"], unique=False, schema="tajdid")


def _create_closures() -> None:
    op.create_table(
        "closures",
        sa.Column("closure", sa.Text(collation="C"), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("effective", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("reason_text", sa.Text(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.CheckConstraint("effective IN ('now', 'period_end')", name=op.f("ck_closures_effective_known")),
        sa.CheckConstraint("origin IN ('customer', 'staff')", name=op.f("ck_closures_origin_known")),
        sa.ForeignKeyConstraint(["membership"], ["tajdid.memberships.membership"], name=op.f("fk_closures_membership")),
        sa.PrimaryKeyConstraint("closure", name=op.f("pk_closures")),
        schema="tajdid",
    )
    op.create_index(
        "ix_closures_waiting",
        "closures",
        ["requested_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("applied_on IS NULL"),
    )


def _create_freezes() -> None:
    op.create_table(
        "freezes",
        sa.Column("freeze", sa.Text(collation="C"), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("resumes_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.ForeignKeyConstraint(["membership"], ["tajdid.memberships.membership"], name=op.f("fk_freezes_membership")),
        sa.PrimaryKeyConstraint("freeze", name=op.f("pk_freezes")),
        schema="tajdid",
    )
    op.create_index(
        "ix_freezes_waiting",
        "freezes",
        ["starts_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("applied_on IS NULL"),
    )


def _create_movements() -> None:
    op.create_table(
        "movements",
        sa.Column("movement_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("source_id", sa.Text(collation="C"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(quantity > 0) = (kind IN ('grant', 'charge', 'earn', 'return'))", name=op.f("ck_movements_sign")
        ),
        sa.CheckConstraint(
            "kind IN ('grant', 'charge', 'earn', 'usage', 'redemption', 'return', 'expiry')",
            name=op.f("ck_movements_kind_known"),
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["tajdid.lots.lot_id"], name=op.f("fk_movements_lot_id")),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_movements")),
        sa.UniqueConstraint("lot_id", "kind", "source_id", "run_id", name="uq_movements_once"),
        schema="tajdid",
    )


def _create_periods() -> None:
    op.create_table(
        "periods",
        sa.Column("period_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column(
            "ordinal", sa.Integer(), nullable=False, comment="ends_on is boundary number `ordinal` of the anchor"
        ),
        sa.Column(
            "bills_on",
            sa.Date(),
            nullable=True,
            comment="the first day on which it was due for billing; empty: carried over",
        ),
        sa.Column(
            "invoice", sa.Text(collation="C"), nullable=True, comment="empty: carried over, billed elsewhere (L3.2)"
        ),
        sa.Column("opened_on", sa.Date(), nullable=False, comment="the business date that opened it"),
        sa.Column("void", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(invoice IS NULL) = (bills_on IS NULL)", name=op.f("ck_periods_billed_with_invoice")),
        sa.CheckConstraint("bills_on <= opened_on", name=op.f("ck_periods_billed_when_due")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_periods_not_empty")),
        sa.CheckConstraint("invoice IS NOT NULL OR NOT void", name=op.f("ck_periods_carried_stays")),
        sa.ForeignKeyConstraint(["invoice"], ["tajdid.invoices.invoice"], name=op.f("fk_periods_invoice")),
        sa.ForeignKeyConstraint(["membership"], ["tajdid.memberships.membership"], name=op.f("fk_periods_membership")),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_periods")),
        sa.UniqueConstraint("invoice", name="uq_periods_invoice"),
        schema="tajdid",
    )
    op.create_index(
        "uq_periods_membership_start",
        "periods",
        ["membership", "starts_on"],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("NOT void"),
    )


def _create_quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership"], ["tajdid.memberships.membership"], name=op.f("fk_quarantine_membership")
        ),
        sa.PrimaryKeyConstraint("membership", "run_id", name=op.f("pk_quarantine")),
        schema="tajdid",
        comment="Memberships that a rule cannot handle wait here for a person and stop nobody else (L3.6)",
    )
    op.create_index(
        "uq_quarantine_waiting",
        "quarantine",
        ["membership"],
        unique=True,
        schema="tajdid",
        postgresql_where=sa.text("released_at IS NULL"),
    )


def _create_refund_allocations() -> None:
    op.create_table(
        "refund_allocations",
        sa.Column("refund", sa.Text(collation="C"), nullable=False),
        sa.Column("payment", sa.Text(collation="C"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_allocations_amount_positive")),
        sa.ForeignKeyConstraint(["payment"], ["tajdid.payments.payment"], name=op.f("fk_refund_allocations_payment")),
        sa.ForeignKeyConstraint(["refund"], ["tajdid.refunds.refund"], name=op.f("fk_refund_allocations_refund")),
        sa.PrimaryKeyConstraint("refund", "payment", name=op.f("pk_refund_allocations")),
        schema="tajdid",
        comment="Which payments' unapplied credit a refund returned; append-only",
    )


def _create_renewals() -> None:
    op.create_table(
        "renewals",
        sa.Column("renewal", sa.Text(collation="C"), nullable=False),
        sa.Column("membership", sa.Text(collation="C"), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column(
            "applied_on", sa.Date(), nullable=True, comment="the business date that decided it; empty: it waits (L1.5)"
        ),
        sa.ForeignKeyConstraint(["membership"], ["tajdid.memberships.membership"], name=op.f("fk_renewals_membership")),
        sa.PrimaryKeyConstraint("renewal", name=op.f("pk_renewals")),
        schema="tajdid",
    )
    op.create_index(
        "ix_renewals_waiting",
        "renewals",
        ["requested_on"],
        unique=False,
        schema="tajdid",
        postgresql_where=sa.text("applied_on IS NULL"),
    )
