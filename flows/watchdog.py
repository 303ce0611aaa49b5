"""At six in the morning: is the night done? Red where it is not, whatever became of its run."""

from __future__ import annotations

from datetime import date

from prefect import flow
from prefect.runtime import flow_run

from flows.clock import business_date
from models.errors import NightMissing
from tasks.runs import last_completed
from tasks.schema import require_current


@flow(name="watchdog", description="Red where the night of the day is not done.", persist_result=False)
def watchdog(as_of: date | None = None) -> None:
    """Ask the store's own ledger whether nightly has completed a business date; raises NightMissing.

    Args:
        as_of: the business date; empty: the day of the scheduled start.
    """
    require_current()
    day, last = business_date(as_of, flow_run.scheduled_start_time), last_completed("nightly")
    if last is None or last < day:
        raise NightMissing(day, last)
