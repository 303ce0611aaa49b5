"""Which messages may go out on which days, and when one is not worth saying any more."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.erasures import erasures
from models.invoices import invoices
from models.lots import lots
from models.memberships import memberships, periods
from models.messages import messages

Column = sa.ColumnElement[Any]

CONFIRMATIONS = frozenset(
    {"payment_received", "invoice_issued", "freeze_started", "freeze_ended", "closure_accepted", "points_earned"}
)
"""What tells of something that the customer has done, and invoices: these go out on weekends, too."""
REMINDERS = frozenset({"reminder", "credits_expiring", "points_expiring"})
"""What nobody has to be told: a customer may opt out of these (RFC 8058)."""
NO_REMINDERS = "no-reminders"
"""The tag of a customer who has opted out of `REMINDERS`."""
_EXPIRING = ("credits_expiring", "points_expiring")


def why_suppressed(today: Column, longest_days: int) -> Column:
    """Why a message is not to be said any more, as a code; NULL where it still is.

    Over `messages` joined with its customer; `today` is the company's calendar day.
    """
    m, c = messages.c, customers.c
    return sa.case(
        (sa.exists().where(erasures.c.customer == m.customer), "erased"),
        (m.kind.in_(REMINDERS) & (sa.literal(NO_REMINDERS) == sa.any_(c.tags)), "opted_out"),
        (m.on_date < today - longest_days, "too_old"),
        (m.kind == "reminder", _of_reminder(today)),
        (m.kind == "dunning", _of_letter()),
        ((m.kind == "invoice_issued") & _is_void(m.subject), "void"),
        ((m.kind == "grace_started") & ~_has_status("grace"), "not_in_grace"),
        ((m.kind == "membership_expired") & ~_has_status("expired"), "not_expired"),
        (m.kind.in_(_EXPIRING) & (_day("expires_on") <= today), "expired"),
        (m.kind.in_(_EXPIRING) & ~_is_left(), "spent"),
    )


def _day(fact: str) -> Column:
    return sa.cast(messages.c.facts[fact].astext, sa.Date)


def _has_status(*statuses: str) -> Column:
    member = memberships.c
    return sa.exists().where(member.membership == messages.c.subject, member.status.in_(statuses))


def _of_reminder(today: Column) -> Column:
    """Its period has ended or was moved; since it was written, the membership was renewed or is to close."""
    m, p, member = messages.c, periods.c, memberships.c
    ends_on = _day("period_ends_on")
    is_there = sa.exists().where(p.membership == m.subject, p.ends_on == ends_on, ~p.void)
    followed = sa.exists().where(p.membership == m.subject, p.starts_on == ends_on, ~p.void, p.opened_on > m.on_date)
    closes = sa.exists().where(member.membership == m.subject, member.closing.isnot(None))
    return sa.case(
        (_newer("reminder", m.facts["period_ends_on"]), "superseded"),
        (ends_on <= today, "period_ended"),
        (~_has_status("active", "grace"), "not_active"),
        (closes, "closing"),
        (~is_there, "period_moved"),
        (followed, "renewed"),
    )


def _of_letter() -> Column:
    """Each invoice that it lists is settled or void; the customer got a newer one, or is not to be dunned any more."""
    m, i = messages.c, invoices.c
    listed = m.facts["invoices"].contains(sa.func.jsonb_build_array(sa.func.jsonb_build_object("invoice", i.invoice)))
    owes = sa.exists().where(i.customer == m.subject, i.open_minor > 0, listed)
    return sa.case((customers.c.dunning_blocked, "blocked"), (_newer("dunning"), "superseded"), (~owes, "settled"))


def _newer(kind: str, period_end: Column | None = None) -> Column:
    """Whether its subject has got a later one of its kind; of reminders, for the same period (L9: the nearest only)."""
    m, newer = messages.c, messages.alias("newer").c
    same = sa.true() if period_end is None else newer.facts["period_ends_on"] == period_end
    return sa.exists().where(
        newer.kind == kind,
        newer.subject == m.subject,
        newer.on_date > m.on_date,
        newer.status.notin_(("cancelled", "suppressed")),
        same,
    )


def _is_left() -> Column:
    """Whether anything is left of the customer's lots that expire on the day it speaks of."""
    m, lot = messages.c, lots.c
    these = (lot.credit_type == m.facts["credit_type"].astext) & (lot.expires_on == _day("expires_on"))
    return sa.exists().where(lot.customer == m.customer, these, lot.remaining > 0)


def _is_void(invoice: Column) -> Column:
    return sa.exists().where(invoices.c.invoice == invoice, invoices.c.voided_on.isnot(None))
