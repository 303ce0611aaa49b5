"""The outbox: what is to be said to customers. Rows are written by the transaction of the event they tell of."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import Id, metadata, one_of, required, written_by

KINDS = (
    "invoice_issued",
    "membership_expired",
    "freeze_started",
    "freeze_ended",
    "closure_accepted",
    "dunning",
    "reminder",
    "payment_received",
    "grace_started",
    "points_earned",
    "credits_expiring",
    "points_expiring",
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("kind", sa.Text),
    required("subject", Id, comment="what it is about: an invoice, a membership …"),
    required("key", Id, server_default="", comment="which of several about the same subject"),
    # No foreign key, as for invoices: the row is selected from the customers by the statement that writes it.
    required("customer", Id),
    required("channel", sa.Text),
    required("language", sa.Text),
    required("on_date", sa.Date),
    required("facts", postgresql.JSONB, server_default=sa.text("'{}'"), comment="what it tells; money in minor units"),
    required("status", sa.Text, server_default="queued"),
    written_by(),
    one_of("kind", *KINDS),
    # `letter`: the customer left neither e-mail nor telephone.
    one_of("channel", "email", "whatsapp", "sms", "letter"),
    one_of("language", "ar", "fa", "en"),
    # `cancelled`: the run that wrote it was undone before it was sent.
    one_of("status", "queued", "cancelled"),
)
# The key is the memory: a replay never writes a second one.
sa.Index(
    "uq_messages_once",
    messages.c.kind,
    messages.c.subject,
    messages.c.key,
    unique=True,
    postgresql_where=messages.c.status != "cancelled",
)
