"""The transactional outbox: messages are queued by the transaction of the event that they tell of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.companies import companies
from models.customers import customers
from models.messages import messages
from tasks.rows import insert_rows
from tasks.step import Scope

Column = sa.ColumnElement[Any]
NEWS = timedelta(days=31)
"""What is older than this when a store learns of it is no news to a customer: a history that was loaded, a first night
with messages of a kind that there was not before."""


def queue_messages(
    connection: sa.Connection,
    scope: Scope,
    of: sa.FromClause,
    kind: str,
    subject: Column,
    *,
    key: Column | str = "",
    **facts: Column,
) -> int:
    """One queued message a row of `of` (with customer), by the best way to reach the customer, in their language.

    `facts` is what it tells, by name; money in minor units. A kind, subject and key are said once: see `is_said`.
    """
    c = customers.c
    told = [part for name, value in facts.items() for part in (sa.literal(name), value)]
    values: dict[str, Column] = {
        "kind": sa.literal(kind),
        "subject": subject,
        "key": sa.literal(key) if isinstance(key, str) else key,
        "customer": c.customer,
        "company": c.company,
        "channel": sa.case(
            (c.email.isnot(None), "email"),
            (c.whatsapp.isnot(None), "whatsapp"),
            (c.phone.isnot(None), "sms"),
            else_="letter",
        ),
        "language": sa.func.coalesce(c.language, companies.c.language),
        "on_date": sa.literal(scope.as_of),
        "facts": sa.func.jsonb_build_object(*told, type_=postgresql.JSONB),
        "run_id": sa.literal(scope.run_id),
    }
    known = of.join(customers, c.customer == of.c.customer).join(companies, companies.c.company == c.company)
    return insert_rows(connection, messages, known, values)


def is_said(kind: str, subject: Column, key: Column | str) -> Column:
    """Whether a message stands in the outbox; one that was cancelled may be written again."""
    m = messages.c
    return sa.exists().where(m.kind == kind, m.subject == subject, m.key == key, m.status != "cancelled")
