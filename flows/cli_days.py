"""`tajdid nightly`, `run` and `backfill`: business days from the command line."""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Annotated

import typer

from flows import show
from flows.clock import business_date
from flows.recipe import FLOWS
from flows.whoever import whoever_asks
from models.errors import WrongUsage

Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Default: today in the configured zone."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do it in one transaction that is rolled back.")]


def nightly(as_of: Day = None, dry_run: DryRun = False) -> None:
    """Run the whole business day, missed days first."""
    _run("nightly", as_of, dry_run)


def run(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help=f"One of: {', '.join(FLOWS)}.")],
    as_of: Day = None,
    dry_run: DryRun = False,
) -> None:
    """Run one flow for one business date."""
    _known(flow, *FLOWS)
    _run(flow, as_of, dry_run)


def _known(flow: str, *flows: str) -> None:
    if flow not in flows:
        raise WrongUsage(f"FLOW is {flow}; expected one of: {', '.join(flows)}.")


def _run(flow: str, as_of: datetime | None, dry_run: bool) -> None:
    from flows.business_day import run_days
    from tasks.crew import threads
    from tasks.database import readable_errors, rehearsal
    from tasks.schema import require_current

    require_current()
    if _runs_in_prefect():
        from flows.prefect_flow import business_flow

        show.days(business_flow(flow)(date_of(as_of), dry_run), dry_run)
    elif dry_run:
        with readable_errors(), rehearsal():
            show.days(run_days(flow, date_of(as_of)), dry_run)
    else:
        with readable_errors(), threads() as submit:
            show.days(run_days(flow, date_of(as_of), submit=submit), dry_run)


def backfill(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help=f"One of: nightly, {', '.join(FLOWS)}.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the backfill.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The dress rehearsal only.")] = False,
) -> None:
    """Run a range of business days, oldest first: rehearse all of them, show what changes, then do them day by day."""
    from flows.backfill import rehearse, run_backfill
    from flows.business_day import run_days
    from tasks.backfills import Wish
    from tasks.crew import threads
    from tasks.database import readable_errors
    from tasks.schema import require_current

    _known(flow, "nightly", *FLOWS)
    wish = Wish(flow, first.date(), last.date(), reason, whoever_asks())
    require_current()
    with readable_errors():
        rehearsed = rehearse(wish)
        show.foreseen(rehearsed)
        if dry_run:
            return
        if _runs_in_prefect():
            from flows.prefect_flow import business_flow

            show.backfilled(run_backfill(rehearsed, lambda flow, as_of: business_flow(flow)(as_of, False)))
        else:
            with threads() as submit:
                show.backfilled(run_backfill(rehearsed, lambda flow, as_of: run_days(flow, as_of, submit=submit)))


def date_of(given: datetime | None) -> date:
    return business_date(given.date() if given else None)


def reports_to_prefect() -> bool:
    """Whether a Prefect server is configured; without one the steps do not wait for a throw-away one (decision 6)."""
    return bool(os.environ.get("PREFECT_API_URL"))


def _runs_in_prefect() -> bool:
    """Whether days are Prefect flow runs: to report to its server, or because its task runner does the work."""
    from tasks.settings import settings

    return reports_to_prefect() or settings().runner in {"processes", "dask", "ray"}
