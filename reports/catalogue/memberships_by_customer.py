"""Memberships by customer: how many does each hold, and in which status (L3.4)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.customers import customers
from models.rules.history_members import STANDING, beginnings, statuses
from reports.catalogue.columns import CUSTOMER, NAME, STATUSES, counted
from reports.language.catalogs import _
from reports.report import Column, Query, Report

SHOWN = (*STANDING, "expired", "closed")


def query(company: str, as_of: date) -> Query:
    """One row a customer with a membership that had begun."""
    now, began = statuses(company, as_of).c, beginnings(company, as_of).c
    count = sa.func.count()
    return (
        sa.select(now.customer, customers.c.name, sa.func.min(began.began_on).label("began_on"))
        .add_columns(
            *(count.filter(now.status == status).label(status) for status in SHOWN), count.label("memberships")
        )
        .join_from(now.membership.table, customers, customers.c.customer == now.customer)
        .outerjoin(began.membership.table, began.membership == now.membership)
        .group_by(now.customer, customers.c.name)
        .order_by(now.customer)
    )


REPORT = Report(
    name="memberships_by_customer",
    section="members",
    title=_("Memberships by customer"),
    question=_("How many memberships does each customer hold, and in which status?"),
    grain=_("One row a customer with a membership that has begun."),
    columns=(
        CUSTOMER,
        NAME,
        Column("began_on", "date", _("Member since"), _("The business day on which the first of them began here.")),
        *(
            counted(status, STATUSES[status], _("Memberships in this status at the end of the day."))
            for status in SHOWN
        ),
        counted("memberships", _("Memberships"), _("All memberships that have begun.")),
    ),
    query=query,
    cadence="weekly",
)
