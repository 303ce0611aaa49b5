"""Why is a membership what it is? Its story from facts: every decision with its date, figures, rule and run.

Grain: one event a decision. Nothing here is remembered apart from the facts themselves, so the story cannot differ
from them, and it can be told for any day: what was written later is left out. What an undone run had done is told as
far as its compensations tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.errors import WrongUsage
from models.memberships import memberships
from models.operations import runs
from models.plans import plans
from reports.explain_events import DECISIONS
from reports.explain_standing import standing


@dataclass(frozen=True)
class Event:
    """One decision: when, under which rule, by which run, and what it was."""

    on_date: date
    rule: str
    run: int | None
    text: str


@dataclass(frozen=True)
class Story:
    """A membership on a day: what it is, why, and everything that led there, oldest first."""

    membership: str
    on_date: date
    facts: str
    standing: str
    events: tuple[Event, ...]


def explain(connection: sa.Connection, membership: str, on_date: date) -> Story:
    """The story of a membership up to and including `on_date`. Raises WrongUsage for an id that nobody loaded."""
    m, p = memberships.c, plans.c
    row = connection.execute(
        sa.select(memberships, p.name, p.interval_unit, p.interval_count, p.calendar, p.grace_days)
        .add_columns(sa.func.coalesce(m.auto_renew, p.auto_renew).label("renews"))
        .join_from(memberships, plans, p.plan == m.plan)
        .where(m.membership == membership)
    ).first()
    if row is None:
        raise WrongUsage(f"Membership {membership} is not known; expected the id of a loaded membership.")
    events = _in_order(connection, _events(connection, membership, on_date))
    return Story(membership, on_date, _facts(row), _standing(connection, row, on_date), tuple(events))


def _facts(row: Any) -> str:
    renews = "renews by itself" if row.renews else "does not renew by itself"
    carried = f", carried over until {row.carried_until}" if row.carried_until else ""
    interval = f"{row.interval_count} {row.interval_unit}s" if row.interval_count > 1 else row.interval_unit
    interval += f" of the {row.calendar} calendar" if row.calendar != "gregorian" else ""
    return (
        f"Customer {row.customer}, plan {row.plan} ({row.name}, every {interval}), "
        f"started on {row.started_on}{carried}; {renews}."
    )


def _events(connection: sa.Connection, membership: str, on_date: date) -> list[Event]:
    """All decisions about the membership up to `on_date`."""
    found = [row for decisions in DECISIONS for row in connection.execute(decisions(membership))]
    return [Event(*row) for row in found if row.on_date <= on_date]


def _standing(connection: sa.Connection, row: Any, on_date: date) -> str:
    """The standing on a day; of one that no business day has reached, that of the last one."""
    r = runs.c
    last = connection.execute(sa.select(sa.func.max(r.as_of)).where(r.state == "completed")).scalar_one()
    if last is None or on_date <= last:
        return standing(connection, row, on_date)
    return f"{standing(connection, row, last)}, as of {last}; {on_date} has not been run"


STAGES = ("payments", "closures", "freezes", "renewals", "grace", "credits", "points", "dunning", "reminders")
"""The flows in the order in which a day reaches them; redemptions come right after payments (L1.6)."""


def _in_order(connection: sa.Connection, events: list[Event]) -> list[Event]:
    """Oldest first; within a day by pass, then by stage (L1.6): run numbers tell of passes, not of stages."""
    ids = {event.run for event in events if event.run is not None}
    query = sa.select(runs.c.run_id, runs.c.flow, sa.func.coalesce(runs.c.parent_id, runs.c.run_id).label("whole"))
    known = {row.run_id: row for row in connection.execute(query.where(runs.c.run_id.in_(ids)))}

    def place(event: Event) -> tuple[date, int, float]:
        run = known.get(event.run or 0)
        if run is None:
            return event.on_date, 0, 0
        stage = STAGES.index(run.flow) if run.flow in STAGES else len(STAGES)
        return event.on_date, run.whole, 0.5 if event.rule == "L7.6" else stage

    return sorted(events, key=place)
