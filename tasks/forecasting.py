"""What a forecast supposes: other terms of the plans, and members who pay on the day that an invoice is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from models.errors import WrongUsage
from models.invoices import invoices
from models.payments import payments
from models.plans import plans
from tasks.database import transaction
from tasks.rows import insert_rows

TERMS = ("terms_days", "lead_days", "grace_days", "auto_renew", "closable", "freeze_days_max", "on_expiry")
"""The columns of a plan that may be set for a forecast."""


def set_terms(wishes: Iterable[str]) -> None:
    """Apply wishes such as `plan.grace_days=10`, or `plan:gym.grace_days=10` for one plan. Raises WrongUsage."""
    for wish in wishes:
        of, _, value = wish.partition("=")
        which, _, term = of.partition(".")
        kind, _, plan = which.partition(":")
        if kind != "plan" or term not in TERMS or not value:
            known = ", ".join(TERMS)
            raise WrongUsage(
                f"--set {wish} is not understood; expected plan.TERM=VALUE or plan:ID.TERM=VALUE, of {known}."
            )
        where = plans.c.plan == plan if plan else sa.true()
        column = plans.c[term]
        # The server reads the text, as it reads a file's; it says what is wrong with it.
        changed = sa.update(plans).where(where).values({term: sa.cast(sa.literal(value, sa.Text), column.type)})
        try:
            with transaction() as connection:
                found = connection.execute(changed).rowcount
        except DBAPIError as wrong:
            raise WrongUsage(f"--set {wish} is refused: {str(wrong.orig).strip().splitlines()[0]}.") from None
        if not found:
            raise WrongUsage(f"--set {wish}: there is no plan {plan}; expected the id of one that was loaded.")


def suppose_payments(day: date, overdue_before: date) -> None:
    """Who owes nothing that was due before `overdue_before` pays each invoice on the day that it is due."""
    i, old = invoices.c, invoices.alias("old").c
    values = {
        "payment": sa.func.concat("forecast/", i.invoice),
        "customer": i.customer,
        "invoice": i.invoice,
        "amount_minor": i.open_minor,
        "currency": i.currency,
        "paid_on": sa.literal(day),
    }
    known = sa.exists().where(payments.c.payment == sa.func.concat("forecast/", i.invoice))
    owes = sa.exists().where(old.customer == i.customer, old.open_minor > 0, old.due_on < overdue_before)
    due = (i.open_minor > 0) & (i.due_on <= day) & ~owes & ~known
    with transaction() as connection:
        insert_rows(connection, payments, invoices, values, where=due)
