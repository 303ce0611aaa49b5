"""Reports as a Prefect flow: those of a night, a week, a month, or whichever are named, for any business day (L1.8)."""

from __future__ import annotations

from datetime import date, timedelta

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from flows.clock import business_date, moment
from reports.report import Cadence
from tasks.database import transaction
from tasks.reporting import Production, names_of, write_due, write_reports
from tasks.reports import companies_whose_month_ends
from tasks.schema import require_current


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
    if cadence == "monthly" and not names and as_of is None:
        # A month ends on the same day only for those that count by the same calendar.
        with transaction() as connection:
            due = dict.fromkeys(companies_whose_month_ends(connection, day), names_of(cadence))
        _publish(write_due(day, due, produced_at=moment()), day)
    else:
        _publish(write_reports(day, names or names_of(cadence), produced_at=moment()), day)


def _publish(done: Production, as_of: date) -> None:
    """Where each report lies."""
    create_table_artifact(
        key="reports",
        table=[_row(one.company, one.report, one.rows, one.paths) for one in done.written],
        description=f"### reports as of {as_of}: {len(done.written)} written\nAll of them: {done.site}",
    )


def _row(company: str, report: str, rows: int, paths: tuple[str, ...]) -> dict[str, str]:
    return {"company": company, "report": report, "rows": f"{rows:,}", "files": "\n".join(paths)}
