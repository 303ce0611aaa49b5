"""Why a closing is refused, and whether it takes effect at once (L5)."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from models.companies import close_reasons
from models.memberships import memberships
from models.plans import plans
from models.requests import closures

Column = sa.ColumnElement[Any]


def listed_reason() -> Column:
    """How a request finds its reason on the company's list; an outer join, since it may not be there."""
    return (close_reasons.c.company == plans.c.company) & (close_reasons.c.reason == closures.c.reason_code)


def refusal() -> Column:
    """The reason code of a refused closing, NULL where nothing stands against it (L5.2)."""
    c, listed = closures.c, close_reasons.c.reason.isnot(None)
    by_customer = c.origin == "customer"
    choosable = sa.func.coalesce(close_reasons.c.customer_may_choose, sa.false())
    return sa.case(
        (memberships.c.status == "closed", "already_closed"),
        (by_customer & ~plans.c.closable, "not_closable"),
        (by_customer & ~choosable, "unknown_reason"),
        (by_customer & c.reason_text.isnot(None), "reason_text_not_allowed"),
        (~by_customer & ~listed & c.reason_text.is_(None), "reason_missing"),
    )


def is_at_once(as_of: date, current_ends_on: Column) -> Column:
    """Whether an accepted closing closes on `as_of`: so asked for, or no current period runs any more (L5.3).

    The period of a frozen membership runs on: it resumes first.
    """
    over = current_ends_on.is_(None) | ((memberships.c.status != "frozen") & (current_ends_on <= as_of))
    return (closures.c.effective == "now") | over
