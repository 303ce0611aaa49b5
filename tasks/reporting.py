"""Writing reports: their files and pages, a folder a company and day, and the site that shows them all (TAJDID_OUT).

    himma/2028-03-01/aging.html .xlsx .csv .parquet, index.html, manifest.json
    index.html

Everything is read in one snapshot of the store, which nothing locks. Writing a report again replaces its files.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Any

import sqlalchemy as sa
import vl_convert

from models.companies import companies
from models.errors import WrongUsage
from reports.arrow import Rows, fetch
from reports.catalogue import BY_NAME, REPORTS
from reports.company import Company
from reports.pages import dashboard
from reports.pages.digest import Digest, Picture, digest
from reports.pages.files import write_csv, write_parquet
from reports.pages.knowledge import Knowledge, knowledge
from reports.pages.report_page import report_page
from reports.pages.shell import Shell, shell
from reports.pages.site import BESIDE, FORMATS, MANIFEST, Day, day_after, day_index, day_of, manifest, site_index
from reports.pages.workbook import write_workbook
from reports.report import INDEX, Cadence, Report
from tasks.company_folders import companies_of_store
from tasks.database import reading_everything, snapshot, transaction
from tasks.outlet import Outlet
from tasks.settings import settings

ALL = "all"
log = logging.getLogger(__name__)
MEMORY_BYTES = 8 * 1024 * 1024
"""What of a report's rows is kept in memory on its way; the rest goes through a file."""


@dataclass(frozen=True)
class Written:
    """A report of a company that was written."""

    company: str
    report: str
    rows: int
    paths: tuple[str, ...]
    """Its files, as a person opens them."""


@dataclass(frozen=True)
class Production:
    """What was written, and what the reports knew."""

    known: Knowledge
    written: tuple[Written, ...]
    site: str
    """The page of all of them."""


def reports_named(names: Sequence[str]) -> tuple[Report, ...]:
    """The reports of these names, `all` for every one, in the order of the catalogue. Raises WrongUsage."""
    unknown = [name for name in names if name != ALL and name not in BY_NAME]
    if unknown or not names:
        known = ", ".join([ALL, *BY_NAME])
        raise WrongUsage(f"NAME is {', '.join(unknown) or 'empty'}; expected one of: {known}.")
    return REPORTS if ALL in names else tuple(report for report in REPORTS if report.name in names)


def names_of(cadence: Cadence) -> list[str]:
    """The reports that are produced so often."""
    return [report.name for report in REPORTS if report.cadence == cadence]


def write_reports(
    as_of: date,
    names: Sequence[str],
    *,
    produced_at: datetime,
    company: str | None = None,
    formats: Sequence[str] = FORMATS,
) -> Production:
    """Write the reports of these names as of the end of a business day, of every company or of one.

    Raises WrongUsage for a name that nothing has, and else as `write_due`.
    """
    reports_named(names)
    _require(formats)
    with transaction() as connection:
        known = list(connection.execute(sa.select(companies.c.company).order_by(companies.c.company)).scalars())
    if company not in (None, *known):
        raise WrongUsage(f"--company {company} is not in the store; expected one of: {', '.join(known)}.")
    due = dict.fromkeys(known if company is None else [company], names)
    return write_due(as_of, due, produced_at=produced_at, formats=formats)


def write_due(
    as_of: date, due: Mapping[str, Sequence[str]], *, produced_at: datetime, formats: Sequence[str] = FORMATS
) -> Production:
    """Write the reports that are due, company -> their names, as of the end of a business day.

    Any day may be asked for (L1.8); what is not known of it yet is said on the pages. Raises NotWritten where
    TAJDID_OUT takes no files: what was written before it stays, whole. A company whose folder cannot be used raises
    WrongUsage when the others are written.
    """
    outlet = Outlet(settings().out)
    _make_fonts_known()
    faulty: dict[str, str] = {}
    written: list[Written] = []
    with snapshot() as connection, reading_everything(connection):
        known = knowledge(connection, as_of, produced_at)
        for who in companies_of_store(connection, faulty):
            if who.company in due:
                reports = reports_named(due[who.company])
                written += _Press(connection, who, known, outlet, reports, tuple(formats)).write()
    _index(outlet)
    if asked := [faulty[one] for one in due if one in faulty]:
        raise WrongUsage(" ".join([*asked, "The reports of the other companies are written."]))
    return Production(known, tuple(written), outlet.shown(INDEX))


def _index(outlet: Outlet) -> None:
    """Write the site's index anew, from what lies there."""
    folders = outlet.named(MANIFEST)
    days = [found for folder, day in folders if (found := _day(outlet, folder, day))]
    known = {folder for folder, _day in folders}
    beside = {of: [name for name in BESIDE if outlet.holds(f"{of}/{name}")] for of in known}
    outlet.write(INDEX, site_index(days, REPORTS, beside).encode())


def _day(outlet: Outlet, folder: str, day: str) -> Day | None:
    """What a day folder says of itself; None where it says nothing that can be read."""
    path = f"{folder}/{day}/{MANIFEST}"
    content = outlet.read(path)
    try:
        return day_of(folder, content) if content is not None else None
    except ValueError:
        log.warning(
            "%s cannot be read: the site knows only what is written there now. "
            "`tajdid report all --as-of %s` mends it.",
            *(path, day),
        )
        return None


def _require(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise WrongUsage(f"--format {', '.join(unknown)} is unknown; expected some of: {', '.join(FORMATS)}.")


@lru_cache
def _make_fonts_known() -> None:
    """The charts are measured with the fonts of the pages."""
    with as_file(files("reports") / "fonts") as folder:
        vl_convert.register_font_directory(str(folder))


@dataclass
class _Press:
    """Writes the reports of one company and day."""

    connection: sa.Connection
    company: Company
    known: Knowledge
    outlet: Outlet
    reports: tuple[Report, ...]
    formats: tuple[str, ...]
    shell: Shell = field(init=False)
    pictures: dict[str, tuple[Picture, ...]] = field(default_factory=dict)
    """Of the reports that were read so far: what of them the dashboard shows."""

    def __post_init__(self) -> None:
        self.folder = f"{self.company.folder}/{self.known.as_of.isoformat()}"
        self.shell = shell(self.company, self._day_after().pages)

    def write(self) -> list[Written]:
        """The files of each report; the dashboard last, since it shows the charts of others."""
        ordered = sorted(self.reports, key=lambda report: report.name == dashboard.NAME)
        written = [self._write(report) for report in ordered]
        day = self._day_after()  # another run may have written other reports meanwhile
        self.outlet.write(f"{self.folder}/{MANIFEST}", manifest(day))
        self.outlet.write(f"{self.folder}/{INDEX}", day_index(day, REPORTS, self.shell, self.known).encode())
        return written

    def _day_after(self) -> Day:
        """The day folder as it will be."""
        before = _day(self.outlet, self.company.folder, self.known.as_of.isoformat())
        return day_after(self.company, self.known, self.reports, self.formats, before)

    def _write(self, report: Report) -> Written:
        with self._fetched(report) as rows:
            seen = digest(rows)
            self._keep(report, seen)
            for name in FORMATS:
                self._write_as(name, seen)
        paths = (self.outlet.shown(self._path(report, name)) for name in FORMATS if name in self.formats)
        return Written(self.company.company, report.name, seen.count, tuple(paths))

    def _write_as(self, name: str, seen: Digest) -> None:
        """One file; one of a format that is not wanted now would hold what was known before, and goes."""
        rows, path = seen.rows, self._path(seen.rows.report, name)
        if name not in self.formats:
            self.outlet.remove(path)
            return
        content = self._page(seen).encode() if name == "html" else b""
        with self.outlet.writing(path) as file:
            if name == "parquet":
                write_parquet(rows, file)
            elif name == "csv":
                write_csv(rows, file)
            elif name == "xlsx":
                write_workbook(rows, self.company, self.known, file)
            else:
                file.write(content)

    def _page(self, seen: Digest) -> str:
        report = seen.rows.report
        downloads = [(name.upper(), f"{report.name}.{name}") for name in FORMATS[1:] if name in self.formats]
        if report.name == dashboard.NAME:
            whole, shown = list(seen.rows.each()), self._shown_on_dashboard()
            return dashboard.dashboard_page(seen, whole, shown, shell=self.shell, known=self.known, downloads=downloads)
        return report_page(seen, self.shell, self.known, downloads, self._proof(report))

    def _proof(self, report: Report) -> list[dict[str, Any]]:
        if report.proof is None:
            return []
        query = report.proof.query(self.company.company, self.known.as_of)
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def _shown_on_dashboard(self) -> list[Picture]:
        """The charts that the reports lend it; those of reports that are not written now are read for it."""
        lending = [r for r in REPORTS if r.name != dashboard.NAME and any(chart.overview for chart in r.charts)]
        for report in lending:
            if report.name not in self.pictures:
                with self._fetched(report) as rows:
                    self._keep(report, digest(rows))
        return [picture for report in lending for picture in self.pictures[report.name]]

    def _keep(self, report: Report, seen: Digest) -> None:
        self.pictures[report.name] = tuple(one for one in seen.pictures if one.chart.overview)

    @contextmanager
    def _fetched(self, report: Report) -> Iterator[Rows]:
        with tempfile.SpooledTemporaryFile(MEMORY_BYTES, prefix="tajdid-report-") as spool:
            yield fetch(self.connection, report, self.company.company, self.known.as_of, spool)

    def _path(self, report: Report, format_: str) -> str:
        return f"{self.folder}/{report.name}.{format_}"
