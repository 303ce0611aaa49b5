"""Who is written to? Dunning notices with their fees (L8) and reminders (L9)."""

from datetime import date, timedelta

from . import records as r
from . import state as s
from .billing import issue_fee
from .club import Club
from .standing import current_period


def dun(club: Club, as_of: date) -> None:
    """One notice an invoice that reached a higher level; one message a customer and day (L8)."""
    noticed: dict[str, int] = {}
    for invoice in club.all_invoices():
        level = level_due(club, as_of, invoice)
        if level is None or level.level <= last_level(club, invoice):
            continue
        fee = issue_fee(club, as_of, invoice, level.fee) if level.fee > 0 else None
        club.notices.append(s.Notice(invoice.number, level.level, as_of, fee.number if fee else None))
        noticed[invoice.customer] = max(noticed.get(invoice.customer, 0), level.level)
    for customer, tone in sorted(noticed.items()):
        write(club, as_of, kind="dunning", customer=customer, key=f"{as_of} level {tone}")


def level_due(club: Club, as_of: date, invoice: s.Invoice) -> r.DunningLevel | None:
    """The highest level that an open membership invoice reached; none if blocked (L8.1, L8.3)."""
    blocked = club.customers[invoice.customer].dunning_blocked
    if invoice.kind != "membership" or invoice.open == 0 or blocked:
        return None
    overdue = (as_of - invoice.due_on).days
    reached = [
        level for level in club.levels.values() if level.company == invoice.company and overdue >= level.days_overdue
    ]
    return max(reached, key=lambda level: level.level, default=None)


def last_level(club: Club, invoice: s.Invoice) -> int:
    """The highest level noticed for an invoice so far, below every level where none was."""
    levels = [n.level for n in club.notices if n.invoice == invoice.number]
    return max(levels, default=-1)


def remind(club: Club, as_of: date) -> None:
    """The nearest reminder that is due before the current period's end, once (L9)."""
    sent = {message.key for message in club.messages if message.kind == "reminder"}
    for membership in club.memberships_in_order():
        period = current_period(membership, as_of)
        if membership.status not in (s.ACTIVE, s.GRACE) or period is None:
            continue
        due = [
            k
            for k in club.plan_of(membership).reminder_days
            if period.ends_on - timedelta(days=k) <= as_of < period.ends_on
        ]
        key = f"{membership.id} {period.ends_on} {min(due, default=None)}"
        if due and key not in sent:
            write(club, as_of, kind="reminder", customer=membership.terms.customer, key=key)


def write(club: Club, as_of: date, *, kind: str, customer: str, key: str) -> None:
    """One message in the customer's language, else the company's."""
    person = club.customers[customer]
    language = person.language or club.companies[person.company].language
    club.messages.append(s.Message(kind, customer, language, as_of, key))
