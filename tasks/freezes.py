"""Freezes (L4): who resumes today and by how much does everything move, whose freeze begins, whose is refused?

Writes freezes, periods, lots, statuses, messages. Repeating it is safe because a request is decided once
(`applied_on`), and a freeze ends once (`ended_on`); one unique index keeps a membership from being frozen twice.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships
from models.plans import plans
from models.requests import freeze_changes, freezes, resumption, running_freeze
from models.rules.freezing import days_this_year, held_after, refusal
from tasks.moves import move_by_freeze
from tasks.outbox import queue_messages
from tasks.refusals import refuse
from tasks.staging import Staged, is_any, stage
from tasks.standing import restand
from tasks.status import change_status
from tasks.step import Outcome, Scope, Step


def resume(connection: sa.Connection, scope: Scope) -> Outcome:
    """Take in changed dates, then resume every membership whose freeze is over, its time moved along (L4.3, L4.4)."""
    changed = _change_dates(connection, scope)
    resuming = stage(connection, "resuming", resuming_freezes(scope))
    if resuming.rows:
        moved = move_by_freeze(connection, resuming)
        restand(connection, resuming)
        change_status(connection, scope, resuming, "active", "L4.3")
        connection.execute(
            sa.update(freezes)
            .where(freezes.c.freeze == resuming.c.freeze)
            .values(ended_on=scope.as_of, moved_days=resuming.c.days)
        )
        _tell(connection, scope, resuming, "freeze_ended")
    return Outcome({"changed_dates": changed, "resumed": resuming.rows, "moved_periods": moved if resuming.rows else 0})


RESUMPTIONS = Step("resumptions", "freezes", resume)


def resuming_freezes(scope: Scope) -> sa.Select[Any]:
    """Running freezes that are over, with the days by which they move what they held."""
    f = freezes.c
    return (
        sa.select(
            f.freeze, f.membership, memberships.c.customer, f.started_on, f.held_after, resumption.label("resumes_on")
        )
        .add_columns((resumption - f.started_on).label("days"))
        .join_from(freezes, memberships, memberships.c.membership == f.membership)
        .where(running_freeze, resumption <= scope.as_of, scope.shard.holds(f.membership))
    )


def _change_dates(connection: sa.Connection, scope: Scope) -> int:
    """Requests under the id of an earlier one: another `resumes_on`, not before today; the latest counts (L4.4).

    A freeze that is over, or was refused, stays as it is.
    """
    c, f = freeze_changes.c, freezes.c
    due = stage(
        connection,
        "due_changes",
        sa.select(c.change_id, c.freeze, c.resumes_on)
        .add_columns(
            sa.func.row_number()
            .over(partition_by=c.freeze, order_by=(c.requested_on.desc(), c.change_id.desc()))
            .label("rank")
        )
        .join_from(freeze_changes, freezes, f.freeze == c.freeze)
        .where(c.applied_on.is_(None), c.requested_on <= scope.as_of, scope.shard.holds(f.membership)),
    )
    if not due.rows:
        return 0
    connection.execute(sa.update(freeze_changes).where(c.change_id == due.c.change_id).values(applied_on=scope.as_of))
    open_still = f.ended_on.is_(None) & (f.applied_on.is_(None) | f.started_on.isnot(None))
    return connection.execute(
        sa.update(freezes)
        .where(f.freeze == due.c.freeze, due.c.rank == 1, open_still)
        .values(changed_to=sa.func.greatest(due.c.resumes_on, scope.as_of))
    ).rowcount


def freeze(connection: sa.Connection, scope: Scope) -> Outcome:
    """Decide the freezes whose day has come; the first of a membership that nothing stands against begins (L4.1)."""
    if not is_any(connection, *waiting(scope)):
        return Outcome({"frozen": 0, "refused": 0})
    decided = stage(connection, "decided_freezes", decisions(scope))
    d = decided.c
    begins = d.reason.is_(None)
    connection.execute(
        sa.update(freezes)
        .where(freezes.c.freeze == d.freeze)
        .values(
            applied_on=scope.as_of,
            started_on=sa.case((begins, scope.as_of)),
            held_after=sa.case((begins, d.held_after)),
        )
    )
    frozen = stage(connection, "frozen", sa.select(decided).where(begins))
    if frozen.rows:
        change_status(connection, scope, frozen, "frozen", "L4.1")
        _tell(connection, scope, frozen, "freeze_started")
    return Outcome({"frozen": frozen.rows, "refused": _refuse(connection, scope, decided)})


STEP = Step("freezes", "freezes", freeze)


def waiting(scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """The freezes whose day has come and that are not decided."""
    f = freezes.c
    return f.applied_on.is_(None), _counts_on <= scope.as_of, scope.shard.holds(f.membership)


_counts_on = sa.func.greatest(freezes.c.requested_on, freezes.c.starts_on)


def decisions(scope: Scope) -> sa.Select[Any]:
    """Each waiting freeze of `as_of` or before, with the reason of its refusal, or NULL.

    By (date, id), where its date is the later of `requested_on` and `starts_on`. None before the first that begins
    changes anything, and that one leaves the later ones a membership that is no longer active.
    """
    f, m = freezes.c, memberships.c
    place = sa.func.row_number().over(partition_by=f.membership, order_by=(_counts_on, f.freeze))
    asked = (
        sa.select(f.freeze, f.membership, m.customer, m.status, plans.c.freeze_days_max)
        .add_columns(sa.literal(scope.as_of).label("started_on"), resumption.label("resumes_on"))
        .add_columns(held_after(scope.as_of).label("held_after"))
        .add_columns(place.label("place"), days_this_year(scope.as_of).label("days_before"))
        .add_columns(refusal(scope.as_of).label("own_reason"))
        .join_from(freezes, memberships, m.membership == f.membership)
        .join(plans, plans.c.plan == m.plan)
        .where(*waiting(scope))
        .subquery("asked")
    )
    a = asked.c
    first = sa.func.min(a.place).filter(a.own_reason.is_(None)).over(partition_by=a.membership)
    ranked = sa.select(asked, first.label("first_place")).subquery("ranked")
    too_late = ranked.c.place > ranked.c.first_place
    return sa.select(ranked, sa.case((too_late, "not_active"), else_=ranked.c.own_reason).label("reason"))


def _tell(connection: sa.Connection, scope: Scope, of: Staged, kind: str) -> None:
    facts = {name: of.c[name] for name in ("membership", "started_on", "resumes_on")}
    queue_messages(connection, scope, of, kind, of.c.freeze, **facts)


def _refuse(connection: sa.Connection, scope: Scope, decided: Staged) -> int:
    d = decided.c
    says = sa.case(
        ((d.reason == "not_active") & (d.status == "active"), "an earlier request has frozen it on the same day."),
        (d.reason == "not_active", sa.func.concat("it is ", d.status, "; only an active one can be frozen.")),
        (d.reason == "freeze_not_allowed", "its plan allows no freezing."),
        (
            d.reason == "freeze_empty",
            sa.func.concat("resumes_on is ", d.resumes_on, "; expected a day after ", d.started_on, "."),
        ),
        else_=sa.func.concat(
            *(d.resumes_on - d.started_on, " days more than the ", d.days_before, " of this year's freezes; expected"),
            *(" at most ", d.freeze_days_max, " in all."),
        ),
    )
    message = sa.func.concat("Freeze ", d.freeze, " of membership ", d.membership, ": ", says)
    refused = d.reason.isnot(None)
    return refuse(connection, scope, decided, "freezes", d.freeze, reason=d.reason, message=message, where=refused)
