"""Closing (L5): who leaves today, who may ask to leave, and what of their debt remains?

Writes statuses, credit notes and messages. Repeating it is safe because a request is decided once (`applied_on`) and a
membership is closed once (`closes_once` and `closed_with_date` hold it in the store).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.companies import close_reasons
from models.memberships import memberships, periods
from models.plans import plans
from models.requests import closures, freezes, running_freeze
from models.rules.closing import is_at_once, listed_reason, refusal
from models.rules.standing import current_period
from tasks.outbox import queue_messages
from tasks.refusals import refuse
from tasks.staging import Staged, is_any, size, stage
from tasks.status import change_status
from tasks.step import Outcome, Scope, Step, money_of
from tasks.voids import void_open_periods


def close(connection: sa.Connection, scope: Scope) -> Outcome:
    """Close those that fall due, decide the requests of the day, then credit what the closed ones owe (L1.6, L6.1)."""
    falling = stage(connection, "falling_due", falling_due(scope))
    _close(connection, scope, falling)
    if not falling.rows and not is_any(connection, *waiting(scope)):
        return Outcome({"closed": 0, "to_close": 0, "refused": 0, "credit_notes": 0})
    decided = stage(connection, "decided_closures", decisions(scope))
    d = decided.c
    last = stage(connection, "last_closures", sa.select(decided).where(d.place == d.last_place))
    _accept(connection, scope, last, decided)
    # What has not begun is to come: for who is frozen, what had not begun when the freeze did.
    since = (last.c.stands_on + 1).label("since")
    at_once = stage(connection, "closing_now", sa.select(last.c.membership, since).where(last.c.at_once))
    _close(connection, scope, at_once)
    notes = _credit_debts(connection, scope, falling, at_once)
    return Outcome(
        {
            "closed": falling.rows + at_once.rows,
            "to_close": size(connection, last, ~last.c.at_once),
            "refused": _refuse(connection, scope, decided),
            "credit_notes": notes.rows,
        },
        money_of(connection, notes, "credited", notes.c.total_minor),
    )


# One shard after another: members of one customer, in two of them, may be given money of one payment back.
STEP = Step("closures", "closures", close, at_once=False)


def falling_due(scope: Scope) -> sa.Select[Any]:
    """Memberships to close whose period has ended, wherever a freeze moved it; a frozen one resumes first (L5.3)."""
    m = memberships.c
    return (
        sa.select(m.membership)
        .join_from(memberships, periods, periods.c.period_id == m.closes_with)
        .where(m.closes_with.isnot(None), m.status != "frozen", periods.c.ends_on <= scope.as_of)
        .where(scope.shard.holds(m.membership))
    )


def waiting(scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """The requests whose day has come and that are not decided."""
    c = closures.c
    return c.applied_on.is_(None), c.requested_on <= scope.as_of, scope.shard.holds(c.membership)


def decisions(scope: Scope) -> sa.Select[Any]:
    """Each request whose day has come: the reason of its refusal, or NULL; whether it closes at once.

    By (date, id); the first that closes at once leaves the later ones nothing to close, and of those that are accepted
    the last counts (`last_place`).
    """
    asked = _asked(scope).subquery("asked")
    a = asked.c
    first_closing = sa.func.min(a.place).filter(a.reason.is_(None) & a.at_once).over(partition_by=a.membership)
    ranked = sa.select(asked, first_closing.label("first_closing")).subquery("ranked")
    r = ranked.c
    too_late = r.place > r.first_closing
    judged = sa.select(
        *(r.closure, r.membership, r.customer, r.effective, r.current_id, r.current_ends_on, r.at_once, r.place),
        *(r.origin, r.reason_code, r.stands_on),
        sa.case((too_late, "already_closed"), else_=r.reason).label("reason"),
    ).subquery("judged")
    last_place = sa.func.max(judged.c.place).filter(judged.c.reason.is_(None)).over(partition_by=judged.c.membership)
    return sa.select(judged, last_place.label("last_place"))


def _asked(scope: Scope) -> sa.Select[Any]:
    c, m = closures.c, memberships.c
    # While it is frozen a membership stands where it stood: what a freeze will move has not begun (L4.3, L5.3).
    stands_on = sa.func.coalesce(freezes.c.held_after, sa.literal(scope.as_of, sa.Date))
    current = current_period(m.membership, stands_on)
    place = sa.func.row_number().over(partition_by=c.membership, order_by=(c.requested_on, c.closure))
    return (
        sa.select(c.closure, c.membership, m.customer, c.effective, c.origin, c.reason_code, place.label("place"))
        .add_columns(refusal().label("reason"), is_at_once(scope.as_of, current.c.ends_on).label("at_once"))
        .add_columns(current.c.period_id.label("current_id"), current.c.ends_on.label("current_ends_on"))
        .add_columns(stands_on.label("stands_on"))
        .select_from(
            closures.join(memberships, m.membership == c.membership)
            .join(plans, plans.c.plan == m.plan)
            .outerjoin(close_reasons, listed_reason())
            .outerjoin(freezes, (freezes.c.membership == c.membership) & running_freeze)
            .outerjoin(current, sa.true())
        )
        .where(*waiting(scope))
    )


def _accept(connection: sa.Connection, scope: Scope, last: Staged, decided: Staged) -> None:
    """What was accepted last stops renewal, and says with which period the membership closes (L5.3)."""
    if not decided.rows:
        return
    connection.execute(
        sa.update(closures).where(closures.c.closure == decided.c.closure).values(applied_on=scope.as_of)
    )
    connection.execute(
        sa.update(memberships)
        .where(memberships.c.membership == last.c.membership)
        .values(
            closing=last.c.closure,
            closes_with=sa.case((~last.c.at_once, last.c.current_id)),
            run_id=scope.run_id,
        )
    )
    closes_on = sa.case((last.c.at_once, scope.as_of), else_=last.c.current_ends_on)
    queue_messages(
        connection,
        scope,
        last,
        "closure_accepted",
        last.c.closure,
        membership=last.c.membership,
        effective=last.c.effective,
        closes_on=closes_on,
    )


def _close(connection: sa.Connection, scope: Scope, of: Staged) -> None:
    """Closed from today; the reason stays on record, and a freeze that runs ends without moving anything."""
    if not of.rows:
        return
    said = sa.select(sa.func.coalesce(closures.c.reason_code, closures.c.reason_text))
    reason = said.where(closures.c.closure == memberships.c.closing).scalar_subquery()
    on = {"closed_on": sa.literal(scope.as_of), "close_reason": reason, "closes_with": sa.null()}
    change_status(connection, scope, of, "closed", "L5.3", **on)
    connection.execute(
        sa.update(freezes)
        .where(freezes.c.membership == of.c.membership, running_freeze)
        .values(ended_on=scope.as_of, moved_days=0)
    )


def _credit_debts(connection: sa.Connection, scope: Scope, with_period: Staged, at_once: Staged) -> Staged:
    """Unpaid invoices of periods to come are credited, of started ones where the plan voids (L5.3).

    For who leaves with a period, the one that would follow it on this very day is to come.
    """
    today = sa.literal(scope.as_of, sa.Date)
    leaving = sa.union_all(
        sa.select(with_period.c.membership, today.label("since")), sa.select(at_once.c.membership, at_once.c.since)
    ).subquery("leaving")
    since = sa.case((plans.c.on_expiry == "void", None), else_=leaving.c.since)
    void = (
        sa.select(leaving.c.membership, since.label("since"))
        .join_from(leaving, memberships, memberships.c.membership == leaving.c.membership)
        .join(plans, plans.c.plan == memberships.c.plan)
    )
    return void_open_periods(connection, scope, stage(connection, "closed", void))


def _refuse(connection: sa.Connection, scope: Scope, decided: Staged) -> int:
    d = decided.c
    says = sa.case(
        (d.reason == "already_closed", "the membership is closed already."),
        (d.reason == "not_closable", "its plan can be closed by staff only."),
        (
            d.reason == "unknown_reason",
            sa.func.concat("reason_code is ", sa.func.coalesce(d.reason_code, "empty"))
            + "; expected one of the company's close_reasons that customers may choose.",
        ),
        (d.reason == "reason_text_not_allowed", "a customer chooses a listed reason and writes none."),
        else_="staff give a listed reason_code or a reason_text.",
    )
    message = sa.func.concat("Closure ", d.closure, " of membership ", d.membership, ": ", says)
    refused = d.reason.isnot(None)
    return refuse(connection, scope, decided, "closures", d.closure, reason=d.reason, message=message, where=refused)
