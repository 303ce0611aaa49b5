"""Which points does a paid invoice earn, and what do points pay? Loyalty (L7.5, L7.6)."""

from datetime import date
from decimal import ROUND_FLOOR, Decimal

from . import records as r
from . import state as s
from .books import post_for
from .club import Club
from .credits import add_lot, after, balance, spend, usable_lots
from .money import to_major, to_minor
from .payments import names_membership_of


def whole(quantity: Decimal) -> Decimal:
    """The whole points or steps in a quantity."""
    return quantity.to_integral_value(rounding=ROUND_FLOOR)


def earn(club: Club, as_of: date) -> None:
    """Each membership invoice earns once, when it has become fully paid, by number (L7.5)."""
    for invoice in club.all_invoices():
        if invoice.kind == "membership" and invoice.status == "paid" and not invoice.earned:
            invoice.earned = True
            rule = earning_rule(club, as_of, invoice)
            if rule:
                earn_by(club, as_of, invoice, rule)


def earning_base(invoice: s.Invoice) -> Decimal:
    """The total less what points paid of it, in major units (L7.5)."""
    return to_major(invoice.total - invoice.points_paid, invoice.currency)


def earning_rule(club: Club, as_of: date, invoice: s.Invoice) -> r.LoyaltyRule | None:
    """The first of the rules that match: highest priority, then code (L7.5)."""
    found = [rule for rule in club.rules.values() if matches(club, as_of, invoice, rule)]
    return min(found, key=lambda rule: (-rule.priority, rule.rule), default=None)


def matches(club: Club, as_of: date, invoice: s.Invoice, rule: r.LoyaltyRule) -> bool:
    """Company, validity `[starts_on, ends_on)`, customer category, plan and `min_total` (L7.5)."""
    category = club.customers[invoice.customer].category
    plan = club.memberships[invoice.membership].terms.plan
    return (
        rule.company == invoice.company
        and (rule.starts_on is None or rule.starts_on <= as_of)
        and (rule.ends_on is None or as_of < rule.ends_on)
        and rule.category in (None, category)
        and rule.plan in (None, plan)
        and (rule.min_total is None or earning_base(invoice) >= rule.min_total)
    )


def earn_by(club: Club, as_of: date, invoice: s.Invoice, rule: r.LoyaltyRule) -> None:
    """`floor(base / spend_amount) × points` from today; no lot of nothing (L7.5)."""
    points = whole(earning_base(invoice) / rule.spend_amount) * rule.points
    if points <= 0:
        return
    lot = s.Lot(
        customer=invoice.customer,
        credit_type="points",
        source="earn",
        source_id=invoice.number,
        quantity=points,
        remaining=points,
        starts_on=as_of,
        expires_on=after(as_of, rule.valid_days),
    )
    add_lot(club, as_of, lot, "earn")


def redeem(club: Club, as_of: date) -> None:
    """Redemptions by (date, id): refused for the first reason that holds, else paid (L7.6)."""
    for request in club.take("redemptions", r.Redemption, as_of):
        if request.customer not in club.customers:
            club.reject("redemptions", request.record, "unknown_customer", as_of)
            continue
        lots = usable_lots(club, as_of, request.customer, "points")
        invoice = redeemed_invoice(club, request)
        if balance(lots) < request.points:
            club.reject("redemptions", request.record, "insufficient_balance", as_of)
        elif invoice is None:
            club.reject("redemptions", request.record, "no_open_invoice", as_of)
        elif not pay_with_points(club, as_of, request, invoice, lots):
            club.reject("redemptions", request.record, "nothing_to_redeem", as_of)


def redeemed_invoice(club: Club, request: r.Redemption) -> s.Invoice | None:
    """The invoice named, else the oldest open one of the membership, else of all (L7.6)."""
    currency = club.companies[club.customers[request.customer].company].currency
    for invoice in club.open_invoices(request.customer):
        if invoice.currency != currency:
            continue
        if request.invoice is not None:
            found = invoice.number == request.invoice
        elif request.membership is not None:
            found = names_membership_of(request, invoice)
        else:
            found = invoice.kind == "membership"
        if found:
            return invoice
    return None


def pay_with_points(club: Club, as_of: date, request: r.Redemption, invoice: s.Invoice, lots: list[s.Lot]) -> bool:
    """As many whole points as the invoice can take; False where that is none (L7.6)."""
    value = club.companies[invoice.company].point_value or Decimal(0)
    if value <= 0:
        return False
    points = whole(min(request.points, to_major(invoice.open, invoice.currency) / value))
    amount = to_minor(points * value, invoice.currency)
    if points == 0 or amount == 0:
        return False
    taken = spend(club, as_of, lots, quantity=points, kind="redemption", source_id=request.record)
    invoice.points += [s.PointsPaid(request.record, lot, part) for lot, part in taken]
    invoice.points_paid += amount
    lines = {"points_expense": amount, "receivable": -amount}
    post_for(club, as_of, invoice, request.record, lines)
    return True
