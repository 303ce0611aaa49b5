"""The command line `tajdid` (contract.md). It decides nothing: it reads words, calls flows and tasks, shows results."""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from flows import cli_days, cli_documents, cli_forecast, cli_messages, cli_quarantine, cli_reports, show
from flows.cli_days import Day, DryRun, date_of, reports_to_prefect
from flows.clock import business_date
from flows.whoever import whoever_asks
from models.errors import TajdidError, WrongUsage
from tasks.database import database_words

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Tajdid: the nightly business of membership companies. An error is one line; --debug shows its traceback.",
)
db = typer.Typer(no_args_is_help=True, help="Create or migrate the store.")
app.add_typer(db, name="db")
app.add_typer(cli_quarantine.app, name="quarantine")
app.add_typer(cli_messages.app, name="messages")
app.command("forecast")(cli_forecast.forecast)
app.command("document")(cli_documents.document)
app.command("report")(cli_reports.report)

_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; an error is one readable line, with `--debug` a traceback. Exit codes: contract.md."""
    debug = "--debug" in sys.argv
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    try:
        code = app(arguments, standalone_mode=False)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except TyperException as wrong:
        _tell(wrong)
        sys.exit(WrongUsage.exit_code)
    except Exception as error:
        if debug:
            raise
        show.problem(_said(error))
        sys.exit(error.exit_code if isinstance(error, TajdidError) else 1)
    if code == _INTERRUPTED:
        show.problem("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(1)
    sys.exit(code or 0)


def _tell(wrong: Any) -> None:
    """What Typer says of words that are no command, in one line with where to look it up; of no words, its help."""
    said = wrong.format_message().replace("Value error, ", "").rstrip(".")
    said = said.replace("does not match the formats '%Y-%m-%d'", "is no day; expected one as YYYY-MM-DD")
    if said:
        show.problem(f"{said}. See: {wrong.ctx.command_path} --help")
    else:
        wrong.show()


def _said(error: Exception) -> str:
    if isinstance(error, TajdidError):
        return str(error)
    refused = database_words(error)
    if refused is not None:
        return refused
    if reports_to_prefect() and "Failed to reach API" in str(error):
        return f"{error} Start that Prefect server, or unset PREFECT_API_URL to run without one."
    return f"{type(error).__name__}: {error}. Run with --debug for the traceback."


@db.command("upgrade")
def db_upgrade() -> None:
    """Create or migrate the schema and put the views in place."""
    from tasks.schema import upgrade

    before, after = upgrade()
    show.said(
        f"The store is at revision {after}" + (" already." if before == after else f" (was {before or 'empty'}).")
    )


@app.command()
def intake(paths: Annotated[list[Path], typer.Argument(help="Files, or folders of files, as in intake.md.")]) -> None:
    """Load files; prints loaded, unchanged and rejected for each."""
    from tasks.intake import files_in, load
    from tasks.schema import require_current

    files = files_in(paths)
    if not files:
        raise WrongUsage(f"There is no intake file in {', '.join(map(str, paths))}; expected <entity>.csv and so on.")
    require_current()
    on_date = business_date()
    show.loaded(load(path, on_date) for path in files)


for _command in (cli_days.nightly, cli_days.run, cli_days.backfill):
    app.command()(_command)


@app.command()
def audit(as_of: Day = None) -> None:
    """Check the invariants and list what breaks them; exit code 3 where one is broken."""
    from models.errors import AuditBroken
    from tasks.audit import breaks
    from tasks.database import transaction
    from tasks.runs import first_day, last_completed
    from tasks.schema import require_current

    require_current()
    day = date_of(as_of)
    with transaction() as connection:
        found = breaks(connection, day)
    show.breaks(found, day, first_day("nightly"), last_completed("nightly"))
    if found:
        show.problem(f"The audit of {day} found {len(found)} broken rows.")
        raise typer.Exit(AuditBroken.exit_code)


@app.command()
def explain(
    membership: Annotated[str, typer.Argument(help="Its external id.")],
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")] = None,
) -> None:
    """Tell why a membership is what it is: every decision, its date, its rule number, its figures."""
    from reports.explain import explain as explained
    from tasks.database import transaction
    from tasks.schema import require_current

    require_current()
    with transaction() as connection:
        show.story(explained(connection, membership, date_of(on)))


@app.command()
def approve(
    run_id: Annotated[int, typer.Argument(metavar="RUN_ID", help="A run that `tajdid status` shows as held.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it is right; it stays with the run.")],
) -> None:
    """Let pass what the guard holds of a run; the next run of its day does it."""
    from tasks.database import readable_errors
    from tasks.guard import approve as let_pass
    from tasks.schema import require_current

    require_current()
    with readable_errors():
        steps = let_pass(run_id, reason, whoever_asks())
    show.said(f"Approved: {', '.join(steps)}. Run the day again.")


@app.command()
def undo(
    run_id: Annotated[int, typer.Argument(metavar="RUN_ID", help="A run that `tajdid status` shows.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the run.")],
    dry_run: DryRun = False,
) -> None:
    """Compensate exactly what one run of a billing flow wrote; what was since paid, spent or sent stays."""
    from tasks.database import readable_errors, rehearsal
    from tasks.schema import require_current
    from tasks.undo import undo as undo_run

    require_current()
    with readable_errors(), rehearsal() if dry_run else contextlib.nullcontext():
        show.undone(undo_run(run_id, reason), dry_run)


@app.command()
def erase(
    customer: Annotated[str, typer.Argument(help="Its external id.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays with the customer's id.")],
) -> None:
    """Erase a person's data for good; ids and figures stay, and the books remain whole."""
    from tasks.database import readable_errors
    from tasks.erase import erase as pseudonymise
    from tasks.schema import require_current

    require_current()
    with readable_errors():
        anew = pseudonymise(customer, reason, whoever_asks())
    how = "is erased" if anew else "was erased before"
    show.said(f"{customer} {how}: its id and its figures are all that is left.")


@app.command()
def status() -> None:
    """Show last runs, days behind, rejects, quarantine and undelivered messages."""
    from reports.status import status as read
    from tasks.database import transaction
    from tasks.schema import require_current

    require_current()
    today = business_date()
    with transaction() as connection:
        show.status(read(connection, today), today)


@app.command()
def up(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Of the UI and its API.")] = 4200,
    host: Annotated[
        str, typer.Option("--host", help="Who may reach them: by default this machine only.")
    ] = "127.0.0.1",
) -> None:
    """Start the Prefect server, a worker and all deployments on this machine, until Ctrl-C."""
    from flows.up import up as start
    from tasks.database import readable_errors

    with readable_errors():
        start(host, port, show.said)


@app.command()
def demo() -> None:
    """Set up demo companies on the embedded database and run some months of business days through the flows."""
    from flows.demo import demo as show_demo

    show_demo(business_date())
