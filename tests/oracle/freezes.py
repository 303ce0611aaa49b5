"""When does a membership stand still, and by how much does it move? Freezes (L4)."""

from dataclasses import replace
from datetime import date, timedelta

from . import records as r
from . import state as s
from .club import Club
from .standing import is_paid, live_periods


def settle_freezes(club: Club, as_of: date, *, term_lots_move: bool) -> None:
    """Changes of requests, then who resumes, then who starts (L1.6)."""
    for change in club.take("freeze_changes", r.Freeze, as_of):
        change_freeze(club, as_of, change)
    for membership in club.memberships_in_order():
        if membership.freeze and membership.freeze.resumes_on <= as_of:
            resume(club, membership, term_lots_move=term_lots_move)
    for request in club.take("freezes", r.Freeze, as_of):
        reason = refusal(club, as_of, request)
        if reason is None:
            start(club, as_of, request)
        else:
            club.reject("freezes", request.record, reason, as_of)


def change_freeze(club: Club, as_of: date, change: r.Freeze) -> None:
    """Another `resumes_on` for a freeze that waits or runs, not before today (L4.4)."""
    resumes_on = max(change.resumes_on, as_of)
    request = club.waiting["freezes"].get(change.record)
    membership = club.memberships.get(change.membership)
    if isinstance(request, r.Freeze):
        club.waiting["freezes"][change.record] = replace(request, resumes_on=resumes_on)
    elif membership and membership.freeze and membership.freeze.record == change.record:
        membership.freeze.resumes_on = resumes_on


def refusal(club: Club, as_of: date, request: r.Freeze) -> str | None:
    """Why a freeze is refused; None where it is not (L4.1)."""
    membership = club.memberships.get(request.membership)
    if membership is None:
        return "unknown_membership"
    most = club.plan_of(membership).freeze_days_max
    if membership.status != s.ACTIVE:
        return "not_active"
    if most == 0:
        return "freeze_not_allowed"
    if request.resumes_on <= as_of:
        return "freeze_empty"
    year = [f for f in membership.freezes if f.first_day.year == as_of.year]
    days = sum(freeze.days_planned for freeze in year) + (request.resumes_on - as_of).days
    return "freeze_limit" if most is not None and days > most else None


def start(club: Club, as_of: date, request: r.Freeze) -> None:
    """From today the membership is frozen (L4.1)."""
    membership = club.memberships[request.membership]
    held_after = as_of if is_paid(membership, as_of) else as_of - timedelta(days=1)
    membership.freeze = s.Frozen(request.record, as_of, request.resumes_on, held_after)
    membership.freezes.append(membership.freeze)
    membership.status = s.FROZEN


def resume(club: Club, membership: s.Membership, *, term_lots_move: bool) -> None:
    """The running period's end and all later periods move by d; the last end is the anchor (L4.3).

    [running   )[later  )        frozen for d days in the running one
    [running ...d)[later  )      both lots move along
    """
    freeze = membership.freeze
    if freeze is None:
        return
    moved = timedelta(days=freeze.days_planned)
    for period in live_periods(membership):
        if period.ends_on > freeze.held_after:
            move(club, freeze, period, moved, term_lots_move=term_lots_move)
    membership.anchor = live_periods(membership)[-1].ends_on
    membership.freeze = None
    membership.status = s.ACTIVE


def move(club: Club, freeze: s.Frozen, period: s.Period, moved: timedelta, *, term_lots_move: bool) -> None:
    """Moves a period and the lots granted for it; the running one keeps its start."""
    later = period.starts_on > freeze.held_after
    period.ends_on += moved
    if later:
        period.starts_on += moved
    for lot in club.lots:
        if lot.period is not period:
            continue
        if later:
            lot.starts_on += moved
        if lot.expires_on and (later or lot.days_valid is None or term_lots_move):
            lot.expires_on += moved


def is_lot_frozen(club: Club, lot: s.Lot) -> bool:
    """Was it granted for a period that a freeze holds? Then neither spent nor expired (L4.3)."""
    if lot.membership is None or lot.period is None:
        return False
    freeze = club.memberships[lot.membership].freeze
    return freeze is not None and lot.period.ends_on > freeze.held_after
