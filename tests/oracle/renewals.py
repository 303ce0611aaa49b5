"""Which period comes next, when is it billed? Activation, renewal (L3.1, L3.2, L3.6, L3.7)."""

from datetime import date, timedelta

from . import records as r
from . import state as s
from .billing import open_period
from .calendars import boundary
from .club import Club
from .standing import is_paid, live_periods, open_periods

PERIODS_PER_RUN = 400  # the ceiling of L3.6: past it a person has to look


def boundary_of(club: Club, membership: s.Membership, n: int) -> date:
    """`b(n)` of a membership (L1.3)."""
    plan = club.plan_of(membership)
    return boundary(
        membership.anchor,
        n,
        unit=plan.interval_unit,
        count=plan.interval_count,
        calendar=plan.calendar,
    )


def activate_and_renew(club: Club, as_of: date) -> None:
    """Opens first periods and all that have become due, by membership id, oldest first."""
    for membership in club.memberships_in_order():
        opened = 0
        if membership.status == s.PENDING and membership.terms.started_on <= as_of:
            opened = activate(club, as_of, membership)
        while is_due(club, as_of, membership):
            if opened == PERIODS_PER_RUN:
                membership.quarantined = True
                break
            open_next(club, as_of, membership)
            opened += 1


def activate(club: Club, as_of: date, membership: s.Membership) -> int:
    """The carried period (L3.2), else the first one with an invoice (L3.1); how many billed."""
    started_on, until = membership.terms.started_on, membership.terms.paid_until
    if until is not None and until > started_on:
        membership.periods.append(s.Period(started_on, until, None))
    else:
        open_period(club, as_of, membership, started_on, boundary_of(club, membership, 1))
    membership.status = s.ACTIVE if is_paid(membership, as_of) else s.GRACE
    return sum(1 for period in membership.periods if period.invoice)


def is_due(club: Club, as_of: date, membership: s.Membership) -> bool:
    """L3.6: it renews by itself, is active or in grace, is not to close, and the day has come."""
    plan = club.plan_of(membership)
    renews = membership.terms.auto_renew
    if not (plan.auto_renew if renews is None else renews):
        return False
    if membership.status not in (s.ACTIVE, s.GRACE) or membership.closing or membership.quarantined:
        return False
    return live_periods(membership)[-1].ends_on - timedelta(days=plan.lead_days) <= as_of


def open_next(club: Club, as_of: date, membership: s.Membership) -> None:
    """The period after the last one that is not void."""
    starts_on = live_periods(membership)[-1].ends_on
    n = boundary_index(club, membership, starts_on)
    open_period(club, as_of, membership, starts_on, boundary_of(club, membership, n + 1))


def boundary_index(club: Club, membership: s.Membership, day: date) -> int:
    """n with `b(n) = day`; where day is not a boundary it becomes the anchor, with n = 0 (L3.2)."""
    n = 0
    while boundary_of(club, membership, n) < day:
        n += 1
    if boundary_of(club, membership, n) != day:
        membership.anchor, n = day, 0
    return n


def take_renewals(club: Club, as_of: date) -> None:
    """Renewal requests by (date, id) (L3.7)."""
    for request in club.take("renewals", r.Renewal, as_of):
        reason = refusal(club, as_of, request)
        if reason is None:
            renew(club, as_of, club.memberships[request.membership])
        else:
            club.reject("renewals", request.record, reason, as_of)


def refusal(club: Club, as_of: date, request: r.Renewal) -> str | None:
    """Why a renewal request is refused; None where it is not (L3.7)."""
    membership = club.memberships.get(request.membership)
    if membership is None:
        return "unknown_membership"
    if membership.status in (s.CLOSED, s.FROZEN, s.PENDING):
        return membership.status
    if membership.closing:
        return "closing"
    if begins_anew(membership, as_of):
        return "has_debt" if open_periods(membership) else None
    ahead = [period for period in live_periods(membership) if period.starts_on > as_of]
    return "already_renewed" if ahead else None


def begins_anew(membership: s.Membership, as_of: date) -> bool:
    """Expired, and not paid beyond today by a later period that stands (L3.7)."""
    return membership.status == s.EXPIRED and not is_paid(membership, as_of)


def renew(club: Club, as_of: date, membership: s.Membership) -> None:
    """Active or in grace: from the last end. Expired: from today, the new anchor (L3.7)."""
    if not begins_anew(membership, as_of):
        open_next(club, as_of, membership)
        return
    membership.anchor = as_of
    open_period(club, as_of, membership, as_of, boundary_of(club, membership, 1))
    membership.status = s.GRACE
