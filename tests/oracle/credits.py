"""Which credits and points does a customer hold? Lots: grant, charge, spend, expire (L7.1-L7.4)."""

from datetime import date, timedelta
from decimal import Decimal

from . import records as r
from . import state as s
from .club import Club
from .freezes import is_lot_frozen
from .standing import live_periods


def add_lot(club: Club, as_of: date, lot: s.Lot, kind: str) -> None:
    """A new lot and the movement that fills it."""
    club.lots.append(lot)
    move(club, as_of, lot, kind, lot.quantity, lot.source_id)


def move(club: Club, as_of: date, lot: s.Lot, kind: str, quantity: Decimal, source_id: str) -> None:  # noqa: PLR0917
    """Writes one movement of a lot; its balance is the sum of them (L7.1)."""
    club.movements.append(s.Movement(lot.customer, lot.credit_type, kind, quantity, as_of, source_id))


def grant(club: Club, as_of: date) -> None:
    """Each paid period gives one lot of each credit of its plan, once (L7.2)."""
    for membership in club.memberships_in_order():
        for period in live_periods(membership):
            if period.state == "paid" and not period.granted:
                period.granted = True
                grant_for(club, as_of, membership, period)


def grant_for(club: Club, as_of: date, membership: s.Membership, period: s.Period) -> None:
    """From the period's start to its end, or for `valid_days` (L7.2)."""
    credits = [c for c in club.plan_credits.values() if c.plan == membership.terms.plan]
    for credit in sorted(credits, key=lambda credit: credit.credit_type):
        lot = s.Lot(
            customer=membership.terms.customer,
            credit_type=credit.credit_type,
            source="grant",
            source_id=period.invoice.number if period.invoice else "",
            quantity=credit.quantity,
            remaining=credit.quantity,
            starts_on=period.starts_on,
            expires_on=after(period.starts_on, credit.valid_days) or period.ends_on,
            membership=membership.id,
            period=period,
            days_valid=credit.valid_days,
        )
        add_lot(club, as_of, lot, "grant")


def after(day: date, days: int | None) -> date | None:
    """The first day on which something valid for so many days can no longer be used (L1.2)."""
    return None if days is None else day + timedelta(days=days)


def charge(club: Club, as_of: date) -> None:
    """A top-up gives one lot with its own dates (L7.2)."""
    for request in club.take("credit_charges", r.Charge, as_of):
        if request.customer not in club.customers:
            club.reject("credit_charges", request.record, "unknown_customer", as_of)
            continue
        lot = s.Lot(
            customer=request.customer,
            credit_type=request.credit_type,
            source="charge",
            source_id=request.record,
            quantity=request.quantity,
            remaining=request.quantity,
            starts_on=request.starts_on,
            expires_on=request.expires_on,
        )
        add_lot(club, as_of, lot, "charge")


def usable_lots(club: Club, as_of: date, customer: str, credit_type: str) -> list[s.Lot]:
    """What may be spent today: soonest expiry first, never-expiring last, then oldest (L7.3)."""
    found = [
        lot
        for lot in club.lots
        if (lot.customer, lot.credit_type) == (customer, credit_type)
        and lot.remaining > 0
        and lot.starts_on <= as_of
        and (lot.expires_on is None or as_of < lot.expires_on)
        and not is_lot_frozen(club, lot)
    ]
    return sorted(found, key=lambda lot: (lot.expires_on or date.max, lot.starts_on))


def balance(lots: list[s.Lot]) -> Decimal:
    """What is left in some lots together."""
    return sum((lot.remaining for lot in lots), Decimal(0))


def spend(
    club: Club, as_of: date, lots: list[s.Lot], *, quantity: Decimal, kind: str, source_id: str
) -> list[tuple[s.Lot, Decimal]]:
    """Takes a quantity from the lots in their order, one movement each; what came from which."""
    taken = []
    for lot in lots:
        part = min(lot.remaining, quantity)
        if part > 0:
            lot.remaining -= part
            quantity -= part
            move(club, as_of, lot, kind, -part, source_id)
            taken.append((lot, part))
    return taken


def use(club: Club, as_of: date) -> None:
    """Usages spend, whole or not at all (L7.3)."""
    for usage in club.take("credit_usages", r.Usage, as_of):
        lots = usable_lots(club, as_of, usage.customer, usage.credit_type)
        if usage.customer not in club.customers:
            club.reject("credit_usages", usage.record, "unknown_customer", as_of)
        elif balance(lots) < usage.quantity:
            club.reject("credit_usages", usage.record, "insufficient_balance", as_of)
        else:
            spend(club, as_of, lots, quantity=usage.quantity, kind="usage", source_id=usage.record)


def expire(club: Club, as_of: date) -> None:
    """What is left of a lot on `expires_on` goes by one movement, unless frozen (L7.4, L4.3)."""
    for lot in club.lots:
        over = lot.expires_on is not None and lot.expires_on <= as_of
        if over and lot.remaining > 0 and not is_lot_frozen(club, lot):
            move(club, as_of, lot, "expiry", -lot.remaining, lot.source_id)
            lot.remaining = Decimal(0)
