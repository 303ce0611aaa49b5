"""Undoing what was issued: invoices of renewals with their periods, fee invoices with their notices."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.dunning import notices
from models.invoices import invoices
from models.memberships import memberships, periods, status_changes
from models.operations import UNDONE, runs
from models.requests import renewals
from tasks.staging import Staged, stage
from tasks.status import change_status
from tasks.step import Outcome, Scope, money_of
from tasks.undo.refusing import cancel_messages, is_rewarded, is_sent, refuse_to_undo
from tasks.voids import credit_in_full, reversed_documents


def undo_invoices(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """Credit the membership invoices that the run issued, and take back starts and requests that led to them.

    All of a membership, or nothing: its periods follow each other.
    """
    issued = stage(connection, "issued", _issued_by(run_id))
    refused = refuse_to_undo(connection, scope, issued, "memberships", issued.c.membership)
    i = invoices.c
    documents = (
        sa.select(*reversed_documents())
        .join_from(issued, invoices, i.invoice == issued.c.invoice)
        .where(issued.c.reason.is_(None))
    )
    notes = credit_in_full(connection, scope, documents, ("membership", "period_starts_on"))
    _take_back(connection, scope, run_id, notes)
    cancelled = cancel_messages(connection, run_id, "invoice_issued", sa.select(notes.c.corrects))
    return Outcome(
        {"credit_notes": notes.rows, "cancelled_messages": cancelled, "refused": refused},
        money_of(connection, notes, "credited", notes.c.total_minor),
    )


def _issued_by(run_id: int) -> sa.Select[Any]:
    """The run's membership invoices, each with the first reason that keeps any of its membership's as they are."""
    i, p, later = invoices.c, periods.c, periods.alias("later").c
    followed = sa.exists().where(
        later.membership == p.membership, ~later.void, later.starts_on > p.starts_on, later.run_id != run_id
    )
    own = sa.case(
        (memberships.c.status.in_(("closed", "frozen")), memberships.c.status),
        (memberships.c.closing.isnot(None), "closing"),
        (sa.exists().where(notices.c.invoice == i.invoice), "dunned"),
        (i.paid_minor > 0, "paid"),
        (is_rewarded(i.invoice), "rewarded"),
        (is_sent("invoice_issued", i.invoice, run_id), "sent"),
        (followed, "followed"),
    )
    rows = (
        sa.select(i.invoice, i.membership, p.starts_on, own.label("own"))
        .join_from(invoices, periods, p.invoice == i.invoice)
        .join(memberships, memberships.c.membership == i.membership)
        .where(i.run_id == run_id, i.kind == "membership", ~p.void)
        .subquery("rows")
    )
    # min() passes over NULLs: any reason of a membership holds for all of its invoices.
    reason = sa.func.min(rows.c.own).over(partition_by=rows.c.membership)
    return sa.select(rows.c.invoice, rows.c.membership, reason.label("reason"))


def _take_back(connection: sa.Connection, scope: Scope, run_id: int, notes: Staged) -> None:
    """Who started with the run is pending again, who came back from expiry is expired; their requests wait again."""
    s, m = status_changes.c, memberships.c
    changed = (
        sa.select(m.membership)
        .join_from(memberships, status_changes, s.membership == m.membership)
        .where(m.membership.in_(sa.select(notes.c.membership)), s.run_id == run_id, m.status.in_(("active", "grace")))
    )
    none_left = ~sa.exists().where(periods.c.membership == m.membership, ~periods.c.void)
    started = stage(connection, "unstarted", changed.where(s.from_status == "pending", none_left))
    empty = {name: sa.null() for name in ("anchor_on", "ordinal", "billed_until", "paid_until", "owes_since")}
    change_status(connection, scope, started, "pending", UNDONE, **empty)
    renewed = changed.where(s.from_status == "expired")
    change_status(connection, scope, stage(connection, "unrenewed", renewed), "expired", UNDONE)
    connection.execute(
        sa.update(renewals).where(renewals.c.invoice == notes.c.corrects).values(applied_on=None, invoice=None)
    )


def undo_notices(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """Take back the run's notices and credit their fees; the letters that nobody has sent are cancelled."""
    written = stage(connection, "written_notices", _notices_of(run_id))
    w = written.c
    refused = refuse_to_undo(connection, scope, written, "notices", w.invoice)
    back = stage(connection, "unwritten_notices", sa.select(written).where(w.reason.is_(None)))
    documents = sa.select(*reversed_documents()).join_from(back, invoices, invoices.c.invoice == back.c.fee_invoice)
    notes = credit_in_full(connection, scope, documents, ("corrects",))
    n = notices.c
    connection.execute(sa.delete(notices).where(n.invoice == back.c.invoice, n.level == back.c.level))
    highest = sa.select(sa.func.coalesce(sa.func.max(n.level), 0)).where(n.invoice == invoices.c.invoice)
    connection.execute(
        sa.update(invoices).where(invoices.c.invoice == back.c.invoice).values(dunned_level=highest.scalar_subquery())
    )
    kept = sa.select(w.customer).where(w.reason.isnot(None))
    # A letter speaks for all notices of its day, those of another run too.
    others = (
        sa.select(invoices.c.customer)
        .join_from(notices, invoices, invoices.c.invoice == n.invoice)
        .where(n.noticed_on == runs.c.as_of, runs.c.run_id == run_id)
    )
    silent = sa.select(back.c.customer).where(back.c.customer.notin_(kept), back.c.customer.notin_(others))
    cancelled = cancel_messages(connection, run_id, "dunning", silent)
    return Outcome(
        {"notices": back.rows, "credit_notes": notes.rows, "cancelled_messages": cancelled, "refused": refused},
        money_of(connection, notes, "credited", notes.c.total_minor),
    )


def _notices_of(run_id: int) -> sa.Select[Any]:
    """The run's notices with the reason that keeps one as it is."""
    n, higher, fee = notices.c, notices.alias("higher").c, invoices.alias("fee")
    reason = sa.case(
        (fee.c.paid_minor > 0, "paid"),
        (is_sent("dunning", invoices.c.customer, run_id), "sent"),
        (sa.exists().where(higher.invoice == n.invoice, higher.level > n.level), "followed"),
    )
    return (
        sa.select(n.invoice, n.level, n.fee_invoice, invoices.c.customer, reason.label("reason"))
        .join_from(notices, invoices, invoices.c.invoice == n.invoice)
        .outerjoin(fee, fee.c.invoice == n.fee_invoice)
        .where(n.run_id == run_id)
    )
