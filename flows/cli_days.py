"""`tajdid nightly`, `run` and `backfill`: business days from the command line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows import show
from flows.clock import business_date
from flows.recipe import FLOWS
from flows.whoever import whoever_asks
from models.errors import WrongUsage

if TYPE_CHECKING:
    from flows.backfill import RunDay

Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Default: today in the configured zone."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do it in one transaction that is rolled back.")]
_FIRST_YEAR, _LAST_YEAR = 1950, 2150
"""Far beyond what any business day lies in: what is outside of these was mistyped, or is of another calendar."""


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
    from flows.business_day import require_untroubled
    from tasks.database import readable_errors
    from tasks.schema import require_current

    require_current()
    with readable_errors(), _way(dry_run) as run_day:
        require_untroubled(show.days(run_day(flow, date_of(as_of)), dry_run))


@contextmanager
def _way(dry_run: bool) -> Iterator[RunDay]:
    """How a day is run: as a Prefect flow run; else plainly, by threads where the settings ask for them."""
    from flows.business_day import run_days
    from flows.quiet import quiet_prefect
    from tasks.crew import threads
    from tasks.database import rehearsal
    from tasks.runner_address import require_runner
    from tasks.settings import settings

    # A rehearsal is one transaction of one process: it needs no workers.
    if reports_to_prefect() or (settings().by_prefect and not dry_run):
        require_runner()
        with contextlib.nullcontext() if reports_to_prefect() else quiet_prefect(settings().home):
            from flows.prefect_flow import business_flow

            yield lambda flow, as_of: business_flow(flow)(as_of, dry_run)
    elif dry_run:
        with rehearsal():
            yield run_days
    else:
        with threads() as submit:
            yield lambda flow, as_of: run_days(flow, as_of, submit=submit)


def backfill(
    flow: Annotated[str, typer.Argument(metavar="FLOW", help=f"One of: nightly, {', '.join(FLOWS)}.")],
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the backfill.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The dress rehearsal only.")] = False,
) -> None:
    """Run a range of business days, oldest first: rehearse all of them, show what changes, then do them day by day."""
    from flows.backfill import rehearse, run_backfill
    from tasks.backfills import Wish
    from tasks.database import readable_errors
    from tasks.schema import require_current

    _known(flow, "nightly", *FLOWS)
    wish = Wish(flow, known_day(first), known_day(last), reason, whoever_asks())
    require_current()
    with readable_errors():
        rehearsed = rehearse(wish)
        show.foreseen(rehearsed)
        if not dry_run:
            with _way(dry_run) as run_day:
                show.backfilled(run_backfill(rehearsed, run_day))


def date_of(given: datetime | None) -> date:
    """The business date of an option: today in the configured zone where it is not given."""
    return business_date(known_day(given) if given else None)


def known_day(given: datetime) -> date:
    """The day of an option. Raises WrongUsage for one of another calendar, or mistyped by centuries."""
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise WrongUsage(
            f"The date is {given.date()}; expected a Gregorian one between {_FIRST_YEAR} and {_LAST_YEAR}. "
            "A Jalali or Hijri year has to be converted first."
        )
    return given.date()


def reports_to_prefect() -> bool:
    """Whether a Prefect server is configured; without one the steps do not wait for a throw-away one (decision 6)."""
    return bool(os.environ.get("PREFECT_API_URL"))
