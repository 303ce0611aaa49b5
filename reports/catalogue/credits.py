"""Credits: what has each customer got, used and lost of each kind of credit, and what is about to expire (L7)?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from models.customers import customers
from models.lots import credit_types
from models.rules.history_lots import lots_then, movements_then
from reports.catalogue.columns import CREDIT_TYPE, CUSTOMER, NAME
from reports.language.catalogs import _
from reports.report import Column, Query, Report

SOON_DAYS = 30
KINDS = {
    "granted": (("grant",), 1),
    "charged": (("charge",), 1),
    "earned": (("earn",), 1),
    "used": (("usage", "redemption", "return"), -1),
    "expired": (("expiry",), -1),
}
"""Column -> the movements that it adds up, and the sign that makes it a count of its own."""
TITLES = {
    "granted": (_("Granted"), _("Came with paid periods.")),
    "charged": (_("Topped up"), _("Was bought or given apart from a period.")),
    "earned": (_("Points earned"), _("Points that paid invoices gave.")),
    "used": (_("Used"), _("Used or redeemed, less what came back.")),
    "expired": (_("Expired"), _("Was not used in time.")),
}


def moved(quantity: sa.ColumnElement[Any], kind: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
    """The sum of the movements that a column of `KINDS` stands for."""
    kinds, sign = KINDS[name]
    return sa.func.coalesce(sa.func.sum(sign * quantity).filter(kind.in_(kinds)), 0)


def query(company: str, as_of: date) -> Query:
    """One row a customer and kind of credit that the customer ever had."""
    m = movements_then(company, as_of).subquery("movements").c
    remaining = sa.func.coalesce(sa.func.sum(m.quantity), 0)
    sums = (
        sa.select(m.customer, m.credit_type, remaining.label("remaining"))
        .add_columns(*(moved(m.quantity, m.kind, name).label(name) for name in KINDS))
        .group_by(m.customer, m.credit_type)
        .subquery("sums")
    )
    s, soon = sums.c, _expiring(company, as_of)
    kind = (credit_types.c.company == company) & (credit_types.c.credit_type == s.credit_type)
    return (
        sa.select(s.customer, customers.c.name, s.credit_type)
        .add_columns(sa.func.coalesce(credit_types.c.name, s.credit_type).label("credit_name"))
        .add_columns(*(s[name] for name in KINDS), s.remaining)
        .add_columns(sa.func.coalesce(soon.c.expiring, 0).label("expiring"), soon.c.next_expiry)
        .join_from(sums, customers, customers.c.customer == s.customer)
        .outerjoin(credit_types, kind)
        .outerjoin(soon, (soon.c.customer == s.customer) & (soon.c.credit_type == s.credit_type))
        .order_by(s.credit_type, s.customer)
    )


def _expiring(company: str, as_of: date) -> sa.Subquery:
    """What is left and expires within the days to come, and the first day on which anything does."""
    left = lots_then(company, as_of).subquery("left").c
    within = left.expires_on <= as_of + timedelta(days=SOON_DAYS)
    return (
        sa.select(left.customer, left.credit_type, sa.func.min(left.expires_on).label("next_expiry"))
        .add_columns(sa.func.sum(left.remaining).filter(within).label("expiring"))
        # What a freeze holds waits, and moves when that ends.
        .where(~left.held)
        .group_by(left.customer, left.credit_type)
        .subquery("soon")
    )


REPORT = Report(
    name="credits",
    section="credits",
    title=_("Credits"),
    question=_("What has each customer got, used and lost of each kind of credit, and what expires soon?"),
    grain=_("One row a customer and kind of credit that the customer ever had."),
    columns=(
        CUSTOMER,
        NAME,
        CREDIT_TYPE,
        Column("credit_name", "text", _("Credit name"), _("What the company calls it today.")),
        *(Column(name, "quantity", *TITLES[name], total=True) for name in KINDS),
        Column("remaining", "quantity", _("Remaining"), _("What is left at the end of the day."), total=True),
        Column("expiring", "quantity", _("Expiring soon"), _("Of it what expires within 30 days."), total=True),
        Column("next_expiry", "date", _("Next expiry"), _("The first day on which some of it can no longer be used.")),
    ),
    query=query,
    cadence="weekly",
    notes=(_("What a freeze holds is left, but does not expire before it resumes."),),
)
