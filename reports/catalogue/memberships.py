"""Memberships, one by one: where does each stand, until when is it paid, what does it owe (L3.3, L3.4)?"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from models.companies import currencies
from models.customers import customers
from models.memberships import memberships
from models.plans import plans
from models.rules.history import receivables
from models.rules.history_members import standings_then, statuses
from reports.catalogue.columns import (
    CURRENCY,
    CUSTOMER,
    MEMBERSHIP,
    NAME,
    PLAN,
    PLAN_NAME,
    STATUSES,
    amount,
    in_major,
)
from reports.language.catalogs import _
from reports.report import Column, Query, Report


def query(company: str, as_of: date) -> Query:
    """One row a membership that had begun."""
    now, stood, owed = statuses(company, as_of).c, standings_then(company, as_of), _owed(company, as_of)
    s, m = stood.c, memberships.c
    return (
        sa.select(now.membership, now.customer, customers.c.name, now.plan, plans.c.name.label("plan_name"))
        .add_columns(now.status, now.since, m.started_on, s.period_starts_on, s.period_ends_on, s.paid_until)
        .add_columns(plans.c.currency, in_major(sa.func.coalesce(owed.c.open_minor, 0)).label("open"))
        .select_from(
            now.membership.table.join(memberships, m.membership == now.membership)
            .join(plans, plans.c.plan == now.plan)
            .join(currencies, currencies.c.currency == plans.c.currency)
            .join(customers, customers.c.customer == now.customer)
            .outerjoin(stood, s.membership == now.membership)
            .outerjoin(owed, (owed.c.membership == now.membership) & (owed.c.currency == plans.c.currency))
        )
        .order_by(now.membership)
    )


def _owed(company: str, as_of: date) -> sa.Subquery:
    """What is open of a membership's invoices and fees, by currency."""
    r = receivables(company, as_of).subquery("receivables").c
    total = sa.func.sum(r.open_minor).label("open_minor")
    return sa.select(r.membership, r.currency, total).group_by(r.membership, r.currency).subquery("owed")


REPORT = Report(
    name="memberships",
    section="members",
    title=_("Memberships"),
    question=_("Where does each membership stand, and until when is it paid?"),
    grain=_("One row a membership that has begun."),
    columns=(
        MEMBERSHIP,
        CUSTOMER,
        NAME,
        PLAN,
        PLAN_NAME,
        Column("status", "id", _("Status"), _("The status at the end of the day."), words=STATUSES),
        Column("since", "date", _("Since"), _("The day on which it got this status.")),
        Column("started_on", "date", _("Started on"), _("First day of the membership, here or elsewhere before.")),
        Column("period_starts_on", "date", _("Period from"), _("First day of its current period.")),
        Column("period_ends_on", "date", _("Period until"), _("First day after its current period.")),
        Column("paid_until", "date", _("Not paid from"), _("First day that is not paid.")),
        CURRENCY,
        amount("open", _("Open"), _("Invoiced, neither paid nor credited.")),
    ),
    query=query,
    cadence="weekly",
    notes=(
        _("Memberships that had not begun are not shown: a past day cannot know who was announced for later."),
        _("Periods are shown where they lay on the day; a freeze that ended later has moved them since."),
    ),
)
