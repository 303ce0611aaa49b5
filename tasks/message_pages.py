"""Messages as their customers read them: <company>/messages/<kind>-<number>.html in the output (TAJDID_OUT).

Writes files, sends nothing. Repeating it is safe because a page has the same name each time and takes the old one's
place whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from models.customers import customers
from models.errors import WrongUsage
from models.messages import messages
from reports.messages.outbox import read
from reports.messages.rendering import render
from tasks.company_folders import companies_of_store
from tasks.outlet import Outlet
from tasks.settings import settings


def write_message_pages(connection: sa.Connection, message_ids: Sequence[int]) -> Iterator[str]:
    """Write a page for each of these messages; the paths, as a person opens them. Raises WrongUsage for an unknown id.

    The words are today's: what was sent before a template was changed is shown as it would be sent now.
    """
    outlet, companies = Outlet(settings().out), {of.company: of for of in companies_of_store(connection)}
    found = {message.message_id: message for message in read(connection, message_ids)}
    for message_id in message_ids:
        if message_id not in found:
            raise WrongUsage(f"Message {message_id} is not known; expected a number of the view reporting.messages.")
    for message in found.values():
        company = companies[message.company]
        path = f"{company.folder}/messages/{message.kind}-{message.message_id}.html"
        outlet.write(path, render(message, company).html.encode())
        yield outlet.shown(path)


def latest_of_each_kind(connection: sa.Connection) -> list[int]:
    """The newest message of each company, kind and language: what its customers read."""
    m, c = messages.c, customers.c
    each = (c.company, m.kind, m.language)
    newest = sa.select(sa.func.max(m.message_id)).join_from(messages, customers, c.customer == m.customer)
    return sorted(connection.execute(newest.where(m.status != "cancelled").group_by(*each)).scalars())


def documents_beside(connection: sa.Connection, message_ids: Sequence[int]) -> dict[str, list[str]]:
    """Kind of document -> ids: what goes with these messages, and the statements of those who owe."""
    companies, found = {of.company: of for of in companies_of_store(connection)}, dict[str, list[str]]()
    for message in read(connection, message_ids):
        for kind, id_ in render(message, companies[message.company]).documents:
            found.setdefault(kind, []).append(id_)
        if message.kind == "dunning":
            found.setdefault("statement", []).append(message.customer)
        if message.kind == "reminder":
            found.setdefault("card", []).append(message.subject)
    return {kind: list(dict.fromkeys(ids)) for kind, ids in found.items()}
