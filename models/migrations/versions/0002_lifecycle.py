"""The whole lifecycle: calendars, freezes, closing, credits and points, dunning, reminders, undone runs"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.calendars import calendar_month_rows

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"
Id = sa.Text(collation="C")


def upgrade() -> None:
    _calendars()
    _requests()
    _memberships_and_periods()
    _lots()
    _invoices()
    _messages()
    _runs()


def downgrade() -> None:
    """What the new steps wrote has no place in the tables of 0001."""
    raise RuntimeError("Revision 0002 cannot be taken back; restore the store from a backup made before it.")


def _add(table: str, *columns: sa.Column[Any]) -> None:
    for column in columns:
        op.add_column(table, column, schema=SCHEMA)


def _check(table: str, **checks: str) -> None:
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition, schema=SCHEMA)


def _recheck(table: str, **checks: str) -> None:
    for name in checks:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, schema=SCHEMA)
    _check(table, **checks)


def _index(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, schema=SCHEMA, unique=unique, postgresql_where=sa.text(where))


def _waiting(table: str, day: str) -> None:
    _index(f"ix_{table}_waiting", table, [day], "applied_on IS NULL")


def _calendars() -> None:
    """The months of the Jalali and the Umm al-Qura calendar (L1.4)."""
    table = op.create_table(
        "calendar_months",
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("month", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.CheckConstraint("calendar IN ('jalali', 'hijri')", name=op.f("ck_calendar_months_calendar_known")),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_calendar_months_not_empty")),
        sa.PrimaryKeyConstraint("calendar", "month", name=op.f("pk_calendar_months")),
        sa.UniqueConstraint("calendar", "starts_on", name=op.f("uq_calendar_months_calendar_starts_on")),
        schema=SCHEMA,
    )
    op.bulk_insert(table, calendar_month_rows())


def _requests() -> None:
    """How freezes go on, and what came of renewals on request (L3.7, L4)."""
    _add(
        "freezes",
        sa.Column("changed_to", sa.Date(), comment="resumes_on as it was last changed (L4.4); empty: as first asked"),
        sa.Column("started_on", sa.Date(), comment="its first frozen day; empty: it waits, or was refused"),
        sa.Column(
            "ended_on", sa.Date(), comment="the business date that resumed or closed the membership; empty: it runs"
        ),
    )
    held = "what ends after this day is held, what starts after it moves whole (L4.3)"
    _add("freezes", sa.Column("held_after", sa.Date(), comment=held))
    moved = "by how many days it moved what it held; 0 where a closing ended it"
    _add("freezes", sa.Column("moved_days", sa.Integer(), comment=moved))
    _check(
        "freezes",
        moved_when_ended="(ended_on IS NULL) = (moved_days IS NULL)",
        moved_forward="moved_days >= 0",
        held_from_start="num_nulls(started_on, held_after) IN (0, 2) AND started_on - held_after IN (0, 1)",
        started_when_applied="started_on IS NULL OR applied_on IS NOT NULL",
        ended_after_start="ended_on IS NULL OR started_on IS NOT NULL",
    )
    running = "started_on IS NOT NULL AND ended_on IS NULL"
    _index("uq_freezes_running", "freezes", ["membership"], running, unique=True)
    _index("ix_freezes_started", "freezes", ["membership"], "started_on IS NOT NULL")
    op.create_table(
        "freeze_changes",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("freeze", Id, nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.Column("resumes_on", sa.Date(), nullable=False),
        sa.Column("applied_on", sa.Date(), comment="the business date that took it in; empty: it waits (L1.5)"),
        sa.ForeignKeyConstraint(["freeze"], ["tajdid.freezes.freeze"], name=op.f("fk_freeze_changes_freeze")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_freeze_changes")),
        sa.UniqueConstraint(
            "freeze", "requested_on", "resumes_on", name=op.f("uq_freeze_changes_freeze_requested_on_resumes_on")
        ),
        schema=SCHEMA,
        comment="Another resumes_on, asked for under the id of an earlier request (L4.4)",
    )
    _waiting("freeze_changes", "requested_on")
    _add("renewals", sa.Column("invoice", Id, comment="what came of it; empty: it waits, or was refused"))
    op.create_foreign_key(
        op.f("fk_renewals_invoice"),
        "renewals",
        "invoices",
        ["invoice"],
        ["invoice"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )


def _memberships_and_periods() -> None:
    """Who is to close, and with which period (L5.3)."""
    _add(
        "memberships",
        sa.Column("closing", Id, comment="the closure that was accepted last: it renews no more (L5.3)"),
        sa.Column("closes_with", sa.BigInteger(), comment="the period (period_id) with whose end it closes (L5.3)"),
    )
    _check(
        "memberships",
        closes_once="closes_with IS NULL OR (closing IS NOT NULL AND status <> 'closed')",
        closed_by_request="status <> 'closed' OR closing IS NOT NULL",
    )
    op.drop_index("ix_memberships_to_renew", "memberships", schema=SCHEMA)
    renewing = "status IN ('active', 'grace') AND auto_renew IS NOT FALSE AND closing IS NULL"
    _index("ix_memberships_to_renew", "memberships", ["plan", "billed_until"], renewing)
    _index("ix_memberships_to_close", "memberships", ["closes_with"], "closes_with IS NOT NULL")
    _index("ix_periods_ending", "periods", ["ends_on"], "NOT void")


def _lots() -> None:
    """Lots that are granted, spent, expired and withdrawn; what points paid (L7)."""
    for table, day in (("credit_charges", "charged_on"), ("credit_usages", "used_on"), ("redemptions", "requested_on")):
        _waiting(table, day)
    _add(
        "lots",
        sa.Column("valid_days", sa.Integer(), comment="granted for so many days; empty: until its period ends (L7.2)"),
        sa.Column("withdrawn_on", sa.Date(), comment="the business date on which the run that made it was undone"),
    )
    _check("lots", withdrawn_empty="withdrawn_on IS NULL OR remaining = 0")
    op.drop_constraint("uq_lots_source", "lots", schema=SCHEMA)
    _index("uq_lots_source", "lots", ["source", "source_id", "credit_type"], "withdrawn_on IS NULL", unique=True)
    _index("ix_lots_usable", "lots", ["customer", "credit_type"], "remaining > 0")
    _index("ix_lots_expiring", "lots", ["expires_on"], "remaining > 0")
    _recheck(
        "movements",
        sign="CASE kind WHEN 'return' THEN quantity > 0 WHEN 'redemption' THEN quantity < 0 ELSE quantity <> 0 END",
    )
    _index("ix_movements_redeemed", "movements", ["source_id"], "kind IN ('redemption', 'return')")
    op.create_table(
        "point_allocations",
        sa.Column("redemption", Id, nullable=False),
        sa.Column("invoice", Id, nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.Numeric(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('redemption', 'return')", name=op.f("ck_point_allocations_kind_known")),
        sa.CheckConstraint(
            "CASE kind WHEN 'return' THEN points < 0 AND amount_minor < 0 ELSE points > 0 AND amount_minor > 0 END",
            name=op.f("ck_point_allocations_sign"),
        ),
        sa.ForeignKeyConstraint(["invoice"], ["tajdid.invoices.invoice"], name=op.f("fk_point_allocations_invoice")),
        sa.ForeignKeyConstraint(
            ["redemption"], ["tajdid.redemptions.redemption"], name=op.f("fk_point_allocations_redemption")
        ),
        sa.PrimaryKeyConstraint("redemption", "invoice", "run_id", "kind", name=op.f("pk_point_allocations")),
        schema=SCHEMA,
        comment="Which redemption paid how much of which invoice, with how many points (L7.6); append-only",
    )
    op.create_index("ix_point_allocations_invoice", "point_allocations", ["invoice"], schema=SCHEMA)


def _invoices() -> None:
    """What has been granted, earned and dunned for an invoice (L7.2, L7.5, L8.1)."""
    _add(
        "invoices",
        sa.Column("granted_on", sa.Date(), comment="the business date whose grants saw it paid (L7.2)"),
        sa.Column("earned_on", sa.Date(), comment="the business date whose earning saw it paid (L7.5)"),
        sa.Column(
            "dunned_level",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="the last level noticed; 0: none (L8.1)",
        ),
    )
    _check("invoices", rewarded_when_paid="settled_on IS NOT NULL OR num_nonnulls(granted_on, earned_on) = 0")
    for done in ("granted_on", "earned_on"):
        paid = f"kind = 'membership' AND settled_on IS NOT NULL AND {done} IS NULL"
        _index(f"ix_invoices_to_{'grant' if done == 'granted_on' else 'earn'}", "invoices", ["customer"], paid)
    overdue = "kind = 'membership' AND open_minor > 0"
    _index("ix_invoices_to_dun", "invoices", ["company", "dunned_level", "due_on"], overdue)


def _messages() -> None:
    """More kinds of messages, with their facts; one that was cancelled may be written again (L8.3, L9)."""
    facts = sa.Column(
        "facts",
        postgresql.JSONB(),
        server_default=sa.text("'{}'"),
        nullable=False,
        comment="what it tells; money in minor units",
    )
    _add("messages", facts)
    _recheck(
        "messages",
        kind_known="kind IN ('invoice_issued', 'membership_expired', 'freeze_started', 'freeze_ended',"
        " 'closure_accepted', 'dunning', 'reminder')",
        status_known="status IN ('queued', 'cancelled')",
    )
    op.drop_constraint("uq_messages_once", "messages", schema=SCHEMA)
    _index("uq_messages_once", "messages", ["kind", "subject", "key"], "status <> 'cancelled'", unique=True)


def _runs() -> None:
    """Runs that a person undid stay visible."""
    _add(
        "runs",
        sa.Column("reason", sa.Text(), comment="why a person started it, where one has to say"),
        sa.Column("undone_by", sa.BigInteger(), comment="the run that undid it"),
    )
    op.create_foreign_key(
        op.f("fk_runs_undone_by"),
        "runs",
        "runs",
        ["undone_by"],
        ["run_id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_table(
        "undo_refusals",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("record", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["tajdid.runs.run_id"], name=op.f("fk_undo_refusals_run_id")),
        sa.PrimaryKeyConstraint("run_id", "entity", "record", name=op.f("pk_undo_refusals")),
        schema=SCHEMA,
        comment="What the undoing of a run left as it is, and why; run_id is the run that undid",
    )
    op.drop_constraint(op.f("ck_refund_allocations_amount_positive"), "refund_allocations", schema=SCHEMA)
    _check("refund_allocations", amount_not_zero="amount_minor <> 0")
    op.drop_constraint(op.f("pk_refund_allocations"), "refund_allocations", schema=SCHEMA)
    op.create_primary_key(
        op.f("pk_refund_allocations"), "refund_allocations", ["refund", "payment", "run_id"], schema=SCHEMA
    )
    op.create_table_comment(
        "refund_allocations",
        "Which payments' unapplied credit a refund returned, below zero where that was undone; append-only",
        schema=SCHEMA,
    )
    _recheck("runs", state_known="state IN ('running', 'completed', 'failed', 'undone')")
    _check("runs", undone_by_a_run="(state = 'undone') = (undone_by IS NOT NULL)")
    op.drop_index("uq_runs_unfinished", "runs", schema=SCHEMA)
    op.create_index(
        "uq_runs_unfinished",
        "runs",
        ["flow", "as_of", sa.text("coalesce(parent_id, 0)")],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state IN ('running', 'failed')"),
    )
