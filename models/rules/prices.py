"""Which price version holds for a period (L2.1): the newest with `effective_from <= starts_on`."""

from __future__ import annotations

import sqlalchemy as sa

from models.plans import plan_prices
from models.rules.boundaries import FOREVER


def price_versions() -> sa.Subquery:
    """Each price version with the starts of periods that it holds for: plan, since, until (exclusive), price_minor."""
    pp = plan_prices.c
    following = sa.func.lead(pp.effective_from).over(partition_by=pp.plan, order_by=pp.effective_from)
    until = sa.func.coalesce(following, FOREVER)
    return sa.select(pp.plan, pp.effective_from.label("since"), until.label("until"), pp.price_minor).subquery("prices")
