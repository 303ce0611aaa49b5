"""Letting pass what the guard holds, as a form in the UI: the next run of the day does it."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from pydantic import Field

from tasks.guard import approve as let_pass
from tasks.schema import require_current


@flow(
    name="approve",
    flow_run_name="approve run {run_id}",
    description="Lets pass what the guard holds of a run; the next run of its day does it.",
    persist_result=False,
)
def approve(
    run_id: int,
    reason: Annotated[str, Field(min_length=1)],
    approved_by: Annotated[str, Field(min_length=1)],
) -> None:
    """Let pass what the guard holds.

    Args:
        run_id: the run that the error of the held flow run names.
        reason: why its totals are right; it stays with the run.
        approved_by: who says so.
    """
    require_current()
    steps = let_pass(run_id, reason, approved_by)
    said = f"### Approved: {', '.join(steps)}\n{reason} ({approved_by})\n\nRun the day again: `nightly`."
    create_markdown_artifact(key="approval", markdown=said, description=f"Approval of run {run_id}")
