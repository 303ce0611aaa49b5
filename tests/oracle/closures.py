"""Who leaves, when, and what of their debt remains? Closing (L5)."""

from datetime import date, timedelta

from . import records as r
from . import state as s
from .club import Club
from .standing import credit_period, current_period, open_periods


def settle_closures(club: Club, as_of: date) -> None:
    """Those that fall due, then new requests; then the credit notes in order (L1.6, L6.1)."""
    to_come_from: dict[str, date] = {}
    for membership in club.memberships_in_order():
        if falls_due(membership, as_of):
            close(membership, as_of)
            to_come_from[membership.id] = as_of
    for request in club.take("closures", r.Closure, as_of):
        reason = refusal(club, request)
        if reason is not None:
            club.reject("closures", request.record, reason, as_of)
            continue
        membership = club.memberships[request.membership]
        stood_on = stands_on(membership, as_of)
        if accept(membership, request, as_of):
            to_come_from[membership.id] = stood_on + timedelta(days=1)
    for record in sorted(to_come_from):
        credit_unpaid(club, as_of, club.memberships[record], to_come_from[record])


def falls_due(membership: s.Membership, as_of: date) -> bool:
    """Has the period that was current at the request ended? A frozen one resumes first (L5.3)."""
    period = membership.closes_with
    return period is not None and membership.freeze is None and period.ends_on <= as_of


def refusal(club: Club, request: r.Closure) -> str | None:
    """Why a closing is refused; None where it is not (L5.2)."""
    membership = club.memberships.get(request.membership)
    if membership is None:
        return "unknown_membership"
    if membership.status == s.CLOSED:
        return "already_closed"
    plan = club.plan_of(membership)
    listed = club.reasons.get((plan.company, request.reason_code or ""))
    if request.origin == "customer":
        return customer_refusal(plan, listed, request)
    return None if listed or request.reason_text else "reason_missing"


def customer_refusal(plan: r.Plan, listed: r.CloseReason | None, request: r.Closure) -> str | None:
    """What a customer may not do (L5.2)."""
    if not plan.closable:
        return "not_closable"
    if listed is None or not listed.customer_may_choose:
        return "unknown_reason"
    return "reason_text_not_allowed" if request.reason_text else None


def accept(membership: s.Membership, request: r.Closure, as_of: date) -> bool:
    """Stops renewal; closes at once unless the current period still runs; True if so (L5.3)."""
    membership.closing = request
    period = current_period(membership, stands_on(membership, as_of))
    runs = period is not None and (membership.freeze is not None or period.ends_on > as_of)
    if request.effective == "period_end" and runs:
        membership.closes_with = period
        return False
    close(membership, as_of)
    return True


def stands_on(membership: s.Membership, as_of: date) -> date:
    """While it is frozen a membership stands where it stood: what the freeze will move has not begun."""
    return membership.freeze.held_after if membership.freeze else as_of


def close(membership: s.Membership, as_of: date) -> None:
    """Closed from today; the reason stays on record."""
    request = membership.closing
    membership.status = s.CLOSED
    membership.closed_on = as_of
    membership.close_reason = (request.reason_code or request.reason_text) if request else None
    membership.freeze = None
    membership.closes_with = None


def credit_unpaid(club: Club, as_of: date, membership: s.Membership, to_come_from: date) -> None:
    """Unpaid invoices: not yet started ones are credited, started ones by `on_expiry` (L5.3)."""
    void = club.plan_of(membership).on_expiry == "void"
    for period in open_periods(membership):
        if void or period.starts_on >= to_come_from:
            credit_period(club, as_of, period)
