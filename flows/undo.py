"""Undoing a run, as a form in the UI."""

from __future__ import annotations

import contextlib
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run
from pydantic import Field

from reports.days import counts_text, money_text
from tasks.database import rehearsal
from tasks.schema import require_current
from tasks.undo import undo as undo_run


def _run_name() -> str:
    given = flow_run.parameters
    return f"undo run {given['run_id']}" + (" dry run" if given.get("dry_run") else "")


@flow(
    name="undo",
    flow_run_name=_run_name,
    description="Compensates exactly what one run of a billing flow wrote.",
    persist_result=False,
)
def undo(run_id: int, reason: Annotated[str, Field(min_length=1)], dry_run: bool = True) -> None:
    """Undo one run of a billing flow; what was since paid, spent or sent stays, and is listed.

    Args:
        run_id: the run of `payments`, `renewals`, `credits`, `points`, `dunning` or `reminders`.
        reason: why; it stays with the run.
        dry_run: show what would happen, and roll it back.
    """
    require_current()
    with rehearsal() if dry_run else contextlib.nullcontext():
        done = undo_run(run_id, reason)
    how = "dry run, rolled back" if dry_run else f"by run {done.run_id}, on business date {done.as_of}"
    create_table_artifact(
        key="undo",
        table=[{"left as it is": refusal} for refusal in done.refusals],
        description=f"### Run {run_id} ({done.flow}) is undone ({how})\n{counts_text(done.counts)}; "
        f"{money_text(done.money)}",
    )
