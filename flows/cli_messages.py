"""`tajdid messages`: what has not reached its customer, and what a person decides about it."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import show
from flows.whoever import whoever_asks

app = typer.Typer(
    no_args_is_help=True, help="Messages that did not go out, or may have: list, retry, confirm, dismiss."
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
    """Count unknown ones as sent, because somebody has seen that they arrived."""
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
