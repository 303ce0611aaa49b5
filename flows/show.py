"""What the terminal shows: tables and sentences with Rich. Every command's output is made here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.backfill import Backfill
from flows.business_day import Day
from reports.changes import changes_table
from reports.days import counts_text, money_text, table, total
from reports.explain import Story
from reports.headline import headlines
from reports.pages.knowledge import Knowledge
from reports.status import Status
from reports.summary import CompanySummary
from tasks.audit import Break
from tasks.database import transaction
from tasks.intake import Loaded
from tasks.undo import Undone

WIDE, SHOWN = 160, 50
QUARANTINE = {"membership": "membership", "since": "on_date", "reason": "reason", "what to do": "message"}
"""Heading -> column."""
# Into a file or a pipe lines are not cut to a screen's width.
console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
_errors = Console(stderr=True, highlight=False)


def said(text: str) -> None:
    """One sentence."""
    console.print(escape(text), soft_wrap=True)


def problem(text: str) -> None:
    """One readable line on standard error."""
    _errors.print(f"[bold red]Error:[/] {escape(text)}", soft_wrap=True)


def _grid(*columns: str, title: str | None = None, right: Sequence[str] = ()) -> Table:
    grid = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for column in columns:
        grid.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return grid


def loaded(results: Iterable[Loaded]) -> None:
    """A line a file as it is loaded, and what to do about rejects."""
    rejected = 0
    for result in results:
        rejected += result.rejected
        console.print(
            f"{escape(result.path.name)}: {result.loaded:,} loaded, {result.unchanged:,} unchanged, "
            f"{result.rejected:,} rejected",
            soft_wrap=True,
        )
    if rejected:
        said("Rejected rows are kept with their reasons: see tajdid status, or the view reporting.rejects.")


def days(done: Iterable[Day], dry_run: bool) -> list[Day]:
    """Each business day as it is finished, a line for a caught-up one, the table for the last; returns all of them."""
    shown: list[Day] = []
    for day in done:
        if shown:
            counts, money = total(shown[-1].results)
            console.print(f"{shown[-1].as_of}  {_short(counts)}  {money_text(money)}", soft_wrap=True)
        shown.append(day)
    last = shown[-1]
    head = f"{last.flow} {last.as_of}" + (" (dry run: rolled back)" if dry_run else f", run {last.run_id}")
    console.print(head, soft_wrap=True)
    with transaction() as connection:
        for line in headlines(connection, last.as_of, last.results):
            said(line)
    grid = _grid("step", "counts", "money")
    for row in table(last.results):
        grid.add_row(row["step"], row["counts"], row["money"])
    console.print(grid)
    return shown


def foreseen(rehearsed: Backfill) -> None:
    """What a dress rehearsal of a backfill showed; nothing of it was kept."""
    plan, wish, days = rehearsed.plan, rehearsed.plan.wish, rehearsed.days
    asked = f"Backfill of {wish.flow} from {wish.first} to {wish.last}"
    if not days:
        said(f"{asked}: all of it was done since backfill {plan.backfill_id} began; nothing is left to do.")
        return
    goes_on = f", going on with backfill {plan.backfill_id}" if plan.backfill_id else ""
    missed = f", missed days from {days[0]} first" if days[0] < wish.first else ""
    said(f"{asked}{goes_on}{missed}. Dress rehearsal of {len(days)} days, rolled back:")
    _table("", {name: name for name in ("step", "counts", "money")}, changes_table(rehearsed.foreseen))
    if not rehearsed.foreseen:
        said("Nothing would change.")
    for line in rehearsed.would_hold:
        said(line)


def backfilled(done: Iterable[Day]) -> None:
    """Each day of a backfill as it is finished."""
    for day in done:
        counts, money = total(result for result in day.results if result.step != "audit")
        said(f"{day.as_of}  run {day.run_id}  {counts_text(counts)}  {money_text(money)}")
    said("The backfill is completed.")


def early(known: Knowledge) -> None:
    """A warning where the day that was asked for has not been run yet; nothing where it has."""
    if known.is_early:
        so_far = f"known up to {known.known_up_to}" if known.known_up_to else "none has been run"
        _errors.print(
            f"The business day {known.as_of} has not been run yet ({so_far}): what it will bring is missing.",
            soft_wrap=True,
        )


def _short(counts: dict[str, int]) -> str:
    return counts_text({name: count for name, count in counts.items() if name not in ("invariants",)})


def breaks(found: Sequence[Break], as_of: date, first: date | None, last: date | None) -> None:
    """What the audit found, or that it found nothing; `first` and `last` are the days that nightly has done."""
    if first is not None and as_of < first:
        said(f"{as_of} is before the first business day, {first}: nothing is asked of it but what no day may break.")
    if last is None or last < as_of:
        said(f"{as_of} has not been run yet (last completed: {last or 'none'}); what it would bill is not missing.")
    if not found:
        said(f"The audit of {as_of} holds: nothing is missing, nothing is extra, the books balance.")
        return
    grid = _grid("invariant", "rule", "record", "what")
    for row in found[:SHOWN]:
        grid.add_row(row.invariant, row.rule, escape(row.record), escape(row.detail))
    console.print(grid)
    if len(found) > SHOWN:
        said(f"… and {len(found) - SHOWN:,} more.")


def story(told: Story) -> None:
    """A membership's story, oldest decision first, and where it stands."""
    console.print(
        f"[bold]{escape(told.membership)}[/] on {told.on_date}: [bold]{escape(told.standing)}[/]", soft_wrap=True
    )
    said(told.facts)
    grid = _grid("date", "rule", "run", "what", right=("run",))
    for event in told.events:
        grid.add_row(str(event.on_date), event.rule, str(event.run or ""), escape(event.text))
    console.print(grid)


def status(state: Status, today: date) -> None:
    """The state of the installation."""
    if state.last_completed is None:
        said("No nightly run has completed yet.")
    else:
        days = state.days_behind or 0
        where = f"{days} days behind" if days >= 0 else f"{-days} days AHEAD of"
        said(f"Last completed business day: {state.last_completed}; {where} {today}.")
    _table(
        "Last runs",
        {"run": "run_id", "flow": "flow", "business date": "as_of", "state": "state", "attempts": "attempts"}
        | {"error": "error"},
        [row | {"error": (row["error"] or "").split("\n")[0]} for row in state.runs],
        right=("run", "attempts"),
    )
    columns = {"stage": "stage", "entity": "entity", "reason": "reason", "count": "count", "last on": "last_on"}
    counted = [row | {"count": f"{row['count']:,}"} for row in state.rejects]
    _table("Rejects", columns, counted, right=("count",))
    columns = {name: name for name in ("business date", "entity", "id", "what")}
    _table("Latest refused requests", columns, state.refused)
    columns = {"run": "run_id", "business date": "as_of", "step": "step", "why": "why", "it would do": "would"}
    _table("Held by the guard: approve, or mend the cause", columns, state.held)
    _table("In quarantine", QUARANTINE, state.quarantined)
    columns = {"status": "status", "channel": "channel", "reason": "why", "count": "count", "since": "since"}
    counted = [row | {"count": f"{row['count']:,}"} for row in state.undelivered]
    _table("Undelivered messages", columns, counted, right=("count",))
    unsaid = sum(row["count"] for row in state.undelivered if row["status"] == "suppressed")
    wait = sum(row["count"] for row in state.undelivered) - unsaid
    said(f"Undelivered messages: {wait:,}." + (f" Suppressed, for a reason: {unsaid:,}." if unsaid else ""))


def messages(rows: Sequence[Mapping[str, Any]]) -> None:
    """What waits for a person."""
    names = ("message", "business date", "kind", "subject", "customer", "channel", "status", "reason", "reference")
    keys = ("message_id", "on_date", "kind", "subject", "customer", "channel", "status", "why", "reference")
    _table("Dead and unknown messages", dict(zip(names, keys, strict=True)), rows, right=("message",))
    said(f"{len(rows)} wait for a decision." if rows else "No message waits for a decision.")


def letters(rows: Sequence[Mapping[str, Any]]) -> None:
    """What waits for paper."""
    names = ("message", "business date", "company", "kind", "subject", "customer", "language")
    keys = ("message_id", "on_date", *names[2:])
    _table("Letters", dict(zip(names, keys, strict=True)), rows, right=("message",))
    said(f"Letters that wait for paper: {len(rows):,}.")


def quarantine(rows: Sequence[Mapping[str, Any]]) -> None:
    """Who waits for a person."""
    _table("In quarantine", QUARANTINE, rows)
    said(f"{len(rows)} wait." if rows else "Nobody is in quarantine.")


def weeks(rows: Sequence[Mapping[str, str]]) -> None:
    """A forecast, week by week."""
    _table("Forecast, on a copy; the store was only read", {name: name for name in rows[0]}, rows)


def _table(
    title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, Any]], right: Sequence[str] = ()
) -> None:
    """A grid of rows under headings (heading -> key); nothing where there are no rows."""
    if not rows:
        return
    grid = _grid(*columns, title=title or None, right=right)
    for row in rows:
        grid.add_row(*(escape(str(row[key])) for key in columns.values()))
    console.print(grid)


def undone(done: Undone, dry_run: bool) -> None:
    """What undoing a run compensated, and what it left as it is."""
    how = "dry run: rolled back" if dry_run else f"by run {done.run_id}, on business date {done.as_of}"
    money = f"; {money_text(done.money)}" if done.money else ""
    said(f"Run {done.undone} ({done.flow}) is undone ({how}): {counts_text(done.counts)}{money}.")
    shown = len(done.refusals) if dry_run else SHOWN
    for refusal in done.refusals[:shown]:
        said(f"  {refusal}")
    if len(done.refusals) > shown:
        said(f"  … and {len(done.refusals) - shown:,} more: see the table tajdid.undo_refusals.")
    if not dry_run:
        said(f"What was undone waits: the next run of {done.flow} does it again. Correct the data before that.")


def companies(summaries: Sequence[CompanySummary]) -> None:
    """What a finance person asks first, company by company; currencies are never added."""
    for company in summaries:
        # The id comes first: a line that begins with an Arabic name would run from right to left.
        console.print(f"[bold]{escape(company.company)}[/] · {company.currency} · {escape(company.name)}")
        grid = Table(box=None, pad_edge=False, show_header=False)
        grid.add_column()
        grid.add_column(justify="right")
        grid.add_row("active / in grace / frozen / expired / closed / to start", _members(company))
        grid.add_row("invoices issued", f"{company.invoices:,}")
        grid.add_row("invoiced", f"{company.invoiced:,}")
        grid.add_row("credited by credit notes", f"{company.credited:,}")
        grid.add_row("payments received", f"{company.received:,}")
        grid.add_row("outstanding (receivable)", f"{company.outstanding:,}")
        grid.add_row("customers' unapplied credit", f"{company.customer_credit:,}")
        grid.add_row("refunded", f"{company.refunded:,}")
        grid.add_row("paid with points", f"{company.redeemed:,}")
        grid.add_row("points that members hold", f"{company.points:,}")
        grid.add_row("dunning notices", f"{company.notices:,}")
        console.print(grid)
        if company.example:
            said(f"Why is {company.example} in grace?  tajdid explain {company.example}")
        console.print()


def _members(company: CompanySummary) -> str:
    counts = (company.active, company.grace, company.frozen, company.expired, company.closed, company.pending)
    return " / ".join(f"{count:,}" for count in counts)


def where_next() -> None:
    """Where to look after the demo."""
    said("Next: tajdid status, tajdid audit, tajdid nightly --dry-run, and the views of schema reporting.")
