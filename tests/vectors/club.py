"""A club of one customer and one plan, for facts that need whole business days: loaded as files, run by the flow."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from flows.business_day import run_days
from models.errors import ClosedDay
from models.invoices import invoices
from tasks.intake import Loaded
from tests.support import load_rows

Row = dict[str, Any]

PLAN: Row = {
    "plan": "plan",
    "company": "club",
    "name": "plan",
    "interval_unit": "month",
    "interval_count": 1,
    "currency": "SAR",
    "tax_rate": 0,
    "tax_included": False,
    "terms_days": 0,
    "lead_days": 0,
    "auto_renew": True,
    "closable": True,
    "on_expiry": "collect",
}
"""Grace lasts, so that a member who never pays is billed on."""
COMPANY = {"company": "club", "name": "club", "timezone": "UTC", "currency": "SAR", "invoice_prefix": "CLUB"}
CUSTOMER = {"customer": "member", "company": "club", "kind": "person", "name": "member"}
PRICE = ({"effective_from": "2000-01-01", "price": 100},)


def load_club(
    folder: Path,
    *,
    memberships: Iterable[Row],
    plan: Row | None = None,
    prices: Iterable[Row] = PRICE,
    payments: Iterable[Row] = (),
) -> dict[str, Loaded]:
    """Load memberships of the one plan; each row names only what matters. Returns what became of each file."""
    of_member = {"customer": "member", "currency": "SAR"}
    loaded = load_rows(
        folder,
        {
            "companies": [COMPANY],
            "customers": [CUSTOMER],
            "plans": [PLAN | (plan or {})],
            "plan_prices": [{"plan": "plan"} | row for row in prices],
            "memberships": [
                {"membership": f"m{n}", "customer": "member", "plan": "plan"} | row for n, row in enumerate(memberships)
            ],
            "payments": [{"payment": f"p{n}"} | of_member | row for n, row in enumerate(payments)],
        },
    )
    return {of.entity: of for of in loaded}


def run(day: date) -> bool:
    """One nightly run; False where the day is refused because a later one is completed (L1.8)."""
    try:
        list(run_days("nightly", day))
    except ClosedDay:
        return False
    return True


def invoice_count(store: sa.Connection) -> int:
    return store.execute(sa.select(sa.func.count()).select_from(invoices)).scalar_one()
