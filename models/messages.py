"""The outbox: what is to be said to customers. Rows are written by the transaction of the event they tell of."""

from __future__ import annotations

import sqlalchemy as sa

from models.metadata import Id, metadata, one_of, required, written_by

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
    required("status", sa.Text, server_default="queued"),
    written_by(),
    # The key is the memory: a replay never writes a second one.
    sa.UniqueConstraint("kind", "subject", "key", name="uq_messages_once"),
    one_of("kind", "invoice_issued"),
    # `letter`: the customer left neither e-mail nor telephone.
    one_of("channel", "email", "whatsapp", "sms", "letter"),
    one_of("language", "ar", "fa", "en"),
    one_of("status", "queued"),
)
