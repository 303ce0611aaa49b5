"""All tables, imported once so that the MetaData is whole."""

from __future__ import annotations

from models import (
    backfills,
    books,
    calendars,
    companies,
    customers,
    dunning,
    erasures,
    holds,
    invoices,
    lots,
    memberships,
    messages,
    operations,
    payments,
    plans,
    requests,
)
from models.metadata import metadata

__all__ = [
    "backfills",
    "books",
    "calendars",
    "companies",
    "customers",
    "dunning",
    "erasures",
    "holds",
    "invoices",
    "lots",
    "memberships",
    "messages",
    "metadata",
    "operations",
    "payments",
    "plans",
    "requests",
]
