"""Which double entry does an event write? Balanced, in its currency, on its business date (L10).

Accounts: receivable, deferred_revenue, tax, cash, customer_credit, fee_income, points_expense.
"""

from datetime import date

from . import state as s
from .club import Club


def post(club: Club, as_of: date, *, company: str, currency: str, source: str, lines: dict[str, int]) -> None:
    """One transaction: account to amount, debit positive; lines of zero are left out."""
    if sum(lines.values()) != 0:
        raise ValueError(f"Transaction of {source} does not balance: {lines}; expected a sum of 0.")
    club.transactions += 1
    transaction = f"t{club.transactions:07d}"
    for account, amount in lines.items():
        if amount:
            club.postings.append(s.Posting(company, account, currency, as_of, amount, transaction, source))


def post_invoice(club: Club, as_of: date, invoice: s.Invoice) -> None:
    """Receivable / deferred revenue, tax; a credit note's amounts are negative: the reverse."""
    income = "fee_income" if invoice.kind == "fee" else "deferred_revenue"
    lines = {"receivable": invoice.total, income: -invoice.net, "tax": -invoice.tax}
    post_for(club, as_of, invoice, invoice.number, lines)


def post_for(club: Club, as_of: date, invoice: s.Invoice, source: str, lines: dict[str, int]) -> None:
    """A transaction in an invoice's company and currency."""
    post(
        club,
        as_of,
        company=invoice.company,
        currency=invoice.currency,
        source=source,
        lines=lines,
    )
