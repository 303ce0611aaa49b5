"""`tajdid forecast`: what the days to come would bring."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from flows import show
from flows.clock import business_date


def forecast(
    until: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    wishes: Annotated[
        list[str] | None, typer.Option("--set", metavar="plan[:ID].TERM=VALUE", help="Other terms; may be repeated.")
    ] = None,
    paying: Annotated[bool, typer.Option("--paying/--nobody-pays", help="Invoices are paid when they are due.")] = True,
) -> None:
    """Run the days up to a date on a scratch copy, and show each week: invoices, cash, expiring credits, dunning."""
    from flows.forecast import forecast as foretold
    from tasks.database import readable_errors
    from tasks.schema import require_current

    require_current()
    with readable_errors():
        show.weeks(foretold(until.date(), business_date(), wishes or [], paying=paying))
