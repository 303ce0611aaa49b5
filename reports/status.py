"""How does the system stand? Last runs, days behind, what was refused, what waits for a person, what is unsaid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.holds import holds, waiting
from models.memberships import quarantine
from models.money import money_from_json
from models.operations import rejects, runs
from reports.days import counts_text, money_text
from reports.refusals import refusals
from reports.undelivered import undelivered_messages

RECENT = 10


@dataclass(frozen=True)
class Status:
    """The state of the installation on a day."""

    last_completed: date | None
    days_behind: int | None
    runs: list[dict[str, Any]]
    rejects: list[dict[str, Any]]
    quarantined: list[dict[str, Any]]
    held: list[dict[str, Any]]
    """What the guard has stopped, with what it would have done."""
    refused: list[dict[str, str]]
    """The latest refused requests, with what was expected."""
    undelivered: list[dict[str, Any]]
    """How many messages have not reached their customers, by status, channel and reason."""


def status(connection: sa.Connection, today: date) -> Status:
    """Read the ledger. `days_behind` counts days since the last completed nightly, below 0 where that is ahead."""
    nightly = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.flow == "nightly", runs.c.state == "completed")
    last = connection.execute(nightly).scalar_one()
    return Status(
        last_completed=last,
        days_behind=None if last is None else (today - last).days,
        runs=_rows(
            connection,
            sa.select(runs.c.run_id, runs.c.flow, runs.c.as_of, runs.c.state, runs.c.attempts, runs.c.error)
            .where(runs.c.parent_id.is_(None), ~_OLD_DELIVERY)
            .order_by(runs.c.run_id.desc())
            .limit(RECENT),
        ),
        rejects=_rows(
            connection,
            sa.select(rejects.c.stage, rejects.c.entity, rejects.c.reason)
            .add_columns(sa.func.count().label("count"), sa.func.max(rejects.c.on_date).label("last_on"))
            .group_by(rejects.c.stage, rejects.c.entity, rejects.c.reason)
            .order_by(sa.desc("last_on"), rejects.c.stage, rejects.c.entity, rejects.c.reason),
        ),
        quarantined=in_quarantine(connection, limit=RECENT),
        held=_held(connection),
        refused=refusals(connection, limit=RECENT),
        undelivered=undelivered_messages(connection),
    )


# There is one every quarter of an hour: all but the last would leave no room for the nights.
_later = runs.alias("later").c
_OLD_DELIVERY = (runs.c.flow == "delivery") & sa.exists().where(
    _later.flow == "delivery", _later.parent_id.is_(None), _later.run_id > runs.c.run_id
)


def _held(connection: sa.Connection) -> list[dict[str, Any]]:
    h = holds.c
    held = sa.select(h.run_id, h.as_of, h.step, h.why, h.counts, h.money).where(waiting).order_by(h.held_at)
    return [
        dict(row._mapping) | {"would": f"{counts_text(row.counts)}; {money_text(money_from_json(row.money))}"}
        for row in connection.execute(held)
    ]


def in_quarantine(connection: sa.Connection, limit: int | None = None) -> list[dict[str, Any]]:
    """Who waits for a person, the longest first; not who was dismissed."""
    q = quarantine.c
    query = sa.select(q.membership, q.on_date, q.reason, q.message).where(_WAITS)
    return _rows(connection, query.order_by(q.on_date, q.membership).limit(limit))


def how_many_in_quarantine(connection: sa.Connection) -> int:
    """How many wait for a person."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(quarantine).where(_WAITS)).scalar_one())


_WAITS = quarantine.c.released_at.is_(None) & quarantine.c.dismissed_at.is_(None)


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in connection.execute(query)]
