"""`tajdid document`: documents as PDF in the output (TAJDID_OUT)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows import show
from flows.cli_days import Day, date_of, known_day
from flows.clock import moment
from models.companies import LANGUAGES
from models.errors import WrongUsage

if TYPE_CHECKING:
    from tasks.documents import Failed, Stored

LETTERS, CARD = "letters", "card"
_SINCE = ("statement", "statement_summary", LETTERS)
_KINDS = f"invoice, credit_note, receipt, statement, statement_summary, dunning, card; or {LETTERS}, without an id."


def document(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=_KINDS)],
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Of a dunning letter: CUSTOMER/YYYY-MM-DD.")
    ] = None,
    as_of: Day = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="YYYY-MM-DD",
            help="First day of a statement, by default of the company's year; or of letters, by default --as-of.",
        ),
    ] = None,
    language: Annotated[str | None, typer.Option(help="ar, fa or en; default: the customer's.")] = None,
) -> None:
    """Write documents as of the end of a day, print their paths. Letters: all that a day's messages need on paper."""
    from reports.pages.knowledge import knowledge
    from tasks.database import readable_errors, transaction
    from tasks.documents import store_documents, store_letters
    from tasks.schema import require_current

    if (kind == LETTERS) == bool(ids):
        raise WrongUsage(f"KIND is {kind} with {len(ids or [])} ids; expected ids of a kind, or {LETTERS} without any.")
    if language not in (None, *LANGUAGES):
        raise WrongUsage(f"--language is {language}; expected one of: {', '.join(LANGUAGES)}.")
    if language and not ids:
        raise WrongUsage(f"--language is {language}; {LETTERS} are in the language of their messages: leave it out.")
    until, first = date_of(as_of), known_day(since) if since else None
    if kind == CARD and as_of is not None:
        raise WrongUsage(f"--as-of is {until}; a card shows its membership as it is now: leave it out.")
    if first and kind not in _SINCE:
        raise WrongUsage(f"--since is {first}; only {' and '.join(_SINCE)} begin on a day: leave it out.")
    if first and first > until:
        raise WrongUsage(f"--since is {first}, after --as-of {until}; expected a day up to that.")
    require_current()
    with readable_errors(), transaction() as connection:
        if ids:
            _show(store_documents(connection, kind, ids, as_of=until, since=first, language=language))
        else:
            _show(store_letters(connection, first or until, until))
        if kind != CARD:  # which shows a membership as it is now
            show.early(knowledge(connection, until, moment()))


def _show(results: Iterable[Stored | Failed]) -> None:
    """A line for each path as soon as it is there; raises at the end where any failed."""
    from tasks.documents import DocumentsFailed, Stored

    failed = []
    for result in results:
        if isinstance(result, Stored):
            show.said(f"{result.path}{'' if result.written else ' (unchanged)'}")
        else:
            failed.append(result.why)
    if failed:
        raise DocumentsFailed(failed)
