"""What is there to say? Messages of the outbox with everything that their templates speak of.

Grain: one Message a row of the outbox. Money is Decimal in major units, dates are dates. A dozen queries for any number
of messages: what an event wrote down is as it was on its day, everything else as it stands when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models.companies import companies
from models.customers import customers
from models.erasures import erasures
from models.messages import messages
from models.money import major_amount
from reports.messages import facts_of_lots, facts_of_memberships, facts_of_money
from reports.messages.message import Message

ENRICHMENTS = (
    facts_of_memberships.of_memberships,
    facts_of_memberships.of_freezes,
    facts_of_memberships.of_closures,
    facts_of_money.of_invoices,
    facts_of_money.of_payments,
    facts_of_money.of_dunning,
    facts_of_money.of_ends,
    facts_of_lots.of_lots,
)
"""Each: (connection, messages as their events wrote them) -> more facts by message id."""
QUANTITIES = ("points", "quantity")


def read(connection: sa.Connection, message_ids: Sequence[int]) -> list[Message]:
    """These messages by id; one that is not in the outbox is left out. Whose customer was erased has no name."""
    m, c = messages.c, customers.c
    # The day of its first attempt, where it had to wait for one: "3 days left" would be a lie after a weekend.
    claimed_on = sa.cast(sa.func.timezone(companies.c.timezone, m.first_claimed_at), sa.Date)
    said_on = sa.func.greatest(m.on_date, claimed_on, type_=sa.Date)
    erased = sa.exists().where(erasures.c.customer == c.customer)
    query = (
        sa.select(m.message_id, c.company, m.kind, m.subject, m.key, m.customer)
        .add_columns(sa.case((erased, ""), else_=c.name).label("name"), m.language, m.on_date)
        .add_columns((m.facts + sa.func.jsonb_build_object("said_on", said_on)).label("facts"))
        .join_from(messages, customers, c.customer == m.customer)
        .join(companies, companies.c.company == c.company)
        .where(m.message_id.in_(message_ids))
        .order_by(m.message_id)
    )
    written = [Message(**dict(row._mapping) | {"facts": told(row.facts)}) for row in connection.execute(query)]
    more = [enrichment(connection, written) for enrichment in ENRICHMENTS]
    return [_with(message, [facts.get(message.message_id, {}) for facts in more]) for message in written]


def _with(message: Message, more: Sequence[Mapping[str, Any]]) -> Message:
    facts = dict(message.facts)
    for found in more:
        facts |= found
    return Message(**vars(message) | {"facts": facts})


def told(written: Mapping[str, Any]) -> dict[str, Any]:
    """What an event wrote as JSON, with dates and exact amounts: total_minor 11500 of SAR becomes total 115.00."""
    return dict(_fact(name, value, written.get("currency")) for name, value in written.items())


def _fact(name: str, value: Any, currency: str | None) -> tuple[str, Any]:
    if isinstance(value, list):
        return name, [told(row) for row in value]
    if name.endswith("_minor") and currency:
        return name.removesuffix("_minor"), major_amount(value, currency)
    if isinstance(value, str) and name.endswith(("_on", "_until")):
        return name, date.fromisoformat(value)
    return name, Decimal(value) if name in QUANTITIES and value is not None else value
