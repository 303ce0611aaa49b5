"""The outbox: what is to be said to customers, and what became of it.

Rows of `messages` are written by the transaction of the event that they tell of. What delivery makes of them:

    queued ──> sending ──> sent
      ^          ├───────> retry ──> sending …      it did not go out, and may be tried again from `next_attempt_at` on
      ├──────────┤         dead                     it will never go out like this: refused, or tried too often
      │          ├───────> unknown                  it may have gone out; a person decides, nothing is sent blindly
      └──────────┘         suppressed               it is not to be said any more, and why
                           cancelled                the run that wrote it was undone before it was sent

A message in `sending` belongs to the sender whose advisory lock is `sender`. Where that lock is gone, so is the sender:
`offered_at` then tells whether anything of the content may have left the house.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.metadata import SCHEMA, Id, metadata, one_of, required, written_by

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
STATUSES = ("queued", "sending", "sent", "retry", "dead", "unknown", "suppressed", "cancelled")
UNHEARD = ("queued", "retry", "dead", "suppressed")
"""Of these it is certain that the customer has heard nothing, and that nobody is about to send them."""
CHANNELS = ("email", "whatsapp", "sms", "letter")

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("message_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("kind", sa.Text),
    required("subject", Id, comment="what it is about: an invoice, a membership …"),
    required("key", Id, server_default="", comment="which of several about the same subject"),
    # No foreign keys, as for invoices: both are selected from the customers by the statement that writes the row.
    required("customer", Id),
    required("company", Id),
    required("channel", sa.Text),
    required("language", sa.Text),
    required("on_date", sa.Date),
    required("facts", postgresql.JSONB, server_default=sa.text("'{}'"), comment="what it tells; money in minor units"),
    required("status", sa.Text, server_default="queued"),
    # What delivery made of it
    sa.Column("why", sa.Text, comment="why it is not delivered: a code, or the server's; nothing about a person"),
    required("attempts", sa.SmallInteger, server_default="0", comment="since it was queued, or a person asked again"),
    sa.Column("first_claimed_at", sa.DateTime(timezone=True), comment="its Date, at each attempt the same"),
    sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
    sa.Column("sender", sa.BigInteger, comment="the advisory lock of the sender that has it"),
    sa.Column("claimed_at", sa.DateTime(timezone=True)),
    sa.Column("offered_at", sa.DateTime(timezone=True), comment="empty: nothing of its content has left the house"),
    sa.Column("sent_at", sa.DateTime(timezone=True)),
    sa.Column("decision", sa.Text, comment="why a person decided on it"),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    written_by(),
    one_of("kind", *KINDS),
    # `letter`: the customer left neither e-mail nor telephone.
    one_of("channel", *CHANNELS),
    one_of("language", "ar", "fa", "en"),
    one_of("status", *STATUSES),
    sa.CheckConstraint("(status IN ('sending', 'unknown')) = (sender IS NOT NULL)", name="claimed_by_a_sender"),
    sa.CheckConstraint("(sender IS NULL) = (claimed_at IS NULL)", name="claimed_with_instant"),
    sa.CheckConstraint(
        "CASE status WHEN 'unknown' THEN offered_at IS NOT NULL WHEN 'sending' THEN TRUE ELSE offered_at IS NULL END",
        name="offered_while_claimed",
    ),
    sa.CheckConstraint("(status = 'retry') = (next_attempt_at IS NOT NULL)", name="retry_with_instant"),
    sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_with_instant"),
    sa.CheckConstraint(
        "(status IN ('retry', 'dead', 'unknown', 'suppressed')) = (why IS NOT NULL)", name="undelivered_with_why"
    ),
    sa.CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    sa.CheckConstraint(
        "num_nulls(decision, decided_by, decided_at) = 3 OR (decision > '' AND decided_by > '') IS TRUE",
        name="decided_with_reason",
    ),
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
# A delivery with nothing due reads a handful of index pages, however many messages there are, and however many wait for
# another hour or another channel.
sa.Index(
    "ix_messages_queued",
    messages.c.company,
    messages.c.channel,
    messages.c.kind,
    messages.c.message_id,
    postgresql_where=messages.c.status == "queued",
)
sa.Index("ix_messages_retry", messages.c.next_attempt_at, postgresql_where=messages.c.status == "retry")
undelivered = messages.c.status.in_(("sending", "retry", "dead", "unknown", "suppressed"))
"""What delivery has looked at and not delivered; what waits for its first attempt is `queued`."""
sa.Index("ix_messages_undelivered", messages.c.status, messages.c.why, postgresql_where=undelivered)
# A newer letter supersedes the ones before it.
sa.Index(
    "ix_messages_dunning",
    messages.c.subject,
    messages.c.on_date,
    postgresql_where=messages.c.kind == "dunning",
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    required("message_id", sa.BigInteger, sa.ForeignKey(f"{SCHEMA}.messages.message_id"), index=True),
    required("attempt", sa.SmallInteger),
    required("channel", sa.Text),
    required("started_at", sa.DateTime(timezone=True)),
    required("finished_at", sa.DateTime(timezone=True)),
    required("outcome", sa.Text),
    sa.Column("reply", sa.Text, comment="the server's code, or a word of ours; nothing about a person"),
    one_of("channel", *CHANNELS),
    one_of("outcome", "sent", "retry", "dead", "unknown"),
    sa.CheckConstraint("attempt >= 1", name="attempt_positive"),
    comment="Every attempt to deliver a message and what came of it; rows are only added",
)
