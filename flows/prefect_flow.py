"""A recipe as a Prefect flow: run names that say what and for which day, tasks for its steps, a table as artifact."""

from __future__ import annotations

import contextlib
import logging
from datetime import date

from prefect import Flow, flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from prefect.settings import get_current_settings

from flows.business_day import Day, require_untroubled, run_days
from flows.clock import business_date
from flows.recipe import WORDS
from flows.rejects_alarm import tell_of_rejects
from flows.runner import task_runner
from reports.days import table
from reports.headline import headlines
from reports.refusals import SHOWN
from reports.report import INDEX
from tasks.database import rehearsal, transaction
from tasks.outlet import Outlet
from tasks.prefect_step import call_as_task, submit_as_task
from tasks.refusals import refused_by
from tasks.schema import require_current
from tasks.settings import settings

for _storey in get_current_settings().logging.extra_loggers or ():
    # Ours, where prefect.yaml names them, are told in a run's log; libraries stay as quiet as they are by default.
    logging.getLogger(_storey).setLevel(logging.INFO)


def _as_of(as_of: date | None) -> date:
    return business_date(as_of, flow_run.scheduled_start_time)


def _run_name() -> str:
    """`nightly 2028-03-01`, `nightly 2028-03-01 dry run`."""
    given = flow_run.parameters
    as_of = given.get("as_of")
    day = _as_of(date.fromisoformat(as_of) if isinstance(as_of, str) else as_of)
    return f"{flow_run.flow_name} {day}" + (" dry run" if given.get("dry_run") else "")


def business_flow(name: str) -> Flow[[date | None, bool], list[Day]]:
    """The flow called `name`: runs its recipe for one business date (nightly: and the days missed before it)."""

    def run(as_of: date | None = None, dry_run: bool = False) -> list[Day]:
        day = _as_of(as_of)
        require_current()
        with rehearsal() if dry_run else contextlib.nullcontext():
            days = list(run_days(name, day, call_as_task, submit_as_task if settings().runner else None))
            refused = refused_by([day.run_id for day in days])
        _publish(name, day, days, dry_run)
        if refused:
            _publish_refusals(name, day, refused)
        if not dry_run:
            tell_of_rejects(name, sum(result.counts.get("refused", 0) for one in days for result in one.results))
        require_untroubled(days)
        return days

    description = WORDS[name]
    run.__doc__ = (
        f"{description}\n\nArgs:\n    as_of: the business date; empty: the day of the scheduled start."
        "\n    dry_run: do everything in one transaction that is rolled back, and show what would happen."
    )
    run.__name__ = name
    workers = task_runner()
    as_flow = flow(
        name=name, flow_run_name=_run_name, description=description, persist_result=False, task_runner=workers
    )
    return as_flow(run)


def _publish_refusals(name: str, as_of: date, refused: list[dict[str, str]]) -> None:
    """The requests that the rules refused, for those who have to answer the members."""
    create_table_artifact(
        key=f"{name}-refusals",
        table=refused,
        description=f"### {name} up to {as_of}: refused requests, the latest first\n"
        f"A refused request is not tried again: load a new one. At most {SHOWN} are shown; all of them stand in "
        "`reporting.rejects`, stage `apply`.",
    )


def _publish(name: str, as_of: date, days: list[Day], dry_run: bool) -> None:
    """The table that finance ops read on the run's page; above it the sum of all, what waits, and the audit's proof."""
    results = [result for day in reversed(days) for result in day.results]  # the last day is read first
    said = f"{len(days)} business days, the last {as_of}" if len(days) != 1 else f"business date {as_of}"
    with transaction() as connection:
        above = "\n".join(f"- {line}" for line in headlines(connection, as_of, results))
    create_table_artifact(
        key=f"{name}-days",
        table=table(results),
        description=f"### {name}: {said}{' (dry run, rolled back)' if dry_run else ''}\n\n"
        f"{above}\n\nAmounts of different currencies are never added. "
        f"Reports of this day and others: {Outlet(settings().out).shown(INDEX)}",
    )
