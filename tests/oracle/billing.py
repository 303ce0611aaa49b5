"""Which documents are issued, under which number? Invoices, fees, credit notes (L2.3, L6.1)."""

from datetime import date, timedelta
from decimal import Decimal

from . import state as s
from .books import post_for, post_invoice
from .club import Club
from .money import Amounts, period_amounts, to_minor


def next_number(club: Club, company: str, issued_on: date) -> str:
    """`PREFIX-YYYY-NNNNNN`, without gaps for each company and year of issue (L6.1)."""
    club.numbers[company, issued_on.year] += 1
    count = club.numbers[company, issued_on.year]
    return f"{club.companies[company].invoice_prefix}-{issued_on.year}-{count:06d}"


def unit_price(club: Club, membership: s.Membership, starts_on: date) -> Decimal:
    """The membership's own price, else that of the newest version in effect at the start (L2.1)."""
    if membership.terms.unit_price is not None:
        return membership.terms.unit_price
    plan = membership.terms.plan
    versions = [p for p in club.prices.values() if p.plan == plan and p.effective_from <= starts_on]
    if not versions:
        raise ValueError(f"Plan {plan} has no price on {starts_on}; expected one; see L2.1.")
    return max(versions, key=lambda price: price.effective_from).price


def amounts_of(club: Club, membership: s.Membership, starts_on: date) -> Amounts:
    """What a period of a membership costs (L2.3)."""
    plan = club.plan_of(membership)
    return period_amounts(
        unit_price(club, membership, starts_on),
        quantity=membership.terms.quantity,
        discount_percent=membership.terms.discount_percent,
        tax_rate=plan.tax_rate,
        tax_included=plan.tax_included,
        currency=plan.currency,
    )


def open_period(club: Club, as_of: date, membership: s.Membership, starts_on: date, ends_on: date) -> None:
    """One period row and one invoice, issued today, due after the plan's terms (L3.6)."""
    plan = club.plan_of(membership)
    amounts = amounts_of(club, membership, starts_on)
    invoice = s.Invoice(
        number=next_number(club, plan.company, as_of),
        company=plan.company,
        customer=membership.terms.customer,
        membership=membership.id,
        kind="membership",
        issued_on=as_of,
        due_on=as_of + timedelta(days=plan.terms_days),
        currency=plan.currency,
        net=amounts.net,
        tax=amounts.tax,
        total=amounts.total,
        period_starts_on=starts_on,
        period_ends_on=ends_on,
    )
    club.invoices[invoice.customer].append(invoice)
    membership.periods.append(s.Period(starts_on, ends_on, invoice))
    post_invoice(club, as_of, invoice)


def issue_fee(club: Club, as_of: date, chased: s.Invoice, fee: Decimal) -> s.Invoice:
    """A fee invoice for an overdue one: no tax, due after the plan's terms (L8.2)."""
    plan = club.plan_of(club.memberships[chased.membership])
    currency = club.companies[chased.company].currency
    amount = to_minor(fee, currency)
    invoice = s.Invoice(
        number=next_number(club, chased.company, as_of),
        company=chased.company,
        customer=chased.customer,
        membership=chased.membership,
        kind="fee",
        issued_on=as_of,
        due_on=as_of + timedelta(days=plan.terms_days),
        currency=currency,
        net=amount,
        tax=0,
        total=amount,
    )
    club.invoices[invoice.customer].append(invoice)
    post_invoice(club, as_of, invoice)
    return invoice


def credit_in_full(club: Club, as_of: date, invoice: s.Invoice) -> None:
    """A credit note voids an invoice and its period; what had been paid on it goes back (L3.5)."""
    give_back_money(club, as_of, invoice)
    give_back_points(club, as_of, invoice)
    note = s.Invoice(
        number=next_number(club, invoice.company, as_of),
        company=invoice.company,
        customer=invoice.customer,
        membership=invoice.membership,
        kind="credit_note",
        issued_on=as_of,
        due_on=as_of,
        currency=invoice.currency,
        net=-invoice.net,
        tax=-invoice.tax,
        total=-invoice.total,
        period_starts_on=invoice.period_starts_on,
        period_ends_on=invoice.period_ends_on,
        corrects=invoice.number,
    )
    invoice.void = True
    club.invoices[note.customer].append(note)
    post_invoice(club, as_of, note)


def give_back_money(club: Club, as_of: date, invoice: s.Invoice) -> None:
    """Allocated money becomes unapplied credit again (L3.5)."""
    for receipt, amount in invoice.money:
        receipt.allocated -= amount
        lines = {"receivable": amount, "customer_credit": -amount}
        post_for(club, as_of, invoice, receipt.fact.record, lines)
    invoice.money.clear()


def give_back_points(club: Club, as_of: date, invoice: s.Invoice) -> None:
    """Points go back to the lots they came from, by movements `return` (L3.5)."""
    for paid in invoice.points:
        lot = paid.lot
        lot.remaining += paid.points
        club.movements.append(s.Movement(lot.customer, lot.credit_type, "return", paid.points, as_of, paid.redemption))
    amount = invoice.points_paid
    lines = {"receivable": amount, "points_expense": -amount}
    post_for(club, as_of, invoice, invoice.number, lines)
    invoice.points.clear()
    invoice.points_paid = 0
