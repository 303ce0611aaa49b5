"""Why is a membership what it is? Its story from facts: every decision with its date, figures, rule and run.

Grain: one event a decision. Nothing here is remembered apart from the facts themselves, so the story cannot differ
from them, and it can be told for any day: what was written later is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.errors import WrongUsage
from models.invoices import invoices
from models.memberships import memberships, periods, quarantine, status_changes
from models.payments import allocations
from models.plans import plans
from models.rules.amounts import major

Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class Event:
    """One decision: when, under which rule, by which run, and what it was."""

    on_date: date
    rule: str
    run: int | None
    text: str


@dataclass(frozen=True)
class Story:
    """A membership on a day: what it is, why, and everything that led there, oldest first."""

    membership: str
    on_date: date
    facts: str
    standing: str
    events: tuple[Event, ...]


def explain(connection: sa.Connection, membership: str, on_date: date) -> Story:
    """The story of a membership up to and including `on_date`. Raises WrongUsage for an id that nobody loaded."""
    m, p = memberships.c, plans.c
    row = connection.execute(
        sa.select(memberships, p.name, p.interval_unit, p.interval_count, p.grace_days, p.on_expiry)
        .add_columns(sa.func.coalesce(m.auto_renew, p.auto_renew).label("renews"))
        .join_from(memberships, plans, p.plan == m.plan)
        .where(m.membership == membership)
    ).first()
    if row is None:
        raise WrongUsage(f"Membership {membership} is not known; expected the id of a loaded membership.")
    events = sorted(_events(connection, membership, on_date), key=lambda event: (event.on_date, event.run or 0))
    return Story(membership, on_date, _facts(row), _standing(connection, row, on_date), tuple(events))


def _facts(row: Any) -> str:
    renews = "renews by itself" if row.renews else "does not renew by itself"
    carried = f", carried over until {row.carried_until}" if row.carried_until else ""
    interval = f"{row.interval_count} {row.interval_unit}s" if row.interval_count > 1 else row.interval_unit
    return (
        f"Customer {row.customer}, plan {row.plan} ({row.name}, every {interval}), "
        f"started on {row.started_on}{carried}; {renews}."
    )


def _events(connection: sa.Connection, membership: str, on_date: date) -> list[Event]:
    """All decisions about the membership up to `on_date`."""
    queries = (_openings, _status_changes, _allocations, _credit_notes, _settlements, _quarantines)
    found = [row for query in queries for row in connection.execute(query(membership))]
    return [Event(*row) for row in found if row.on_date <= on_date]


def _event(on_date: Column, rule: Column | str, run: Column, *text: Any) -> sa.Select[Any]:
    said = sa.func.concat(*text)
    rule = sa.literal(rule) if isinstance(rule, str) else rule
    return sa.select(on_date.label("on_date"), rule.label("rule"), run.label("run"), said.label("text"))


def _amount(value: Column) -> Column:
    digits = sa.select(currencies.c.minor_digits).where(currencies.c.currency == invoices.c.currency).scalar_subquery()
    picture = sa.func.concat("FM999,999,999,999,999,990", sa.case((digits > 0, ".")), sa.func.repeat("0", digits))
    return sa.func.concat(sa.func.to_char(major(value, digits), picture), " ", invoices.c.currency)


def _openings(membership: str) -> sa.Select[Any]:
    p, i = periods.c, invoices.c
    discount = sa.case((i.discount_percent > 0, sa.func.concat(" less ", sa.func.trim_scale(i.discount_percent), " %")))
    billed = sa.func.concat(
        *("; invoice ", i.invoice, " of ", _amount(i.total_minor), " (", _amount(i.unit_price_minor), " × "),
        *(sa.func.trim_scale(i.quantity), discount, ", tax ", _amount(i.tax_minor), "), due on ", i.due_on),
    )
    late = sa.case((p.opened_on > p.bills_on, sa.func.concat(", due for billing since ", p.bills_on)))
    carried = sa.case((i.invoice.is_(None), " was billed elsewhere and is carried over"), else_=" opened")
    first = p.starts_on == memberships.c.started_on
    rule = sa.case((i.invoice.is_(None), "L3.2"), (first, "L3.1"), else_="L3.6")
    return (
        _event(
            p.opened_on,
            rule,
            p.run_id,
            *("Period [", p.starts_on, ", ", p.ends_on, ")", carried, late),
            sa.case((i.invoice.isnot(None), billed)),
        )
        .select_from(
            periods.join(memberships, memberships.c.membership == p.membership).outerjoin(
                invoices, i.invoice == p.invoice
            )
        )
        .where(p.membership == membership)
        .order_by(p.opened_on, p.starts_on)
    )


def _status_changes(membership: str) -> sa.Select[Any]:
    s = status_changes.c
    until = sa.case((s.grace_until.isnot(None), sa.func.concat(", grace until ", s.grace_until)), else_=", grace lasts")
    return _event(
        s.on_date, s.rule, s.run_id, s.from_status, " → ", s.to_status, ": paid until ", s.paid_until, until
    ).where(s.membership == membership)


def _allocations(membership: str) -> sa.Select[Any]:
    a, i = allocations.c, invoices.c
    verb = sa.case(
        (a.kind == "directed", " steers to "), (a.kind == "credit", " meets, as unapplied credit, "), else_=" leaves "
    )
    rule = sa.case((a.kind == "return", "L3.5"), else_="L6.2")
    return (
        _event(
            *(a.on_date, rule, a.run_id),
            *("Payment ", a.payment, verb, i.invoice, ": ", _amount(sa.func.abs(a.amount_minor))),
        )
        .join_from(allocations, invoices, i.invoice == a.invoice)
        .join(periods, periods.c.invoice == i.invoice)
        .where(periods.c.membership == membership)
        .order_by(a.on_date, a.run_id, i.series_no)
    )


def _credit_notes(membership: str) -> sa.Select[Any]:
    i = invoices.c
    return (
        _event(
            *(i.issued_on, "L3.5", i.run_id),
            *("Credit note ", i.invoice, " of ", _amount(i.total_minor), " makes ", i.corrects, " void"),
        )
        .join_from(invoices, periods, periods.c.invoice == i.corrects)
        .where(periods.c.membership == membership)
        .order_by(i.series_no)
    )


def _settlements(membership: str) -> sa.Select[Any]:
    i = invoices.c
    last_run = sa.select(sa.func.max(allocations.c.run_id)).where(allocations.c.invoice == i.invoice).scalar_subquery()
    return (
        _event(i.settled_on, "L6.3", sa.func.coalesce(last_run, i.run_id), "Invoice ", i.invoice, " is paid")
        .join_from(invoices, periods, periods.c.invoice == i.invoice)
        .where(periods.c.membership == membership, i.settled_on.isnot(None))
    )


def _quarantines(membership: str) -> sa.Select[Any]:
    q = quarantine.c
    return _event(q.on_date, "L3.6", q.run_id, "Set aside for a person (", q.reason, "): ", q.message).where(
        q.membership == membership
    )


def _standing(connection: sa.Connection, row: Any, on_date: date) -> str:
    """One sentence: the status on the day, why, and what would change it."""
    s = status_changes.c
    change = connection.execute(
        sa.select(s.to_status, s.on_date)
        .where(s.membership == row.membership, s.on_date <= on_date)
        .order_by(s.on_date.desc(), s.run_id.desc())
        .limit(1)
    ).first()
    if change is None:
        return _pending_words(connection, row, on_date)
    paid_until, open_invoice, issued_on = _debt_on(connection, row.membership, on_date)
    if change.to_status == "active":
        return f"active: paid until {paid_until} (L3.4)"
    if change.to_status == "expired":
        debt = f"; {open_invoice} is still open" if open_invoice else ""
        return f"expired since {change.on_date}: paid until {paid_until}{debt} (L3.4, L3.5)"
    if paid_until > on_date:
        return f"grace: paid until {paid_until} since, so it is active from the next business day (L1.6, L3.4)"
    return _grace_words(row, on_date, max(filter(None, (paid_until, issued_on))), open_invoice)


def _pending_words(connection: sa.Connection, row: Any, on_date: date) -> str:
    q = quarantine.c
    waits = sa.select(q.reason).where(q.membership == row.membership, q.on_date <= on_date, q.released_at.is_(None))
    reason = connection.execute(waits).scalar()
    if reason:
        return f"pending: set aside for a person to look at ({reason}) (L3.6)"
    return f"pending: it starts with the first business day on or after {row.started_on} (L3.1)"


def _grace_words(row: Any, on_date: date, since: date, open_invoice: str | None) -> str:
    unless = f"unless {open_invoice} is paid" if open_invoice else "unless a new period is paid"
    if row.grace_days is None:
        return f"grace since {since}: it lasts, the plan has no grace days ({unless.replace('unless', 'until')}) (L3.4)"
    ends = date.fromordinal(since.toordinal() + row.grace_days)
    day = (on_date - since).days + 1
    return f"grace day {day} of {row.grace_days}: it expires on {ends} {unless} (L3.4)"


def _debt_on(connection: sa.Connection, membership: str, on_date: date) -> tuple[date, str | None, date | None]:
    """paid_until, the oldest open invoice and its issue date as they stood at the end of `on_date` (L3.3)."""
    p, i = periods.c, invoices.c
    rows = connection.execute(
        sa.select(p.starts_on, p.ends_on, i.invoice, i.issued_on, i.settled_on, i.voided_on)
        .select_from(periods.outerjoin(invoices, i.invoice == p.invoice))
        .where(p.membership == membership, p.opened_on <= on_date)
        .order_by(p.starts_on, p.period_id)
    ).all()
    standing = [row for row in rows if row.voided_on is None or row.voided_on > on_date]
    paid_until = rows[0].starts_on
    for row in standing:
        if row.invoice is not None and (row.settled_on is None or row.settled_on > on_date):
            return (paid_until if row is not standing[0] else row.starts_on), row.invoice, row.issued_on
        paid_until = row.ends_on
    return paid_until, None, None
