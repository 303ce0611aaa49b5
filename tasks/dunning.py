"""Dunning (L8): which overdue invoices have reached a level above their last, what fee does it cost, who is told?

Writes notices, fee invoices, book entries and one message a customer and day. Repeating it is safe because an invoice
is noticed once a level (the key of a notice), and the message of a day has a key.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.companies import companies
from models.customers import customers
from models.dunning import dunning_levels, notices
from models.invoices import invoices
from models.memberships import memberships
from models.plans import plans
from tasks.billing import insert_invoices
from tasks.books import write_entries
from tasks.numbering import close_series, stage_numbered
from tasks.outbox import is_said, queue_messages
from tasks.rows import insert_rows
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope, Step, money_of


def dun(connection: sa.Connection, scope: Scope) -> Outcome:
    """Write one notice for each invoice that is due for a higher level, its fee invoice, one letter a customer."""
    due = stage(connection, "due_notices", due_notices(scope))
    if not due.rows:
        return Outcome({"notices": 0, "fee_invoices": 0, "letters": 0})
    fees = _issue_fees(connection, scope, due)
    _write_notices(connection, scope, due, fees)
    return Outcome(
        {"notices": due.rows, "fee_invoices": fees.rows, "letters": _write_letters(connection, scope, due)},
        money_of(connection, fees, "fees", fees.c.total_minor),
    )


# Not split in shards: the numbers of fee invoices follow those of the invoices that they chase (L6.1).
STEP = Step("dunning", "dunning", dun, shard_by=None)


def due_notices(scope: Scope) -> sa.Select[Any]:
    """Open membership invoices with the highest level that they have reached, where that is above their last (L8.1).

    For each level of a company, and each lower one that an invoice may stand at, one range of an index.
    """
    reached, lower, i = dunning_levels.c, _standing_levels(), invoices.c
    ripe = (
        sa.select(i.invoice, i.customer, i.membership, i.issued_on, i.series_no, i.company)
        .where(i.kind == "membership", i.open_minor > 0, i.company == reached.company)
        .where(i.dunned_level == lower.c.level, i.due_on <= scope.as_of - reached.days_overdue)
        .offset(0)
        .lateral("ripe")
    )
    below = (lower.c.company == reached.company) & (lower.c.level < reached.level)
    return (
        sa.select(ripe, reached.level, reached.fee_minor, reached.template)
        .select_from(
            dunning_levels.join(lower, below)
            .join(ripe, sa.true())
            .join(customers, customers.c.customer == ripe.c.customer)
        )
        .where(~customers.c.dunning_blocked)
        .distinct(ripe.c.invoice)
        .order_by(ripe.c.invoice, reached.level.desc())
    )


def _standing_levels() -> sa.Subquery:
    """The levels at which a company's invoices may stand: none (0), or one of its policy."""
    d = dunning_levels.c
    none = sa.select(d.company, sa.literal(0, sa.SmallInteger).label("level"))
    return none.union(sa.select(d.company, d.level)).subquery("lower")


def _issue_fees(connection: sa.Connection, scope: Scope, due: Staged) -> Staged:
    """One fee invoice for each notice of a level with a fee: no tax, in the company's currency (L8.2)."""
    d, nothing = due.c, sa.cast(sa.null(), sa.Date)
    documents = (
        sa.select(d.invoice.label("chased"), d.issued_on.label("chased_on"), d.series_no.label("chased_no"), d.company)
        .add_columns(d.customer, d.membership, nothing.label("starts_on"), nothing.label("ends_on"))
        .add_columns(companies.c.currency, (sa.literal(scope.as_of) + plans.c.terms_days).label("due_on"))
        .add_columns(d.fee_minor.label("unit_price_minor"), sa.literal(1).label("quantity"))
        .add_columns(sa.literal(0).label("discount_percent"), sa.literal(0).label("tax_rate"))
        .add_columns(sa.false().label("tax_included"), d.fee_minor.label("net_minor"))
        .add_columns(sa.literal(0, sa.BigInteger).label("tax_minor"))
        .join_from(due, companies, companies.c.company == d.company)
        .join(memberships, memberships.c.membership == d.membership)
        .join(plans, plans.c.plan == memberships.c.plan)
        .where(d.fee_minor > 0)
    )
    fees = stage_numbered(connection, scope, "fees", documents, ("chased_on", "chased_no"))
    if fees.rows:
        f = fees.c
        close_series(connection, scope, fees)
        insert_invoices(connection, scope, fees, "fee")
        write_entries(connection, scope, fees, "fee", f.invoice, receivable=f.total_minor, fee_income=-f.net_minor)
    return fees


def _write_notices(connection: sa.Connection, scope: Scope, due: Staged, fees: Staged) -> None:
    values = {
        "invoice": due.c.invoice,
        "level": due.c.level,
        "noticed_on": sa.literal(scope.as_of),
        "fee_invoice": fees.c.invoice,
        "run_id": sa.literal(scope.run_id),
    }
    insert_rows(connection, notices, due.outerjoin(fees, fees.c.chased == due.c.invoice), values)
    connection.execute(sa.update(invoices).where(invoices.c.invoice == due.c.invoice).values(dunned_level=due.c.level))


def _write_letters(connection: sa.Connection, scope: Scope, due: Staged) -> int:
    """One message a customer and day, in the tone of the highest level, listing all overdue invoices (L8.3)."""
    noticed = (
        sa.select(due.c.customer, due.c.level, due.c.template)
        .where(~is_said("dunning", due.c.customer, scope.as_of.isoformat()))
        .distinct(due.c.customer)
        .order_by(due.c.customer, due.c.level.desc())
    )
    letters = stage(connection, "letters", noticed)
    return queue_messages(
        connection,
        scope,
        letters,
        "dunning",
        letters.c.customer,
        key=scope.as_of.isoformat(),
        level=letters.c.level,
        template=letters.c.template,
        invoices=_overdue(scope, letters.c.customer),
    )


def _overdue(scope: Scope, customer: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """All overdue invoices of a customer as JSON, oldest first: fees too, and one that is noticed on its due day."""
    i = invoices.c
    row = sa.func.jsonb_build_object(
        *("invoice", i.invoice, "due_on", i.due_on, "days", sa.literal(scope.as_of) - i.due_on),
        *("currency", i.currency, "open_minor", i.open_minor),
    )
    ordered = postgresql.aggregate_order_by(row, i.due_on, i.issued_on, i.series_no)
    return (
        sa.select(sa.func.jsonb_agg(ordered))
        .where(i.customer == customer, i.open_minor > 0, (i.due_on < scope.as_of) | (i.dunned_level > 0))
        .correlate_except(invoices)
        .scalar_subquery()
    )
