"""What does the whole set of reports cost, how far is that from its floor, and how much memory does it take?

    python benchmarks/reports.py --size 100000

A store of N memberships of two companies with three months of history, and the business day of `lifecycle.py` run on
it. Then every report of the catalogue is written for both companies as Parquet, CSV, workbook and page, each by itself,
in turn. The floor of a report, in the same run: COPY of the rows of the very same queries to nowhere, which is what the
database alone needs for them. Nothing is shown unless the rows written are those that the queries return, and what a
report has a proof of is the same as in the books. Memory is the peak of this process, the server's is its own. The last
line is one JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pyarrow.parquet
import sqlalchemy as sa

from benchmarks import databases
from benchmarks.cases import DAY
from benchmarks.measure import measure_day
from benchmarks.story import AS_OF
from models.companies import companies
from reports.arrow import sql_text
from reports.catalogue import REPORTS
from reports.report import Report
from tasks import database
from tasks.reporting import Production, write_reports
from tasks.settings import settings

PRODUCED_AT = datetime(2028, 3, 21, tzinfo=UTC)
_MB = 1024
BEGUN = """
INSERT INTO tajdid.status_changes (membership, run_id, from_status, to_status, on_date, paid_until, rule)
    SELECT membership, 0, 'pending', 'active', started_on, paid_until, 'L3.1' FROM tajdid.memberships
    UNION ALL
    SELECT membership, 0, 'active', 'grace', paid_until, paid_until, 'L3.4' FROM tajdid.memberships
        WHERE status = 'grace'
    ON CONFLICT DO NOTHING
"""


def main() -> None:
    """Measure each report and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="memberships, a multiple of 40")
    names = [report.name for report in REPORTS]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="REPORT")
    arguments = parser.parse_args()
    with databases.server() as server, tempfile.TemporaryDirectory() as folder:
        os.environ["TAJDID_OUT"] = folder
        DAY.prepare(server, arguments.size)
        tell_of_beginnings(server)
        measure_day(server)
        # The day was done in a copy; it is what is reported on.
        os.environ["TAJDID_DATABASE_URL"] = (
            sa.make_url(server).set(database=databases.STEP).render_as_string(hide_password=False)
        )
        settings.cache_clear()
        databases.vacuum()
        before_mb = peak_mb()
        write_reports(AS_OF, ["churn"], produced_at=PRODUCED_AT)  # what draws charts is loaded once
        figures = {report.name: measured(report, Path(folder)) for report in REPORTS if report.name in arguments.only}
    print(json.dumps({"size": arguments.size, "before_mb": before_mb, "peak_mb": peak_mb()} | summed(figures)))


def tell_of_beginnings(server: str) -> None:
    """The changes of status that the story leaves out, because no step of a night reads them; reports do."""
    engine = sa.create_engine(sa.make_url(server).set(database=databases.PREPARED))
    with engine.begin() as connection:
        connection.exec_driver_sql(BEGUN)
    engine.dispose()


def measured(report: Report, folder: Path) -> dict[str, float]:
    """The figures of a report, shown as soon as they are there."""
    floor_seconds, expected = floor(report)
    began = time.perf_counter()
    done = write_reports(AS_OF, [report.name], produced_at=PRODUCED_AT)
    seconds = time.perf_counter() - began
    require_same(report, done, expected, folder)
    shown = {
        "rows": sum(expected.values()),
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor_seconds, 2),
        "ratio": round(seconds / floor_seconds, 2),
        "mb_written": round(sum(path.stat().st_size for path in folder.rglob(f"{report.name}.*")) / 1e6, 1),
        "peak_mb": peak_mb(),
    }
    print(f"{report.name}: {json.dumps(shown)}", flush=True)
    return shown


def floor(report: Report) -> tuple[float, dict[str, int]]:
    """Seconds to COPY a report's rows of all companies to nowhere, and how many rows each has."""
    rows: dict[str, int] = {}
    began = time.perf_counter()
    with database.snapshot() as connection, database.reading_everything(connection):
        for company in connection.execute(sa.select(companies.c.company)).scalars().all():
            sql = sql_text(connection, report.query(company, AS_OF))
            with Path(os.devnull).open("wb") as nowhere:
                cursor = connection.connection.cursor()
                cursor.copy_expert(f"COPY ({sql}) TO STDOUT (FORMAT csv)", nowhere)
                rows[company] = cursor.rowcount
    return time.perf_counter() - began, rows


def require_same(report: Report, done: Production, expected: dict[str, int], folder: Path) -> None:
    """Only correct files are worth a figure."""
    written = {one.company: one.rows for one in done.written}
    held = {
        company: pyarrow.parquet.ParquetFile(folder / company / f"{AS_OF}" / f"{report.name}.parquet").metadata.num_rows
        for company in expected
    }
    if not written == held == expected:
        raise SystemExit(f"{report.name} was written with {written}, holds {held}; expected {expected}.")
    if report.proof is None:
        return
    with database.snapshot() as connection, database.reading_everything(connection):
        for company in expected:
            for side in connection.execute(report.proof.query(company, AS_OF)).mappings():
                if side["reported"] != side["booked"]:
                    raise SystemExit(f"{report.name} of {company} says {side['reported']}, the books {side['booked']}.")


def summed(figures: dict[str, dict[str, float]]) -> dict[str, float]:
    """All reports together."""
    whole = {name: sum(of[name] for of in figures.values()) for name in ("rows", "seconds", "floor_seconds")}
    ratio = {"ratio": round(whole["seconds"] / whole["floor_seconds"], 2)}
    return {name: round(value, 2) for name, value in whole.items()} | ratio


def peak_mb() -> int:
    """The most memory that this process has ever held."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _MB)


if __name__ == "__main__":
    main()
