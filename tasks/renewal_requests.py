"""Renewals on request (L3.7): who may go on for another period, from which day, and who may not?

Writes what the automatic renewals write. Repeating it is safe because a request is decided once (`applied_on`).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.memberships import memberships
from models.plans import plans
from models.requests import renewals
from models.rules.boundaries import boundary
from models.rules.renewing import begins_anew, refusal
from tasks.billing import issue
from tasks.numbering import stage_numbered
from tasks.pricing import billed_by, priced
from tasks.quarantine import set_aside
from tasks.refusals import refuse
from tasks.staging import Staged, is_any, size, stage
from tasks.standing import restand
from tasks.status import change_status
from tasks.step import Outcome, Scope, Step, money_of


def renew_on_request(connection: sa.Connection, scope: Scope) -> Outcome:
    """Decide the requests whose day has come, by (date, id), and bill those that are accepted."""
    if not is_any(connection, *waiting(scope)):
        return Outcome({"renewed": 0, "refused": 0, "quarantined": 0})
    decided = stage(connection, "decided_renewals", decisions(scope))
    accepted = stage(connection, "accepted_renewals", sa.select(decided).where(decided.c.reason.is_(None)))
    requested = _bill(connection, scope, accepted)
    quarantined = set_aside(connection, scope, requested)
    issue(connection, scope, requested)
    _advance(connection, scope, requested)
    refused = _refuse(connection, scope, decided)
    _mark(connection, scope, decided, requested)
    return Outcome(
        {"renewed": size(connection, requested), "refused": refused, "quarantined": quarantined},
        money_of(connection, requested, "invoiced", requested.c.total_minor),
    )


# Not split in shards: the numbers follow (date, id) of the requests, whosever they are (L6.1).
STEP = Step("renewal_requests", "renewals", renew_on_request, shard_by=None)


def waiting(scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """The requests whose day has come and that are not decided."""
    return renewals.c.applied_on.is_(None), renewals.c.requested_on <= scope.as_of


def decisions(scope: Scope) -> sa.Select[Any]:
    """Each request whose day has come with the reason of its refusal, or NULL, and the period that it would open.

    The second of a membership on one day may go on where the first left off, unless that one has not begun.
    """
    asked = _asked(scope).subquery("asked")
    a = asked.c
    b = [boundary(a.anchor_on, a.ordinal + n, a.interval_unit, a.interval_count, a.calendar) for n in (-2, -1, 0)]
    ahead_by_then = (a.place > 1) & (b[0] > scope.as_of)
    reason = sa.func.coalesce(a.own_reason, sa.case((ahead_by_then, "already_renewed")))
    return sa.select(
        *(a.renewal, a.requested_on, a.membership, a.anchor_on, a.ordinal, a.anew, reason.label("reason")),
        # The first starts where the last one ended, also where the calendar's table holds neither.
        sa.case((a.place == 1, a.first_starts_on), else_=b[1]).label("starts_on"),
        b[2].label("ends_on"),
    )


def _asked(scope: Scope) -> sa.Select[Any]:
    """The requests with their place among those of their membership; `ordinal` is that of the end of their period."""
    r, m, p = renewals.c, memberships.c, plans.c
    anew = begins_anew(scope.as_of)
    place = sa.func.row_number().over(partition_by=r.membership, order_by=(r.requested_on, r.renewal))
    return (
        sa.select(r.renewal, r.requested_on, r.membership, p.interval_unit, p.interval_count, p.calendar)
        .add_columns(anew.label("anew"), place.label("place"), refusal(scope.as_of).label("own_reason"))
        .add_columns(sa.case((anew, scope.as_of), else_=m.anchor_on).label("anchor_on"))
        .add_columns(sa.case((anew, scope.as_of), else_=m.billed_until).label("first_starts_on"))
        .add_columns(sa.cast(sa.case((anew, 0), else_=m.ordinal) + place, sa.Integer).label("ordinal"))
        .join_from(renewals, memberships, m.membership == r.membership)
        .join(plans, p.plan == m.plan)
        .where(*waiting(scope))
    )


def _bill(connection: sa.Connection, scope: Scope, accepted: Staged) -> Staged:
    """The accepted requests' periods, priced and numbered by (date, id)."""
    spans = sa.select(accepted).subquery("spans")
    asked = (spans.c.renewal, spans.c.requested_on, spans.c.anew)
    due = billed_by(spans, scope.as_of).add_columns(
        *asked, sa.literal(scope.as_of).label("bills_on"), sa.false().label("behind")
    )
    order = ("requested_on", "renewal")
    return stage_numbered(connection, scope, "requested", priced(due), order, apart="unbillable")


def _advance(connection: sa.Connection, scope: Scope, requested: Staged) -> None:
    """Bring the standing up to date; who was expired is in grace until the status stage (L3.7)."""
    renewed = sa.select(requested.c.membership).distinct()
    restand(connection, stage(connection, "renewed", renewed))
    back = stage(connection, "back_from_expiry", renewed.where(requested.c.anew))
    if back.rows:
        change_status(connection, scope, back, "grace", "L3.7")


def _mark(connection: sa.Connection, scope: Scope, decided: Staged, requested: Staged) -> None:
    """A decided request is applied; one whose period cannot be billed waits with its membership in quarantine."""
    outcome = decided.outerjoin(requested, requested.c.renewal == decided.c.renewal)
    done = sa.select(decided.c.renewal, requested.c.invoice).select_from(outcome)
    done = done.where(decided.c.reason.isnot(None) | requested.c.invoice.isnot(None))
    marked = done.subquery("marked")
    connection.execute(
        sa.update(renewals)
        .where(renewals.c.renewal == marked.c.renewal)
        .values(applied_on=scope.as_of, invoice=marked.c.invoice)
    )


def _refuse(connection: sa.Connection, scope: Scope, decided: Staged) -> int:
    d = decided.c
    says = sa.case(
        (d.reason == "has_debt", "it expired with an unpaid period; expected that to be paid first."),
        (d.reason == "already_renewed", "a period that has not begun is there already."),
        (d.reason == "closing", "it is to close."),
        else_=sa.func.concat("it is ", d.reason, "; expected an active one, one in grace, or an expired one."),
    )
    message = sa.func.concat("Renewal ", d.renewal, " of membership ", d.membership, ": ", says)
    refused = d.reason.isnot(None)
    return refuse(connection, scope, decided, "renewals", d.renewal, reason=d.reason, message=message, where=refused)
