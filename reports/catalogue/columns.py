"""What several reports show: their common columns, and amounts in major units of the row's currency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from models.companies import currencies
from models.rules.amounts import major
from reports.language.catalogs import _
from reports.report import Column

STATUSES = {
    "pending": _("Pending"),
    "active": _("Active"),
    "grace": _("In grace"),
    "frozen": _("Frozen"),
    "expired": _("Expired"),
    "closed": _("Closed"),
}

CUSTOMER = Column("customer", "id", _("Customer"), _("The customer's id."))
NAME = Column("name", "text", _("Name"), _("The customer's name as it is today."))
MEMBERSHIP = Column("membership", "id", _("Membership"), _("The membership's id."))
PLAN = Column("plan", "id", _("Plan"), _("The plan's id."))
PLAN_NAME = Column("plan_name", "text", _("Plan name"), _("The plan's name as it is today."))
CURRENCY = Column("currency", "id", _("Currency"), _("ISO 4217 code; different currencies are never added."))
CREDIT_TYPE = Column("credit_type", "id", _("Credit"), _("The kind of credit; different kinds are never added."))
MONTH = Column(
    "month", "month", _("Month"), _("First day of the month; the running one goes up to the day of the report.")
)


def counted(name: str, title: str, meaning: str) -> Column:
    """A count whose rows may be added up."""
    return Column(name, "count", title, meaning, total=True)


def amount(name: str, title: str, meaning: str) -> Column:
    """Money whose rows may be added up, by currency."""
    return Column(name, "money", title, meaning, total=True)


def in_major(minor: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Minor units as NUMERIC with the decimals of the row's currency; the query joins `currencies`."""
    return major(minor, currencies.c.minor_digits)


def amounts(of: Any, names: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """The named columns of minor units in major ones, by their own names."""
    return [in_major(sa.func.coalesce(of[name], 0)).label(name) for name in names]


def share(part: sa.ColumnElement[Any], whole: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """part / whole to four places; NULL where there is no whole."""
    return sa.func.round(sa.cast(part, sa.Numeric) / sa.func.nullif(whole, 0), 4)


def beside(reported: sa.FromClause, booked: sa.FromClause) -> sa.Select[Any]:
    """Two sides of a proof, each with currency and one amount in minor units: currency, reported, booked."""
    (left,), (right,) = ([c for c in of.c if c.name != "currency"] for of in (reported, booked))
    currency = sa.func.coalesce(reported.c.currency, booked.c.currency)
    return (
        sa.select(currency.label("currency"))
        .add_columns(in_major(sa.func.coalesce(left, 0)).label("reported"))
        .add_columns(in_major(sa.func.coalesce(right, 0)).label("booked"))
        .select_from(
            reported.join(booked, reported.c.currency == booked.c.currency, full=True).join(
                currencies, currencies.c.currency == currency
            )
        )
        .order_by(currency)
    )
