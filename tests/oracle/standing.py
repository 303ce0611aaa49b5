"""Where does a membership stand? Current period, paid_until, grace_until, status (L3.3-L3.5)."""

from datetime import date, timedelta

from . import state as s
from .billing import credit_in_full
from .club import Club


def live_periods(membership: s.Membership) -> list[s.Period]:
    """The periods that are not void, in order."""
    found = [period for period in membership.periods if period.state != "void"]
    return sorted(found, key=lambda period: period.starts_on)


def open_periods(membership: s.Membership) -> list[s.Period]:
    """The periods whose invoice is open, in order."""
    return [period for period in live_periods(membership) if period.state == "open"]


def current_period(membership: s.Membership, as_of: date) -> s.Period | None:
    """Of the periods not void the last that has begun, else the first (L3.3)."""
    live = live_periods(membership)
    begun = [period for period in live if period.starts_on <= as_of]
    return begun[-1] if begun else live[0] if live else None


def paid_until(membership: s.Membership) -> date | None:
    """L3.3; None before the membership has a period.

    [paid)[paid)[open)   end of the second        [open)[paid)   start of the first
    [void)[void)         start of the first       [paid)   gap   [open)   end of the first
    """
    live = live_periods(membership)
    if not live:
        return min((period.starts_on for period in membership.periods), default=None)
    until = live[0].starts_on
    for period in live:
        if period.state == "open":
            break
        until = period.ends_on
    return until


def grace_until(club: Club, membership: s.Membership) -> date | None:
    """`greatest(paid_until, issued_on of the oldest open period invoice) + grace_days` (L3.4)."""
    days = club.plan_of(membership).grace_days
    until = paid_until(membership)
    if days is None or until is None:
        return None
    issued = [p.invoice.issued_on for p in open_periods(membership) if p.invoice]
    return max([until, *sorted(issued)[:1]]) + timedelta(days=days)


def is_paid(membership: s.Membership, as_of: date) -> bool:
    """`as_of < paid_until` (L3.4)."""
    until = paid_until(membership)
    return until is not None and as_of < until


def settle_status(club: Club, as_of: date) -> None:
    """Status of all that are not pending, frozen or closed, from yesterday's status (L3.4)."""
    for membership in club.memberships_in_order():
        if membership.status not in (s.ACTIVE, s.GRACE, s.EXPIRED):
            continue
        if is_paid(membership, as_of):
            membership.status = s.ACTIVE
        elif membership.status != s.EXPIRED:
            end_or_grace(club, as_of, membership)


def end_or_grace(club: Club, as_of: date, membership: s.Membership) -> None:
    """Grace while it lasts, else expired, and with `void` its debt is credited (L3.4, L3.5)."""
    until = grace_until(club, membership)
    if until is None or as_of < until:
        membership.status = s.GRACE
        return
    membership.status = s.EXPIRED
    if club.plan_of(membership).on_expiry == "void":
        for period in open_periods(membership):
            credit_period(club, as_of, period)


def credit_period(club: Club, as_of: date, period: s.Period) -> None:
    """A credit note for the invoice of a period; the period becomes void with it."""
    if period.invoice is not None:
        credit_in_full(club, as_of, period.invoice)
