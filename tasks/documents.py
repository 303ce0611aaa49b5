"""Documents in the output (TAJDID_OUT): <company>/documents/invoices/HMA-2028-000001.pdf and so on.

Writes files. Repeating it is safe because a document has the same name and the same bytes each time: a file that is
there is left alone, another one takes its place whole, so that nobody ever reads half a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from models.errors import BrokenTemplate, TajdidError
from reports.company import Company
from reports.documents.document import CannotWrite
from reports.documents.documents import Draft, companies_of, drafts, kind_of, write
from reports.documents.letters import letters_to_print
from reports.documents.typesetting import FOLDER
from reports.messages.message import Attachment
from tasks.company_folders import companies_of_store
from tasks.database import transaction
from tasks.message_pages import documents_beside, latest_of_each_kind
from tasks.outlet import Outlet
from tasks.settings import settings

_SHOWN = 20


@dataclass(frozen=True)
class Stored:
    """Where a document lies, and whether its file is new."""

    path: str
    written: bool


@dataclass(frozen=True)
class Failed:
    """A document that could not be made, and why."""

    why: str


class DocumentsFailed(TajdidError):
    """Some documents could not be made; the others are stored."""

    def __init__(self, why: Sequence[str]) -> None:
        shown = "\n  ".join(why[:_SHOWN])
        more = f"\n  … and {len(why) - _SHOWN} more" if len(why) > _SHOWN else ""
        super().__init__(f"Not every document could be made; the others are stored.\n  {shown}{more}")


def store_documents(
    connection: sa.Connection,
    kind: str,
    ids: Sequence[str],
    *,
    as_of: date,
    since: date | None = None,
    language: str | None = None,
) -> Iterator[Stored | Failed]:
    """Write the documents of a kind with these ids. Raises CannotWrite, before any is written, for an unknown id."""
    company_of = companies_of(connection, kind, ids)
    for id_ in ids:
        if id_ not in company_of:
            raise CannotWrite(f"{kind.replace('_', ' ')} {id_} is not known; expected {kind_of(kind).expected}.")
    faulty: dict[str, str] = {}
    companies = companies_of_store(connection, faulty)
    wanted = {company_of[id_] for id_ in ids} & faulty.keys()
    if wanted:
        raise CannotWrite(" ".join(faulty[company] for company in sorted(wanted)))
    for company in companies:
        own = [id_ for id_ in ids if company_of[id_] == company.company]
        yield from map(store, drafts(connection, company, kind, own, as_of=as_of, since=since, language=language))


def store_letters(connection: sa.Connection, since: date, until: date) -> Iterator[Stored | Failed]:
    """Write what is to be printed of the messages of these days; their status stays as it is."""
    for company in companies_of_store(connection):
        for (kind, language), ids in letters_to_print(connection, company.company, since, until).items():
            yield from map(store, drafts(connection, company, kind, ids, as_of=until, language=language))


def attachment(company: Company, kind: str, id_: str, language: str, as_of: date) -> Attachment:
    """A document to go with a message, as of the message's day: the same bytes each time. Raises CannotWrite."""
    with transaction() as connection:
        document = write(connection, company, kind, id_, as_of=as_of, language=language)
    return Attachment(document.name.rpartition("/")[2], "application/pdf", document.content)


def store(draft: Draft) -> Stored | Failed:
    """Typeset and keep one; what cannot be typeset stops none of the others."""
    try:
        document = draft.document()
    except (BrokenTemplate, CannotWrite) as wrong:
        return Failed(str(wrong))
    return keep(f"{draft.company.folder}/documents/{document.name}", document.content)


def keep(name: str, content: bytes) -> Stored:
    """Put a file into the output under a name of its own, whole or not at all; the same bytes are not written again."""
    outlet = Outlet(settings().out)
    is_new = outlet.read(name) != content
    if is_new:
        outlet.write(name, content)
    return Stored(outlet.shown(name), written=is_new)


def check_documents(connection: sa.Connection, of: Iterable[Company]) -> list[str]:
    """What is wrong with companies' own templates of documents, tried on the newest of each kind that there are."""
    own = {company.company: company for company in of if any(name.startswith(FOLDER) for name in company.templates)}
    found: dict[str, None] = {}
    newest = documents_beside(connection, latest_of_each_kind(connection)) if own else {}
    for kind, ids in newest.items():
        company_of = companies_of(connection, kind, ids)
        for company in own.values():
            theirs = [id_ for id_ in ids if company_of.get(id_) == company.company]
            made = map(_tried, drafts(connection, company, kind, theirs))
            found |= dict.fromkeys(why for why in made if why)
    return list(found)


def _tried(draft: Draft) -> str:
    try:
        draft.document()
    except BrokenTemplate as wrong:
        return str(wrong)
    return ""
