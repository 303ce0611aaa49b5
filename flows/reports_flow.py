"""Reports as a Prefect flow: those of a night, a week, a month, or whichever are named, for any business day (L1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from flows.clock import business_date, moment
from tasks.database import transaction
from tasks.reporting import Production, names_of, write_reports
from tasks.reports import companies_whose_month_ends
from tasks.schema import require_current

Cadence = Literal["daily", "weekly", "monthly"]


def _day(as_of: date | None, cadence: Cadence) -> date:
    """The day of the scheduled start; a week and a month have ended on the day before it."""
    if as_of is not None:
        return as_of
    ended = timedelta(days=0 if cadence == "daily" else 1)
    return business_date(None, flow_run.scheduled_start_time) - ended


def _run_name() -> str:
    """`reports 2028-03-01`, `reports 2028-03-31 monthly`."""
    given = flow_run.parameters
    as_of, cadence = given.get("as_of"), given.get("cadence", "daily")
    day = _day(date.fromisoformat(as_of) if isinstance(as_of, str) else as_of, cadence)
    return f"reports {day}" + ("" if cadence == "daily" else f" {cadence}")


@flow(
    name="reports",
    flow_run_name=_run_name,
    description="Writes reports below TAJDID_OUT: pages, workbooks, CSV and Parquet, and the site's index.",
    persist_result=False,
)
def reports(as_of: date | None = None, cadence: Cadence = "daily", names: list[str] | None = None) -> None:
    """Write reports as of the end of a business day.

    Args:
        as_of: the business day; empty: the day of the scheduled start, for weekly and monthly reports the day before.
        cadence: which reports, where none are named: those of every night, of a week, of a month.
        names: reports by their names, or `all`.
    """
    require_current()
    day = _day(as_of, cadence)
    wanted = names or names_of(cadence)
    if not wanted:
        _publish([], day, f"no report is {cadence}")
        return
    only = _companies(day) if cadence == "monthly" and not names and as_of is None else [None]
    done = [write_reports(day, wanted, produced_at=moment(), company=company) for company in only]
    if not done:
        _publish([], day, "no company's month has ended")
        return
    _publish(done, day, f"{sum(len(one.written) for one in done)} written")


def _companies(day: date) -> list[str | None]:
    """A month ends on the same day for those that count by the same calendar."""
    with transaction() as connection:
        return [*companies_whose_month_ends(connection, day)]


def _publish(done: Sequence[Production], as_of: date, said: str) -> None:
    """Where each report lies."""
    written = [report for one in done for report in one.written]
    create_table_artifact(
        key="reports",
        table=[_row(one.company, one.report, one.rows, one.paths) for one in written],
        description=f"### reports as of {as_of}: {said}\n" + (f"All of them: {done[-1].site}" if done else ""),
    )


def _row(company: str, report: str, rows: int, paths: tuple[str, ...]) -> dict[str, str]:
    return {"company": company, "report": report, "rows": f"{rows:,}", "files": "\n".join(paths)}
