"""`tajdid report`: writes reports, and says where they are."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import show
from flows.cli_days import Day, date_of
from flows.clock import moment


def report(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A report, or all.")],
    as_of: Day = None,
    company: Annotated[str | None, typer.Option("--company", help="One company only.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="html, xlsx, csv or parquet; may be repeated. Default: all.")
    ] = None,
) -> None:
    """Write reports as of a day, any day: pages, workbooks, CSV and Parquet below TAJDID_OUT, and the site's index."""
    from reports.pages.site import FORMATS
    from tasks.database import readable_errors
    from tasks.reporting import write_reports
    from tasks.schema import require_current

    require_current()
    with readable_errors():
        done = write_reports(date_of(as_of), [name], produced_at=moment(), company=company, formats=formats or FORMATS)
    for written in done.written:
        for path in written.paths:
            show.said(path)
    show.said(done.site)
    show.early(done.known)
