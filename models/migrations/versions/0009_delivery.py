"""What became of each message, and every attempt to deliver it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"
KNOWN = "ck_messages_status_known"
INSTANT = sa.DateTime(timezone=True)
COLUMNS = (
    ("why", sa.Text(), "why it is not delivered: a code, or the server's; nothing about a person"),
    ("first_claimed_at", INSTANT, "its Date, at each attempt the same"),
    ("next_attempt_at", INSTANT, None),
    ("sender", sa.BigInteger(), "the advisory lock of the sender that has it"),
    ("claimed_at", INSTANT, None),
    ("offered_at", INSTANT, "empty: nothing of its content has left the house"),
    ("sent_at", INSTANT, None),
    ("decision", sa.Text(), "why a person decided on it"),
    ("decided_by", sa.Text(), None),
    ("decided_at", INSTANT, None),
)
CHECKS = {
    "claimed_by_a_sender": "(status IN ('sending', 'unknown')) = (sender IS NOT NULL)",
    "claimed_with_instant": "(sender IS NULL) = (claimed_at IS NULL)",
    "offered_while_claimed": (
        "CASE status WHEN 'unknown' THEN offered_at IS NOT NULL WHEN 'sending' THEN TRUE ELSE offered_at IS NULL END"
    ),
    "retry_with_instant": "(status = 'retry') = (next_attempt_at IS NOT NULL)",
    "sent_with_instant": "(status = 'sent') = (sent_at IS NOT NULL)",
    "undelivered_with_why": "(status IN ('retry', 'dead', 'unknown', 'suppressed')) = (why IS NOT NULL)",
    "attempts_not_negative": "attempts >= 0",
    "decided_with_reason": (
        "num_nulls(decision, decided_by, decided_at) = 3 OR (decision > '' AND decided_by > '') IS TRUE"
    ),
}
INDEXES = (
    ("ix_messages_queued", ["company", "channel", "kind", "message_id"], "status = 'queued'"),
    ("ix_messages_retry", ["next_attempt_at"], "status = 'retry'"),
    (
        "ix_messages_undelivered",
        ["status", "why"],
        "status IN ('sending', 'retry', 'dead', 'unknown', 'suppressed')",
    ),
    ("ix_messages_dunning", ["subject", "on_date"], "kind = 'dunning'"),
)


def upgrade() -> None:
    _add_company()
    attempts = sa.Column(
        "attempts",
        sa.SmallInteger(),
        server_default="0",
        nullable=False,
        comment="since it was queued, or a person asked again",
    )
    op.add_column("messages", attempts, schema=SCHEMA)
    for name, type_, comment in COLUMNS:
        op.add_column("messages", sa.Column(name, type_, comment=comment), schema=SCHEMA)
    _allow("'queued', 'sending', 'sent', 'retry', 'dead', 'unknown', 'suppressed', 'cancelled'")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_messages_{name}"), "messages", condition, schema=SCHEMA)
    for name, columns, condition in INDEXES:
        op.create_index(name, "messages", columns, schema=SCHEMA, postgresql_where=sa.text(condition))
    _create_deliveries()


def _add_company() -> None:
    op.add_column("messages", sa.Column("company", sa.Text(collation="C")), schema=SCHEMA)
    op.execute(
        f"UPDATE {SCHEMA}.messages AS m SET company = c.company FROM {SCHEMA}.customers AS c WHERE c.customer = m.customer"
    )
    op.alter_column("messages", "company", nullable=False, schema=SCHEMA)


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("delivery_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), comment="the server's code, or a word of ours; nothing about a person"),
        sa.CheckConstraint(
            "channel IN ('email', 'whatsapp', 'sms', 'letter')", name=op.f("ck_deliveries_channel_known")
        ),
        sa.CheckConstraint("outcome IN ('sent', 'retry', 'dead', 'unknown')", name=op.f("ck_deliveries_outcome_known")),
        sa.CheckConstraint("attempt >= 1", name=op.f("ck_deliveries_attempt_positive")),
        sa.ForeignKeyConstraint(
            ["message_id"], [f"{SCHEMA}.messages.message_id"], name=op.f("fk_deliveries_message_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        schema=SCHEMA,
        comment="Every attempt to deliver a message and what came of it; rows are only added",
    )
    op.create_index(op.f("ix_deliveries_message_id"), "deliveries", ["message_id"], schema=SCHEMA)


def downgrade() -> None:
    op.drop_table("deliveries", schema=SCHEMA)
    for name, _, _ in INDEXES:
        op.drop_index(name, "messages", schema=SCHEMA)
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_messages_{name}"), "messages", schema=SCHEMA)
    # What has gone out, or may have, must not be taken for queued by what knows no other status.
    op.execute(
        f"UPDATE {SCHEMA}.messages SET status = CASE WHEN status = 'retry' THEN 'queued' ELSE 'cancelled' END"
        " WHERE status NOT IN ('queued', 'cancelled')"
    )
    _allow("'queued', 'cancelled'")
    for name in ("attempts", "company", *(name for name, _, _ in COLUMNS)):
        op.drop_column("messages", name, schema=SCHEMA)


def _allow(statuses: str) -> None:
    op.drop_constraint(op.f(KNOWN), "messages", schema=SCHEMA)
    op.create_check_constraint(op.f(KNOWN), "messages", f"status IN ({statuses})", schema=SCHEMA)
