"""Which invoice does money pay? Payments, refunds and unapplied credit (L6.2, L6.4)."""

from datetime import date

from . import records as r
from . import state as s
from .books import post, post_for
from .club import Club
from .money import to_minor


def take_payments(club: Club, as_of: date) -> None:
    """Payments meet what they name as it stood at the start; then credit meets the rest (L6.2)."""
    due = club.take("payments", r.Payment, as_of)
    named = {payment.record: named_invoice(club, payment) for payment in due}
    for payment in due:
        if payment.customer in club.customers:
            receive(club, as_of, payment, named[payment.record])
        else:
            club.reject("payments", payment.record, "unknown_customer", as_of)
    apply_credit(club, as_of)


def named_invoice(club: Club, payment: r.Payment) -> s.Invoice | None:
    """The invoice named, or the oldest open one of the membership named, if the payer's (L6.2)."""
    for invoice in club.open_invoices(payment.customer):
        if invoice.currency != payment.currency:
            continue
        if payment.invoice is not None and invoice.number == payment.invoice:
            return invoice
        if payment.invoice is None and names_membership_of(payment, invoice):
            return invoice
    return None


def names_membership_of(payment: r.Payment | r.Redemption, invoice: s.Invoice) -> bool:
    """Is this a membership invoice of the membership that is named?"""
    return invoice.kind == "membership" and invoice.membership == payment.membership


def receive(club: Club, as_of: date, payment: r.Payment, invoice: s.Invoice | None) -> None:
    """Books a payment: as much as is open to the invoice, what is left to the customer's credit."""
    amount = to_minor(payment.amount, payment.currency)
    receipt = s.Receipt(payment, amount)
    club.receipts[payment.customer].append(receipt)
    placed = min(amount, invoice.open) if invoice else 0
    if invoice and placed:
        invoice.money.append((receipt, placed))
        receipt.allocated = placed
    post(
        club,
        as_of,
        company=club.customers[payment.customer].company,
        currency=payment.currency,
        source=payment.record,
        lines={"cash": amount, "receivable": -placed, "customer_credit": placed - amount},
    )


def unapplied_receipts(club: Club, customer: str, currency: str) -> list[s.Receipt]:
    """A customer's payments in a currency with something unapplied, oldest first (L6.2)."""
    found = [
        receipt for receipt in club.receipts[customer] if receipt.unapplied > 0 and receipt.fact.currency == currency
    ]
    return sorted(found, key=lambda receipt: (receipt.fact.on, receipt.fact.record))


def apply_credit(club: Club, as_of: date) -> None:
    """Unapplied credit, oldest payment first, meets the open invoices, oldest first (L6.2)."""
    for customer in sorted(club.receipts):
        for invoice in club.open_invoices(customer):
            for receipt in unapplied_receipts(club, customer, invoice.currency):
                allocate(club, as_of, receipt, invoice)


def allocate(club: Club, as_of: date, receipt: s.Receipt, invoice: s.Invoice) -> None:
    """As much of one payment as one invoice can take: customer credit / receivable (L10)."""
    amount = min(receipt.unapplied, invoice.open)
    if amount == 0:
        return
    receipt.allocated += amount
    invoice.money.append((receipt, amount))
    lines = {"customer_credit": amount, "receivable": -amount}
    post_for(club, as_of, invoice, receipt.fact.record, lines)


def take_refunds(club: Club, as_of: date) -> None:
    """Refunds return unapplied credit, all or nothing (L6.4)."""
    for refund in club.take("refunds", r.Refund, as_of):
        if refund.customer not in club.customers:
            club.reject("refunds", refund.record, "unknown_customer", as_of)
        elif not pay_back(club, as_of, refund):
            club.reject("refunds", refund.record, "refund_exceeds_credit", as_of)


def pay_back(club: Club, as_of: date, refund: r.Refund) -> bool:
    """Takes a refund from the oldest payments; False, and nothing done, if credit is too little."""
    amount = left = to_minor(refund.amount, refund.currency)
    receipts = unapplied_receipts(club, refund.customer, refund.currency)
    if sum(receipt.unapplied for receipt in receipts) < amount:
        return False
    for receipt in receipts:
        part = min(left, receipt.unapplied)
        receipt.refunded += part
        left -= part
    post(
        club,
        as_of,
        company=club.customers[refund.customer].company,
        currency=refund.currency,
        source=refund.record,
        lines={"customer_credit": amount, "cash": -amount},
    )
    return True
