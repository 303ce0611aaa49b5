"""Redemptions (L7.6): may points pay, which invoice, how much of it, and from which lots?

Writes movements, allocations of points, book entries, and what is left of invoices. Repeating it is safe because a
redemption is decided once (`applied_on`).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from models.companies import companies, currencies
from models.customers import customers
from models.invoices import invoices
from models.lots import point_allocations, redemptions
from models.money import add_money
from models.rules.amounts import major
from models.rules.lots import POINTS
from models.rules.loyalty import payable_points
from tasks.books import write_entries
from tasks.lots import balance, spend
from tasks.refusals import refuse
from tasks.rows import insert_rows
from tasks.settlement import OLDEST_DEBT, pay_invoices
from tasks.staging import Staged, stage
from tasks.step import Outcome, Scope, Step, money_of


def redeem(connection: sa.Connection, scope: Scope) -> Outcome:
    """Decide the redemptions whose day has come, in turns: the first of every customer, then the second …

    Each changes what the next finds: the balance, and which invoice is the oldest open one.
    """
    waiting = stage(connection, "waiting_redemptions", waiting_redemptions(scope))
    if not waiting.rows:
        return Outcome({"redemptions": 0, "refused": 0})
    connection.execute(
        sa.update(redemptions).where(redemptions.c.redemption == waiting.c.source_id).values(applied_on=scope.as_of)
    )
    turns = connection.execute(sa.select(sa.func.max(waiting.c.turn))).scalar_one()
    outcomes = [_take_turn(connection, scope, waiting, turn) for turn in range(1, turns + 1)]
    return Outcome(
        {name: sum(outcome.counts[name] for outcome in outcomes) for name in ("redemptions", "refused")},
        add_money(outcome.money for outcome in outcomes),
    )


STEP = Step("redemptions", "points", redeem, shard_by="customer")


def waiting_redemptions(scope: Scope) -> sa.Select[Any]:
    """Waiting redemptions of `as_of` or before, with their turn: the place among those of their customer."""
    r = redemptions.c
    turn = sa.func.row_number().over(partition_by=r.customer, order_by=(r.requested_on, r.redemption))
    return sa.select(
        *(r.redemption.label("source_id"), r.customer, sa.literal(POINTS).label("credit_type"), r.points),
        *(r.invoice.label("named_invoice"), r.membership.label("named_membership"), turn.label("turn")),
    ).where(r.applied_on.is_(None), r.requested_on <= scope.as_of, scope.shard.holds(r.customer))


def _take_turn(connection: sa.Connection, scope: Scope, waiting: Staged, turn: int) -> Outcome:
    decided = stage(connection, "decided_redemptions", decisions(scope, waiting, turn))
    granted = stage(connection, "granted_redemptions", sa.select(decided).where(decided.c.reason.is_(None)))
    if granted.rows:
        spend(connection, scope, granted, "redemption")
        _pay(connection, scope, granted)
    return Outcome(
        {"redemptions": granted.rows, "refused": _refuse(connection, scope, decided)},
        money_of(connection, granted, "redeemed"),
    )


def decisions(scope: Scope, waiting: Staged, turn: int) -> sa.Select[Any]:
    """The redemptions of a turn: the invoice that each pays, with how many points, or the reason why it does not."""
    aimed = _aimed(scope, waiting).where(waiting.c.turn == turn).subquery("aimed")
    a = aimed.c
    points = payable_points(a.points, a.open_major, a.point_value)
    value = sa.func.round(points * a.point_value * sa.func.power(sa.cast(10, sa.Numeric), a.minor_digits))
    amount = sa.cast(value, sa.BigInteger)
    reason = sa.case(
        (a.balance < a.points, "insufficient_balance"),
        (a.invoice.is_(None), "no_open_invoice"),
        ((points == 0) | (sa.func.coalesce(amount, 0) == 0), "nothing_to_redeem"),
    )
    return sa.select(
        *(a.source_id, a.customer, a.credit_type, a.points, a.balance, a.invoice, a.company, a.currency),
        *(points.label("quantity"), amount.label("amount_minor"), reason.label("reason"), a.turn.label("place")),
    )


def _aimed(scope: Scope, waiting: Staged) -> sa.Select[Any]:
    """Each redemption with the customer's balance and the open invoice that it is to pay, if there is one.

    The invoice that it names, else the oldest open membership invoice of the membership that it names, else of the
    customer; in the company's currency.
    """
    w, i, c = waiting.c, invoices.c, companies.c
    named = sa.case(
        (w.named_invoice.isnot(None), i.invoice == w.named_invoice),
        (w.named_membership.isnot(None), (i.membership == w.named_membership) & (i.kind == "membership")),
        else_=i.kind == "membership",
    )
    target = (
        sa.select(i.invoice, i.open_minor)
        .where(i.customer == w.customer, i.currency == c.currency, i.open_minor > 0, named)
        .order_by(*OLDEST_DEBT)
        .limit(1)
        .lateral("target")
    )
    open_major = major(target.c.open_minor, currencies.c.minor_digits)
    return (
        sa.select(waiting, target.c.invoice, c.company, c.currency, c.point_value, currencies.c.minor_digits)
        .add_columns(open_major.label("open_major"), balance(waiting, scope).label("balance"))
        .select_from(
            waiting.join(customers, customers.c.customer == w.customer)
            .join(companies, c.company == customers.c.company)
            .join(currencies, currencies.c.currency == c.currency)
            .outerjoin(target, sa.true())
        )
    )


def _pay(connection: sa.Connection, scope: Scope, granted: Staged) -> None:
    """Allocate the points, book points expense / receivable (L10), bring the invoices up to date."""
    g = granted.c
    values = {
        "redemption": g.source_id,
        "invoice": g.invoice,
        "run_id": sa.literal(scope.run_id),
        "kind": sa.literal("redemption"),
        "points": g.quantity,
        "amount_minor": g.amount_minor,
        "on_date": sa.literal(scope.as_of),
    }
    insert_rows(connection, point_allocations, granted, values)
    write_entries(
        connection,
        scope,
        granted,
        "redemption",
        g.source_id,
        points_expense=g.amount_minor,
        receivable=-g.amount_minor,
    )
    pay_invoices(connection, scope, granted)


def _refuse(connection: sa.Connection, scope: Scope, decided: Staged) -> int:
    d = decided.c
    asks = sa.func.concat("Redemption ", d.source_id, " asks for ", d.points, " points; ")
    says = sa.case(
        (d.reason == "insufficient_balance", sa.func.concat("usable on ", scope.as_of, " were ", d.balance, ".")),
        (d.reason == "no_open_invoice", "what it names, or the customer, has no open invoice for points to pay."),
        else_=sa.func.concat("they pay nothing of ", d.invoice, ": a whole point is worth more, or nothing at all."),
    )
    refused = d.reason.isnot(None)
    return refuse(
        connection,
        scope,
        decided,
        "redemptions",
        d.source_id,
        reason=d.reason,
        message=sa.func.concat(asks, says),
        where=refused,
    )
