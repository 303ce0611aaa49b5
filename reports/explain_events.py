"""The decisions about a membership, each from the facts that it left: when, under which rule, by which run, what.

One query a kind of decision; each yields (on_date, rule, run, text) for one membership.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.dunning import notices
from models.invoices import invoices
from models.lots import lots, point_allocations
from models.memberships import memberships, periods, quarantine, status_changes
from models.messages import messages
from models.operations import UNDO, UNDONE, rejects, runs
from models.payments import allocations
from models.requests import closures, freeze_changes, freezes, renewals
from models.rules.amounts import major

Column = sa.ColumnElement[Any]


_AS_BILLED = (("period_starts_on", "starts_on"), ("period_ends_on", "ends_on"))


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
    # As it was opened: what a freeze moved since is an event of its own.
    starts_on, ends_on = (sa.func.coalesce(i[name], p[of]) for name, of in _AS_BILLED)
    late = sa.case((p.opened_on > p.bills_on, sa.func.concat(", due for billing since ", p.bills_on)))
    carried = sa.case((i.invoice.is_(None), " was billed elsewhere and is carried over"), else_=" opened")
    first = p.starts_on == memberships.c.started_on
    asked = sa.exists().where(renewals.c.invoice == p.invoice)
    rule = sa.case((i.invoice.is_(None), "L3.2"), (asked, "L3.7"), (first, "L3.1"), else_="L3.6")
    return (
        _event(
            p.opened_on,
            rule,
            p.run_id,
            *("Period [", starts_on, ", ", ends_on, ")", carried, late),
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
    rule = sa.case(
        (a.kind != "return", "L6.2"), (_by(UNDO, a.run_id), UNDONE), (_by("closures", a.run_id), "L5.3"), else_="L3.5"
    )
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
            *(
                i.issued_on,
                sa.case((_by(UNDO, i.run_id), UNDONE), (_by("closures", i.run_id), "L5.3"), else_="L3.5"),
                i.run_id,
            ),
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
    rule = sa.case({"no_price": "L2.1", "outside_calendar": "L1.4"}, value=q.reason, else_="L3.6")
    return _event(q.on_date, rule, q.run_id, "Set aside for a person (", q.reason, "): ", q.message).where(
        q.membership == membership
    )


def _by(flow: str, run_id: Column) -> Column:
    """Whether a run was of a flow."""
    return sa.exists().where(runs.c.run_id == run_id, runs.c.flow == flow)


def _freezes(membership: str) -> sa.Select[Any]:
    f = freezes.c
    said = ("Freeze ", f.freeze, " begins, planned until ", f.resumes_on, " (" + f.reason + ")")
    run = _run_of("frozen", f.started_on)
    return _event(f.started_on, "L4.1", run, *said).where(f.membership == membership, f.started_on.isnot(None))


def _freeze_changes(membership: str) -> sa.Select[Any]:
    c, f = freeze_changes.c, freezes.c
    return (
        _event(c.applied_on, "L4.4", sa.null(), "Freeze ", f.freeze, ": another end is asked for, ", c.resumes_on)
        .join_from(freeze_changes, freezes, f.freeze == c.freeze)
        .where(f.membership == membership, c.applied_on.isnot(None))
    )


def _resumptions(membership: str) -> sa.Select[Any]:
    f = freezes.c
    moved = (
        "Freeze ",
        f.freeze,
        " ends after ",
        f.moved_days,
        " days: its period, what follows and their credits move",
    )
    return _event(f.ended_on, "L4.3", _run_of("active", f.ended_on), *moved).where(
        f.membership == membership, f.moved_days > 0
    )


def _run_of(to_status: str, on_date: Column) -> Column:
    s = status_changes.c
    changed = (s.membership == freezes.c.membership) & (s.to_status == to_status) & (s.on_date == on_date)
    return sa.select(sa.func.max(s.run_id)).where(changed).scalar_subquery()


def _closures(membership: str) -> sa.Select[Any]:
    c = closures.c
    refused = sa.exists().where(
        rejects.c.stage == "apply", rejects.c.entity == "closures", rejects.c.record == c.closure
    )
    reason = sa.func.concat(sa.func.coalesce(c.reason_code, c.reason_text))
    said = ("Closing ", c.closure, " asked for by ", c.origin, ", effective ", c.effective, ", reason ", reason)
    return _event(c.applied_on, "L5.3", sa.null(), *said).where(
        c.membership == membership, c.applied_on.isnot(None), ~refused
    )


def _refusals(membership: str) -> sa.Select[Any]:
    """Requests about the membership that a business day refused."""
    r = rejects.c
    rules = {"freezes": "L4.1", "closures": "L5.2", "renewals": "L3.7"}
    ids = sa.union_all(
        sa.select(sa.literal("freezes"), freezes.c.freeze).where(freezes.c.membership == membership),
        sa.select(sa.literal("closures"), closures.c.closure).where(closures.c.membership == membership),
        sa.select(sa.literal("renewals"), renewals.c.renewal).where(renewals.c.membership == membership),
    ).subquery("ids")
    entity, record = ids.c
    return _event(
        *(r.on_date, sa.case(rules, value=r.entity), r.run_id, "Refused (", r.reason, "): ", r.message)
    ).join_from(rejects, ids, (r.stage == "apply") & (r.entity == entity) & (r.record == record))


def _redemptions(membership: str) -> sa.Select[Any]:
    a, i = point_allocations.c, invoices.c
    verb = sa.case((a.kind == "return", " points go back from "), else_=" points pay ")
    rule = sa.case(
        (a.kind != "return", "L7.6"), (_by(UNDO, a.run_id), UNDONE), (_by("closures", a.run_id), "L5.3"), else_="L3.5"
    )
    points = sa.func.trim_scale(sa.func.abs(a.points))
    said = ("Redemption ", a.redemption, ": ", points, verb, i.invoice, ", ", _amount(sa.func.abs(a.amount_minor)))
    return (
        _event(a.on_date, rule, a.run_id, *said)
        .join_from(point_allocations, invoices, i.invoice == a.invoice)
        .where(i.membership == membership)
        .order_by(a.on_date, a.run_id)
    )


def _lots(membership: str) -> sa.Select[Any]:
    i = invoices.c
    given_on = sa.case((lots.c.source == "grant", i.granted_on), else_=i.earned_on)
    rule = sa.case((lots.c.source == "grant", "L7.2"), else_="L7.5")
    until = sa.case((lots.c.expires_on.isnot(None), sa.func.concat(", until ", lots.c.expires_on)))
    quantity = sa.func.trim_scale(lots.c.quantity)
    said = ("Invoice ", i.invoice, " gives ", quantity, " ", lots.c.credit_type, " from ", lots.c.starts_on, until)
    return (
        _event(given_on, rule, lots.c.run_id, *said)
        .join_from(lots, invoices, lots.c.source_id == i.invoice)
        .where(lots.c.source.in_(("grant", "earn")), lots.c.withdrawn_on.is_(None), i.membership == membership)
        .order_by(lots.c.lot_id)
    )


def _notices(membership: str) -> sa.Select[Any]:
    n, i = notices.c, invoices.c
    fee = sa.case((n.fee_invoice.isnot(None), sa.func.concat(", fee invoice ", n.fee_invoice)))
    return (
        _event(n.noticed_on, "L8.1", n.run_id, "Invoice ", i.invoice, " is overdue: notice of level ", n.level, fee)
        .join_from(notices, invoices, i.invoice == n.invoice)
        .where(i.membership == membership)
    )


def _reminders(membership: str) -> sa.Select[Any]:
    m = messages.c
    days, ends_on = m.facts["days_before"].astext, m.facts["period_ends_on"].astext
    return _event(m.on_date, "L9", m.run_id, "Reminder, ", days, " days before the end on ", ends_on).where(
        m.kind == "reminder", m.subject == membership, m.status != "cancelled"
    )


DECISIONS = (
    _openings,
    _freezes,
    _freeze_changes,
    _resumptions,
    _closures,
    _status_changes,
    _allocations,
    _redemptions,
    _credit_notes,
    _settlements,
    _lots,
    _notices,
    _reminders,
    _refusals,
    _quarantines,
)
"""Every kind of decision about a membership; in the order of a day, where the run does not tell."""
