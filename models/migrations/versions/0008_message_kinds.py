"""More that a company tells its customers: receipts, grace, points earned, what is about to expire"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "tajdid"
CHECK = "ck_messages_kind_known"
BEFORE = (
    "invoice_issued",
    "membership_expired",
    "freeze_started",
    "freeze_ended",
    "closure_accepted",
    "dunning",
    "reminder",
)
NEW = ("payment_received", "grace_started", "points_earned", "credits_expiring", "points_expiring")


def upgrade() -> None:
    _allow(BEFORE + NEW)


def downgrade() -> None:
    op.execute(f"DELETE FROM {SCHEMA}.messages WHERE kind IN ({', '.join(map(repr, NEW))})")
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(CHECK), "messages", schema=SCHEMA)
    op.create_check_constraint(op.f(CHECK), "messages", f"kind IN ({', '.join(map(repr, kinds))})", schema=SCHEMA)
