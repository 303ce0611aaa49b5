"""What the undoing of a run leaves as it is: kept row by row with its reason."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.lots import lots
from models.messages import UNHEARD, messages
from models.operations import undo_refusals
from tasks.rows import insert_rows
from tasks.staging import Staged
from tasks.step import Scope

Column = sa.ColumnElement[Any]

REASONS = {
    "paid": "it has been paid since; undo the run that paid it first (see tajdid explain), or let it stand",
    "rewarded": "its payment has granted credits or earned points; undo these runs first",
    "sent": "its message has been sent; correct it by hand",
    "followed": "a later one of the same membership or invoice builds on it; undo that run first",
    "closed": "the membership is closed",
    "closing": "the membership is to close",
    "dunned": "a notice has been written for it; undo the run of dunning first",
    "expired": "the membership has expired since, and its debts were credited",
    "frozen": "the membership has been frozen since; it can be undone when it has resumed",
    "spent": "some of it has been spent, or has expired, since; undo that run (see tajdid explain), or let it stand",
}
"""Reason code -> what to say and what to do."""


def refuse_to_undo(connection: sa.Connection, scope: Scope, of: Staged, entity: str, record: Column) -> int:
    """Keep one refusal for each record of `of` that has a `reason`; returns how many."""
    reason = of.c.reason
    says = sa.case(*((reason == code, sa.literal(text)) for code, text in REASONS.items()), else_=reason)
    first = sa.select(record.label("record"), reason.label("reason"), says.label("says")).where(reason.isnot(None))
    rows = first.distinct(record).order_by(record).subquery("refused")
    values: dict[str, Column] = {
        "run_id": sa.literal(scope.run_id),
        "entity": sa.literal(entity),
        "record": rows.c.record,
        "reason": rows.c.reason,
        "message": sa.func.concat(entity, " ", rows.c.record, " was not undone: ", rows.c.says, "."),
    }
    return insert_rows(connection, undo_refusals, rows, values)


def is_rewarded(invoice: Column) -> Column:
    """Whether the payment of an invoice has filled lots that still count."""
    given = lots.c.source.in_(("grant", "earn")) & (lots.c.source_id == invoice)
    return sa.exists().where(given, lots.c.withdrawn_on.is_(None))


def is_sent(kind: str, subject: Column, run_id: int) -> Column:
    """Whether a message that the run wrote has left the house, or is on its way."""
    m = messages.c
    unheard = m.status.in_((*UNHEARD, "cancelled"))
    return sa.exists().where(m.kind == kind, m.subject == subject, m.run_id == run_id, ~unheard)


def cancel_messages(connection: sa.Connection, run_id: int, kind: str, subjects: sa.Select[Any] | None = None) -> int:
    """Cancel what the run wanted to say and nobody has heard yet; only about `subjects` where given."""
    m = messages.c
    about = sa.true() if subjects is None else m.subject.in_(subjects)
    unheard = (m.run_id == run_id) & m.status.in_(UNHEARD) & (m.kind == kind)
    cancelled = {"status": "cancelled", "why": None, "next_attempt_at": None}
    return connection.execute(sa.update(messages).where(unheard, about).values(cancelled)).rowcount
