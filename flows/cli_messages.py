"""`tajdid messages`: what has not reached its customer, and what a person decides about it."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import show
from flows.clock import business_date
from flows.whoever import whoever_asks

app = typer.Typer(
    no_args_is_help=True, help="Messages: what did not go out, or may have; what they look like; templates."
)

Ids = Annotated[list[int], typer.Argument(metavar="MESSAGE…", help="Their numbers, as `tajdid messages list` shows.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the message.")]


@app.command("list")
def list_() -> None:
    """Show the dead and the unknown, with the reference by which a server's log knows them."""
    from reports.undelivered import messages_to_decide
    from tasks.channels.channel import reference
    from tasks.database import readable_errors, transaction
    from tasks.schema import require_current

    require_current()
    with readable_errors(), transaction() as connection:
        rows = messages_to_decide(connection)
    named = [
        row | {"reference": reference(*(row[part] for part in ("company", "kind", "subject", "key")))} for row in rows
    ]
    show.messages(named)


@app.command("show")
def show_(messages: Ids) -> None:
    """Write messages as their customers read them, one page each below TAJDID_OUT, and print the paths."""
    from tasks.database import readable_errors, transaction
    from tasks.message_pages import write_message_pages
    from tasks.schema import require_current

    require_current()
    with readable_errors(), transaction() as connection:
        for path in write_message_pages(connection, messages):
            show.said(path)


@app.command()
def letters() -> None:
    """Show the letters that wait for paper: `show` writes them, or `tajdid document letters`; then `confirm` them."""
    from reports.documents.letters import letters_waiting
    from tasks.database import readable_errors, transaction
    from tasks.schema import require_current
    from tasks.settings import settings

    require_current()
    with readable_errors(), transaction() as connection:
        show.letters(letters_waiting(connection, business_date(), settings().message_days))


@app.command()
def check() -> None:
    """Write every kind of message of every company with made-up facts, so that a broken template is found by day.

    And name what lies in the folders of companies without an effect.
    """
    from models.errors import WrongUsage
    from reports.messages.samples import check_templates
    from tasks.company_folders import companies_of_store, unread
    from tasks.database import readable_errors, transaction
    from tasks.documents import check_documents
    from tasks.schema import require_current

    require_current()
    with readable_errors(), transaction() as connection:
        faulty: dict[str, str] = {}
        companies = companies_of_store(connection, faulty)
        broken = [*faulty.values(), *unread(connection)]
        broken += [wrong for company in companies for wrong in check_templates(company)]
        broken += [] if broken else check_documents(connection, companies)
    if broken:
        raise WrongUsage("\n".join(broken))
    show.said(f"The templates of {len(companies)} companies hold.")


@app.command()
def retry(messages: Ids, reason: Reason) -> None:
    """Try again what is dead, unknown or suppressed; an unknown one may then arrive twice."""
    from tasks.delivery_decisions import resend
    from tasks.schema import require_current

    require_current()
    resend(messages, reason, whoever_asks())
    show.said(f"{len(messages)} wait for the next delivery.")


@app.command()
def confirm(messages: Ids, reason: Reason) -> None:
    """Count as sent: unknown ones that somebody has seen arrive, letters that somebody has posted."""
    from tasks.delivery_decisions import confirm as count_as_sent
    from tasks.schema import require_current

    require_current()
    count_as_sent(messages, reason, whoever_asks())
    show.said(f"{len(messages)} count as sent.")


@app.command()
def dismiss(messages: Ids, reason: Reason) -> None:
    """Send them no more; they are listed no more."""
    from tasks.delivery_decisions import dismiss as leave
    from tasks.schema import require_current

    require_current()
    leave(messages, reason, whoever_asks())
    show.said(f"{len(messages)} are dismissed: nothing more is sent.")
