"""What messages say of money: invoices, what a payment paid, what is overdue, what an end gave back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from models.invoices import invoices
from models.memberships import memberships, periods
from models.messages import messages
from models.money import major_amount
from models.payments import allocations, payments
from models.plans import plans
from reports.messages.facts_of_memberships import Facts, ids
from reports.messages.message import Message

_IN_ORDER = (invoices.c.due_on, invoices.c.issued_on, invoices.c.series_no)
_LINE = ("invoice", "kind", "plan_name", "period_starts_on", "period_ends_on", "due_on", "currency")


def of_invoices(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """net, tax, tax_rate (0.15), paid, open; whether it was credited since (is_void)."""
    about = ids(of, "invoice_issued")
    if not about:
        return {}
    i = invoices.c
    query = (
        sa.select(messages.c.message_id, i.currency, i.net_minor, i.tax_minor, i.tax_rate, i.paid_minor, i.open_minor)
        .add_columns(i.voided_on.isnot(None).label("is_void"))
        .join_from(messages, invoices, i.invoice == messages.c.subject)
        .where(messages.c.message_id.in_(about))
    )
    return {
        row.message_id: {
            **{
                name: major_amount(getattr(row, f"{name}_minor"), row.currency)
                for name in ("net", "tax", "paid", "open")
            },
            "tax_rate": row.tax_rate,
            "is_void": row.is_void,
        }
        for row in connection.execute(query)
    }


def of_payments(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """reference, unapplied, and `paid`: what of which invoice, oldest first, and what is left open of it."""
    about = ids(of, "payment_received")
    if not about:
        return {}
    p = payments.c
    query = (
        sa.select(messages.c.message_id, p.reference, p.currency, p.unapplied_minor)
        .join_from(messages, payments, p.payment == messages.c.subject)
        .where(messages.c.message_id.in_(about))
    )
    facts: Facts = {
        row.message_id: {
            "reference": row.reference,
            "unapplied": major_amount(row.unapplied_minor, row.currency),
            "paid": [],
        }
        for row in connection.execute(query)
    }
    for row in connection.execute(_allocated(about)).mappings():
        line = {name: row[name] for name in _LINE}
        line |= {name: major_amount(row[f"{name}_minor"], row["currency"]) for name in ("amount", "open")}
        facts[row["message_id"]]["paid"].append(line)
    return facts


def _allocated(about: Sequence[int]) -> sa.Select[Any]:
    """What stands of the allocations of each message's payment, by invoice; nothing where it all went back."""
    a, m = allocations.c, messages.c
    total = sa.cast(sa.func.sum(a.amount_minor), sa.BigInteger)
    paid = (
        sa.select(m.message_id, a.invoice, total.label("amount_minor"))
        .join_from(messages, allocations, a.payment == m.subject)
        .where(m.message_id.in_(about))
        .group_by(m.message_id, a.invoice)
        .having(total > 0)
        .subquery("paid")
    )
    return (
        sa.select(paid.c.message_id, paid.c.amount_minor, *_lines())
        .join_from(paid, invoices, invoices.c.invoice == paid.c.invoice)
        .outerjoin(memberships, memberships.c.membership == invoices.c.membership)
        .outerjoin(plans, plans.c.plan == memberships.c.plan)
        .order_by(paid.c.message_id, *_IN_ORDER)
    )


def _lines() -> tuple[sa.ColumnElement[Any], ...]:
    i = invoices.c
    of_invoice = (i.invoice, i.kind, i.period_starts_on, i.period_ends_on, i.due_on, i.currency, i.open_minor)
    return (*of_invoice, plans.c.name.label("plan_name"))


def of_dunning(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """`invoices`: as they were overdue on the day, with kind, plan and period; `totals` of them by currency."""
    letters = [message for message in of if message.kind == "dunning"]
    if not letters:
        return {}
    numbers = {line["invoice"] for letter in letters for line in letter.facts["invoices"]}
    query = (
        sa.select(*_lines())
        .select_from(invoices)
        .outerjoin(memberships, memberships.c.membership == invoices.c.membership)
        .outerjoin(plans, plans.c.plan == memberships.c.plan)
        .where(invoices.c.invoice.in_(numbers))
    )
    known = {row["invoice"]: {name: row[name] for name in _LINE} for row in connection.execute(query).mappings()}
    facts: Facts = {}
    for letter in letters:
        lines = [known[line["invoice"]] | line for line in letter.facts["invoices"]]
        facts[letter.message_id] = {"invoices": lines, "totals": _totals(lines)}
    return facts


def of_ends(connection: sa.Connection, of: Sequence[Message]) -> Facts:
    """`credit_notes` that the end of a membership issued, and `credit`: what its customer has with us, by currency."""
    about = ids(of, "membership_expired", "closure_accepted")
    if not about:
        return {}
    facts: Facts = {message_id: {"credit_notes": [], "credit": []} for message_id in about}
    for row in connection.execute(_notes(about)):
        line = {"invoice": row.invoice, "corrects": row.corrects, "currency": row.currency}
        facts[row.message_id]["credit_notes"].append(line | {"amount": major_amount(-row.total_minor, row.currency)})
    for row in connection.execute(_credit(about)):
        facts[row.message_id]["credit"].append(
            {"currency": row.currency, "amount": major_amount(row.unapplied_minor, row.currency)}
        )
    return facts


def _notes(about: Sequence[int]) -> sa.Select[Any]:
    """The credit notes of the membership's void periods that the run of the message wrote, by number."""
    m, p, i = messages.c, periods.c, invoices.c
    named = sa.func.coalesce(m.facts["membership"].astext, m.subject)
    return (
        sa.select(m.message_id, i.invoice, i.corrects, i.currency, i.total_minor)
        .join_from(messages, periods, (p.membership == named) & p.void)
        .join(invoices, (i.corrects == p.invoice) & (i.run_id == m.run_id))
        .where(m.message_id.in_(about))
        .order_by(m.message_id, i.issued_on, i.series_no)
    )


def _credit(about: Sequence[int]) -> sa.Select[Any]:
    """The unapplied credit of each message's customer, by currency."""
    m, p = messages.c, payments.c
    total = sa.cast(sa.func.sum(p.unapplied_minor), sa.BigInteger).label("unapplied_minor")
    return (
        sa.select(m.message_id, p.currency, total)
        .join_from(messages, payments, (p.customer == m.customer) & (p.unapplied_minor > 0))
        .where(m.message_id.in_(about))
        .group_by(m.message_id, p.currency)
        .order_by(m.message_id, p.currency)
    )


def _totals(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is open by currency, in the order of their first mention: currency, amount."""
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[line["currency"]] = sums.get(line["currency"], Decimal(0)) + line["open"]
    return [{"currency": currency, "amount": total} for currency, total in sums.items()]
