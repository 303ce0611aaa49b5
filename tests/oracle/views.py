"""What do the published views show? One function a view, columns of contract.md, all as text."""

from collections.abc import Callable
from datetime import date

from . import state as s
from .club import Club
from .files import Row
from .money import money_text, quantity_text
from .standing import current_period, grace_until, paid_until


def iso(day: date | None) -> str | None:
    """A date as text."""
    return day.isoformat() if day else None


def memberships(club: Club, as_of: date) -> list[Row]:
    return [membership_row(club, m, as_of) for m in club.memberships_in_order()]


def membership_row(club: Club, membership: s.Membership, as_of: date) -> Row:
    """The current period's dates are empty where no period is live (L3.3)."""
    period = current_period(membership, as_of)
    terms, plan = membership.terms, club.plan_of(membership)
    renews = plan.auto_renew if terms.auto_renew is None else terms.auto_renew
    return {
        "membership": membership.id,
        "customer": terms.customer,
        "company": plan.company,
        "plan": plan.plan,
        "status": membership.status,
        "started_on": iso(terms.started_on),
        "period_starts_on": iso(period.starts_on) if period else None,
        "period_ends_on": iso(period.ends_on) if period else None,
        "paid_until": iso(paid_until(membership)),
        "grace_until": iso(grace_until(club, membership)),
        "auto_renew": "true" if renews else "false",
        "closed_on": iso(membership.closed_on),
        "close_reason": membership.close_reason,
    }


def periods(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "membership": membership.id,
            "starts_on": iso(period.starts_on),
            "ends_on": iso(period.ends_on),
            "state": period.state,
            "invoice": period.invoice.number if period.invoice else None,
        }
        for membership in club.memberships_in_order()
        for period in sorted(membership.periods, key=lambda period: period.starts_on)
    ]


def invoices(club: Club, as_of: date) -> list[Row]:
    return [invoice_row(invoice) for invoice in club.all_invoices()]


def invoice_row(invoice: s.Invoice) -> Row:
    """Money in major units with the decimals of the currency; a credit note has no status."""
    money = {
        "net": invoice.net,
        "tax": invoice.tax,
        "total": invoice.total,
        "paid": invoice.paid,
        "open": invoice.open,
    }
    return {
        "invoice": invoice.number,
        "company": invoice.company,
        "customer": invoice.customer,
        "membership": invoice.membership,
        "kind": invoice.kind,
        "period_starts_on": iso(invoice.period_starts_on),
        "period_ends_on": iso(invoice.period_ends_on),
        "issued_on": iso(invoice.issued_on),
        "due_on": iso(invoice.due_on),
        "currency": invoice.currency,
        **{name: money_text(amount, invoice.currency) for name, amount in money.items()},
        "status": invoice.status,
        "corrects": invoice.corrects,
    }


def receipts(club: Club) -> list[s.Receipt]:
    """The payments that took part, by id."""
    found = [receipt for of_customer in club.receipts.values() for receipt in of_customer]
    return sorted(found, key=lambda receipt: receipt.fact.record)


def payments(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "payment": receipt.fact.record,
            "customer": receipt.fact.customer,
            "currency": receipt.fact.currency,
            "amount": money_text(receipt.amount, receipt.fact.currency),
            "paid_on": iso(receipt.fact.on),
            "allocated": money_text(receipt.allocated, receipt.fact.currency),
            "unapplied": money_text(receipt.unapplied, receipt.fact.currency),
        }
        for receipt in receipts(club)
    ]


def customer_credit(club: Club, as_of: date) -> list[Row]:
    """Unapplied credit of a customer in a currency; none, no row."""
    credit: dict[tuple[str, str], int] = {}
    for receipt in receipts(club):
        key = (receipt.fact.customer, receipt.fact.currency)
        credit[key] = credit.get(key, 0) + receipt.unapplied
    return [
        {"customer": customer, "currency": currency, "amount": money_text(amount, currency)}
        for (customer, currency), amount in sorted(credit.items())
        if amount
    ]


def lots(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "customer": lot.customer,
            "credit_type": lot.credit_type,
            "source": lot.source,
            "source_id": lot.source_id,
            "quantity": quantity_text(lot.quantity),
            "remaining": quantity_text(lot.remaining),
            "starts_on": iso(lot.starts_on),
            "expires_on": iso(lot.expires_on),
        }
        for lot in club.lots
    ]


def movements(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "customer": movement.customer,
            "credit_type": movement.credit_type,
            "kind": movement.kind,
            "quantity": quantity_text(movement.quantity),
            "on_date": iso(movement.on_date),
            "source_id": movement.source_id,
        }
        for movement in club.movements
    ]


def notices(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "invoice": notice.invoice,
            "level": str(notice.level),
            "noticed_on": iso(notice.noticed_on),
            "fee_invoice": notice.fee_invoice,
        }
        for notice in club.notices
    ]


def messages(club: Club, as_of: date) -> list[Row]:
    """`message` is the key that makes it the only one; channel and status are not the oracle's."""
    return [
        {
            "message": message.key,
            "kind": message.kind,
            "customer": message.customer,
            "channel": None,
            "language": message.language,
            "on_date": iso(message.on_date),
            "status": None,
        }
        for message in club.messages
    ]


def rejects(club: Club, as_of: date) -> list[Row]:
    """Stage `apply` only; file and line are not known here."""
    return [
        {
            "stage": "apply",
            "entity": reject.entity,
            "record": reject.record,
            "reason": reject.reason,
            "message": reject.message,
            "file": None,
            "line": None,
            "on_date": iso(reject.on_date),
        }
        for reject in club.rejects
    ]


def postings(club: Club, as_of: date) -> list[Row]:
    return [
        {
            "company": posting.company,
            "account": posting.account,
            "currency": posting.currency,
            "on_date": iso(posting.on_date),
            "amount": money_text(posting.amount, posting.currency),
            "transaction": posting.transaction,
            "source": posting.source,
        }
        for posting in club.postings
    ]


VIEWS: dict[str, Callable[[Club, date], list[Row]]] = {
    "memberships": memberships,
    "periods": periods,
    "invoices": invoices,
    "payments": payments,
    "customer_credit": customer_credit,
    "lots": lots,
    "movements": movements,
    "notices": notices,
    "messages": messages,
    "rejects": rejects,
    "postings": postings,
}
