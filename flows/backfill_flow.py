"""The backfill as a Prefect flow: parameters in a form, the rehearsal as a table, each day a run below it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from pydantic import Field

from flows.backfill import rehearse, run_backfill
from flows.business_day import Day
from flows.prefect_flow import business_flow
from reports.changes import changes_table
from reports.days import table
from tasks.backfills import Wish
from tasks.schema import require_current

FlowName = Literal[
    "nightly",
    "payments",
    "closures",
    "freezes",
    "renewals",
    "grace",
    "credits",
    "points",
    "dunning",
    "reminders",
    "audit",
    "reports",
    "delivery",
]
"""What may be backfilled: a list to choose from in the form."""


def _run_name() -> str:
    """`backfill nightly 2028-03-01 to 2028-03-04`."""
    given = flow_run.parameters
    rehearsal = " dry run" if given.get("dry_run") else ""
    return f"backfill {given['flow_name']} {given['first_day']} to {given['last_day']}{rehearsal}"


@flow(
    name="backfill",
    flow_run_name=_run_name,
    description="A range of business days: rehearsed, then done day by day; a retry goes on where it stopped.",
    persist_result=False,
)
def backfill(
    *,
    flow_name: FlowName,
    first_day: date,
    last_day: date,
    reason: Annotated[str, Field(min_length=1)],
    requested_by: Annotated[str, Field(min_length=1)],
    dry_run: bool = False,
) -> None:
    """Run a range of business days, oldest first.

    Args:
        flow_name: nightly, or one of its flows alone.
        first_day: the first business date.
        last_day: the last business date.
        reason: why; it stays with the backfill.
        requested_by: who asks for it.
        dry_run: the dress rehearsal only.
    """
    require_current()
    rehearsed = rehearse(Wish(flow_name, first_day, last_day, reason, requested_by))
    left = f"{len(rehearsed.days)} days to do" if rehearsed.days else "nothing is left to do"
    create_table_artifact(
        key="backfill-foreseen",
        table=changes_table(rehearsed.foreseen),
        description=f"### {flow_name} {first_day} to {last_day}: {left}\n"
        "What a dress rehearsal showed; it was rolled back. Amounts of different currencies are never added.\n"
        + "\n".join(f"- {line}" for line in rehearsed.would_hold),
    )
    if dry_run:
        return
    days = list(run_backfill(rehearsed, _as_run_of_its_own))
    create_table_artifact(
        key="backfill-days",
        table=[row for day in days for row in table(day.results)],
        description=f"### {flow_name} {first_day} to {last_day}: {len(days)} days done\n{reason} ({requested_by})",
    )


def _as_run_of_its_own(flow_name: str, as_of: date) -> list[Day]:
    return business_flow(flow_name)(as_of, False)
