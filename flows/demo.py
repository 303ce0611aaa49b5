"""The demo: three companies enter by the front door, and some months of business days run through the real flows.

It lives in the embedded database under TAJDID_HOME. Run again it goes on where it stopped, or says that it is done.
"""

from __future__ import annotations

import csv
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from flows import show
from flows.clock import moment
from flows.quiet import quiet_prefect
from models.demo import demo_files
from models.errors import WrongUsage
from models.intake.catalogue import ENTITIES
from reports.summary import companies_summary
from tasks.database import transaction
from tasks.intake import files_in, load
from tasks.runs import first_day, last_completed
from tasks.schema import upgrade
from tasks.settings import settings

DAYS = 75
MEMBERS = 3000


def demo(today: date) -> None:
    """Create the demo's store where there is none, run its days up to `today`, and say what happened."""
    began = time.monotonic()
    upgrade()
    _refuse_other_companies()
    first = first_day("nightly") or today - timedelta(days=DAYS - 1)
    last = first + timedelta(days=DAYS - 1)
    done = last_completed("nightly")
    if done is not None and done >= last:
        show.said(f"The demo is already there; its business days are done up to {done}. Nothing was changed.")
    else:
        _load(first)
        _run(first if done is None else done + timedelta(days=1), last)
        show.said(f"{DAYS} business days of {MEMBERS:,} memberships in {time.monotonic() - began:.0f} seconds.")
    with transaction() as connection:
        show.companies(companies_summary(connection))
    _write_what_people_read(max(last, done or last))
    show.where_next()


def _write_what_people_read(as_of: date) -> None:
    """The newest mail of each kind, the documents that go with them, all reports, and the site that shows them."""
    from tasks.documents import DocumentsFailed, Failed, store_documents
    from tasks.message_pages import documents_beside, latest_of_each_kind, write_message_pages
    from tasks.reporting import ALL, write_reports

    began = time.monotonic()
    with transaction() as connection:
        newest = latest_of_each_kind(connection)
        mails = list(write_message_pages(connection, newest))
        wanted = documents_beside(connection, newest).items()
        stored = [one for kind, ids in wanted for one in store_documents(connection, kind, ids, as_of=as_of)]
    failed = [one.why for one in stored if isinstance(one, Failed)]
    if failed:
        raise DocumentsFailed(failed)
    done = write_reports(as_of, [ALL], produced_at=moment())
    show.said(
        f"{len(done.written)} reports, {len(stored)} documents and {len(mails)} mails in three languages in "
        f"{time.monotonic() - began:.0f} seconds: open {done.site}"
    )


def _refuse_other_companies() -> None:
    """The demo never mixes with anybody's data."""
    with transaction() as connection:
        found = {company.company for company in companies_summary(connection)}
    others = found - {row["company"] for row in demo_files(first_day=date(2028, 1, 1), days=1, members=10)["companies"]}
    if others:
        raise WrongUsage(
            f"The store holds other companies ({', '.join(sorted(others)[:3])}); the demo wants one of its own. "
            f"Unset TAJDID_DATABASE_URL and set TAJDID_HOME to a new folder."
        )


def _load(first: date) -> None:
    """Write the demo companies as intake files and load them, as any company's files would be."""
    with tempfile.TemporaryDirectory(prefix="tajdid-demo-") as name:
        folder = Path(name)
        for entity, rows in demo_files(first_day=first, days=DAYS, members=MEMBERS).items():
            with (folder / f"{entity}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, [field.name for field in ENTITIES[entity].fields], extrasaction="raise")
                writer.writeheader()
                writer.writerows(rows)
        show.loaded(load(path, first) for path in files_in([folder]))


def _run(first: date, last: date) -> None:
    """One nightly flow run for each business day, with a bar."""
    days = (last - first).days + 1
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with quiet_prefect(settings().home), Progress(*columns, console=show.console) as progress:
        bar = progress.add_task("starting Prefect", total=days)
        from flows.nightly import nightly

        for day in range(days):
            as_of = first + timedelta(days=day)
            nightly(as_of, False)
            progress.update(bar, advance=1, description=f"nightly {as_of}")
