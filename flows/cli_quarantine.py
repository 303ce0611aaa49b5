"""`tajdid quarantine`: who waits for a person, and what the person decides."""

from __future__ import annotations

from typing import Annotated

import typer

from flows import show
from flows.whoever import whoever_asks

app = typer.Typer(no_args_is_help=True, help="Memberships that a rule could not handle: list, retry, dismiss.")

Members = Annotated[list[str], typer.Argument(metavar="MEMBERSHIP…", help="Their external ids.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays with the membership.")]


@app.command("list")
def list_() -> None:
    """Show who waits, since when, why, and what to do about it."""
    from reports.status import in_quarantine
    from tasks.database import readable_errors, transaction
    from tasks.schema import require_current

    require_current()
    with readable_errors(), transaction() as connection:
        show.quarantine(in_quarantine(connection))


@app.command()
def retry(memberships: Members, reason: Reason) -> None:
    """Let the rules try them again with the next run, after the cause was mended."""
    from tasks.quarantine import release
    from tasks.schema import require_current

    require_current()
    for membership in memberships:
        release(membership, reason, whoever_asks())
        show.said(f"{membership} is released; the next run bills it.")


@app.command()
def dismiss(memberships: Members, reason: Reason) -> None:
    """Keep them out of billing for good; they are listed no more, and may still be retried."""
    from tasks.quarantine import dismiss as keep_out
    from tasks.schema import require_current

    require_current()
    for membership in memberships:
        keep_out(membership, reason, whoever_asks())
        show.said(f"{membership} is dismissed: it is not billed until somebody retries it. What was billed stays.")
