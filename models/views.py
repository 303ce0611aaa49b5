"""The published views, schema `reporting` (contract.md): one row per what the name says, columns in its order.

They are written with the same rules as the steps, and put in place again by every `tajdid db upgrade`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.books import ACCOUNTS, entries
from models.companies import currencies
from models.dunning import notices
from models.invoices import invoices
from models.lots import lots, movements
from models.memberships import memberships, periods
from models.messages import messages
from models.operations import STATELESS_FLOWS, rejects, runs, steps
from models.payments import payments, refund_allocations
from models.plans import plans
from models.rules.amounts import major
from models.rules.standing import current_period, grace_until, period_state

REPORTING = "reporting"
Query = sa.Select[Any] | sa.CompoundSelect[Any]


def business_date() -> sa.ScalarSelect[Any]:
    """The last business date that any flow has worked for: what "now" means to the views."""
    return sa.select(sa.func.max(runs.c.as_of)).where(runs.c.flow.notin_(STATELESS_FLOWS)).scalar_subquery()


def _money(amount: sa.ColumnElement[Any], name: str) -> sa.Label[Any]:
    return major(amount, currencies.c.minor_digits).label(name)


def _readable(day: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The last day that Python and others can read, where a date lies beyond it."""
    last = sa.literal(date.max, sa.Date)
    return sa.case((day > last, last), else_=day)


def memberships_view() -> Query:
    """One row a membership, with its current period: the last that has begun, else the first (L3.3)."""
    m, p = memberships.c, plans.c
    current = current_period(m.membership, business_date())
    return sa.select(
        m.membership,
        m.customer,
        p.company,
        m.plan,
        m.status,
        m.started_on,
        current.c.starts_on.label("period_starts_on"),
        current.c.ends_on.label("period_ends_on"),
        m.paid_until,
        _readable(grace_until(p.grace_days)).label("grace_until"),
        sa.func.coalesce(m.auto_renew, p.auto_renew).label("auto_renew"),
        m.closed_on,
        m.close_reason,
    ).select_from(memberships.join(plans, p.plan == m.plan).outerjoin(current, sa.true()))


def periods_view() -> Query:
    """One row a period, void ones included."""
    p = periods.c
    return sa.select(p.membership, p.starts_on, p.ends_on, period_state().label("state"), p.invoice).select_from(
        periods.outerjoin(invoices, invoices.c.invoice == p.invoice)
    )


def invoices_view() -> Query:
    """One row a document. A credit note's amounts are negative, its paid and open 0, its status empty (L6.3)."""
    i = invoices.c
    status = sa.case(
        (i.kind == "credit_note", sa.null()),
        (i.voided_on.isnot(None), "void"),
        (i.open_minor == 0, "paid"),
        else_="open",
    )
    return sa.select(
        i.invoice,
        i.company,
        i.customer,
        i.membership,
        i.kind,
        i.period_starts_on,
        i.period_ends_on,
        i.issued_on,
        i.due_on,
        i.currency,
        _money(i.net_minor, "net"),
        _money(i.tax_minor, "tax"),
        _money(i.total_minor, "total"),
        _money(i.paid_minor, "paid"),
        _money(i.open_minor, "open"),
        status.label("status"),
        i.corrects,
    ).join_from(invoices, currencies, currencies.c.currency == i.currency)


def payments_view() -> Query:
    """One row a payment whose business day has come."""
    p = payments.c
    return (
        sa.select(
            p.payment,
            p.customer,
            p.currency,
            _money(p.amount_minor, "amount"),
            p.paid_on,
            _money(p.amount_minor - p.unapplied_minor - _refunded(), "allocated"),
            _money(p.unapplied_minor, "unapplied"),
        )
        .join_from(payments, currencies, currencies.c.currency == p.currency)
        .where(p.applied_on.isnot(None))
    )


def _refunded() -> sa.ColumnElement[Any]:
    back = refund_allocations.c
    returned = sa.select(sa.func.sum(back.amount_minor)).where(back.payment == payments.c.payment)
    return sa.func.coalesce(returned.scalar_subquery(), 0)


def customer_credit_view() -> Query:
    """One row a customer and currency with unapplied credit."""
    p = payments.c
    return (
        sa.select(p.customer, p.currency, _money(sa.func.sum(p.unapplied_minor), "amount"))
        .join_from(payments, currencies, currencies.c.currency == p.currency)
        .where(p.unapplied_minor > 0)
        .group_by(p.customer, p.currency, currencies.c.minor_digits)
    )


def lots_view() -> Query:
    """One row a lot, used-up ones included."""
    c = lots.c
    return sa.select(
        c.customer, c.credit_type, c.source, c.source_id, c.quantity, c.remaining, c.starts_on, c.expires_on
    )


def movements_view() -> Query:
    """One row a movement of a lot."""
    m = movements.c
    return sa.select(lots.c.customer, lots.c.credit_type, m.kind, m.quantity, m.on_date, m.source_id).join_from(
        movements, lots, lots.c.lot_id == m.lot_id
    )


def notices_view() -> Query:
    """One row a dunning notice."""
    n = notices.c
    return sa.select(n.invoice, n.level, n.noticed_on, n.fee_invoice)


def messages_view() -> Query:
    """One row a message of the outbox."""
    m = messages.c
    return sa.select(m.message_id.label("message"), m.kind, m.customer, m.channel, m.language, m.on_date, m.status)


def rejects_view() -> Query:
    """One row a rejected record."""
    r = rejects.c
    return sa.select(r.stage, r.entity, r.record, r.reason, r.message, r.file, r.line, r.on_date)


def postings_view() -> Query:
    """One row an account of a transaction; a debit is positive."""
    e = entries.c
    rows = (
        sa.select(
            e.company,
            sa.literal_column(f"'{account}'").label("account"),
            e.currency,
            e.on_date,
            _money(e[account], "amount"),
            e.entry_id.label("transaction"),
            e.source,
        )
        .join_from(entries, currencies, currencies.c.currency == e.currency)
        .where(e[account] != 0)
        for account in ACCOUNTS
    )
    return sa.union_all(*rows)


def runs_view() -> Query:
    """One row a run; `counts` holds what each of its steps did, zero included; a nightly's those of its parts too.

    A step that was done in shards shows the sum of them.
    """
    r, part = runs.c, runs.alias("part")
    each = sa.func.jsonb_each_text(steps.c.counts).table_valued("what", "count").render_derived()
    summed = (
        sa.select(part.c.run_id, part.c.parent_id, steps.c.step, each.c.what)
        .add_columns(sa.func.sum(sa.cast(each.c.count, sa.BigInteger)).label("count"))
        .select_from(steps.join(part, part.c.run_id == steps.c.run_id).join(each, sa.true()))
        .group_by(part.c.run_id, part.c.parent_id, steps.c.step, each.c.what)
        .subquery("summed")
    )
    step = (summed.c.run_id, summed.c.parent_id, summed.c.step)
    counted = sa.select(*step, sa.func.jsonb_object_agg(summed.c.what, summed.c.count).label("counts")).group_by(*step)
    own = counted.cte("counted")
    shared = sa.union_all(
        sa.select(own.c.run_id, own.c.step, own.c.counts),
        sa.select(own.c.parent_id, own.c.step, own.c.counts).where(own.c.parent_id.isnot(None)),
    ).subquery("shared")
    counts = (
        sa.select(shared.c.run_id, sa.func.jsonb_object_agg(shared.c.step, shared.c.counts).label("counts"))
        .group_by(shared.c.run_id)
        .subquery("counts")
    )
    none: sa.ColumnElement[Any] = sa.literal_column("'{}'::jsonb")
    return sa.select(
        r.run_id.label("run"),
        r.flow,
        r.as_of,
        r.started_at,
        r.finished_at,
        r.state,
        sa.func.coalesce(counts.c.counts, none).label("counts"),
    ).select_from(runs.outerjoin(counts, counts.c.run_id == r.run_id))


VIEWS = {
    "memberships": memberships_view,
    "periods": periods_view,
    "invoices": invoices_view,
    "payments": payments_view,
    "customer_credit": customer_credit_view,
    "lots": lots_view,
    "movements": movements_view,
    "notices": notices_view,
    "messages": messages_view,
    "rejects": rejects_view,
    "postings": postings_view,
    "runs": runs_view,
}


def create_statements() -> list[str]:
    """The DDL that puts the views in place."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    statements = [f"CREATE SCHEMA IF NOT EXISTS {REPORTING}"]
    for name, query in VIEWS.items():
        sql = query().compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        statements.append(f"CREATE OR REPLACE VIEW {REPORTING}.{name} AS {sql}")
    return statements
