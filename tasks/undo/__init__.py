"""Undoing a run: exact compensations for what one run of a billing flow wrote, without a trace of guessing.

Nothing is deleted from the books: invoices are credited, postings reversed, lots withdrawn or filled again, messages
that nobody has sent cancelled. What has been paid, spent or sent since stays, row by row, with its reason. The run
stays visible as undone; its records wait again, so that the next run of the flow does them again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from models.errors import NotUndoable
from models.money import Money, add_money
from models.operations import STATELESS_FLOWS, UNDO, runs, undo_refusals
from tasks.database import take_lock, transaction
from tasks.runs import NIGHTLY, latest_begun, record_step
from tasks.step import Outcome, Scope, Shard
from tasks.undo.documents import undo_invoices, undo_notices
from tasks.undo.lots import undo_lots, undo_redemptions, undo_spending
from tasks.undo.money import undo_allocations, undo_payments, undo_refunds
from tasks.undo.refusing import cancel_messages

Undo = Callable[[sa.Connection, Scope, int], Outcome]


def undo_reminders(connection: sa.Connection, scope: Scope, run_id: int) -> Outcome:
    """Reminders and words of warning that nobody has sent are cancelled."""
    kinds = ("reminder", "credits_expiring", "points_expiring")
    return Outcome({"cancelled_messages": sum(cancel_messages(connection, run_id, kind) for kind in kinds)})


UNDOING: dict[str, Sequence[Undo]] = {
    "payments": (undo_refunds, undo_allocations, undo_payments),
    "renewals": (undo_allocations, undo_invoices),
    "credits": (undo_spending, undo_lots),
    "points": (undo_spending, undo_lots, undo_redemptions),
    "dunning": (undo_allocations, undo_notices),
    "reminders": (undo_reminders,),
}
"""What undoes a run of each flow, the last it wrote first. Other flows decide on people's requests and on time that
has passed: their credit notes and statuses are final."""


@dataclass(frozen=True)
class Undone:
    """What became of an attempt to undo: the run that did it, counts, money, and what was left as it is."""

    run_id: int
    undone: int
    flow: str
    as_of: date
    counts: dict[str, int]
    money: Money
    refusals: tuple[str, ...]


def undo(run_id: int, reason: str) -> Undone:
    """Undo one run of a billing flow that has ended, on the latest business date; raises NotUndoable."""
    if not reason.strip():
        raise NotUndoable("The reason is empty; expected a few words. They stay with the run.")
    with transaction() as connection, connection.begin_nested():
        take_lock(connection)
        flow = _flow_to_undo(connection, run_id)
        as_of = latest_begun(connection)
        assert as_of is not None  # a completed run has begun a day
        scope = Scope(as_of, _open(connection, as_of, reason), Shard())
        outcomes = [undoing(connection, scope, run_id) for undoing in UNDOING[flow]]
        counts = {name: 0 for outcome in outcomes for name in outcome.counts}
        for outcome in outcomes:
            counts |= {name: counts[name] + count for name, count in outcome.counts.items()}
        whole = Outcome(counts, add_money(outcome.money for outcome in outcomes))
        _close(connection, scope, run_id, flow, whole)
        said = sa.select(undo_refusals.c.message).where(undo_refusals.c.run_id == scope.run_id)
        refusals = tuple(connection.execute(said.order_by(undo_refusals.c.entity, undo_refusals.c.record)).scalars())
        _refuse_nothing(run_id, whole, refusals)
        return Undone(scope.run_id, run_id, flow, as_of, whole.counts, whole.money, refusals)


def _flow_to_undo(connection: sa.Connection, run_id: int) -> str:
    run = connection.execute(sa.select(runs).where(runs.c.run_id == run_id)).first()
    if run is None:
        raise NotUndoable(f"Run {run_id} is not known; expected the number of a run that `tajdid status` shows.")
    left = sa.exists().where(undo_refusals.c.run_id == run.undone_by)
    if run.state == "undone" and not connection.execute(sa.select(left)).scalar_one():
        raise NotUndoable(f"Run {run_id} ({run.flow} {run.as_of}) has been undone already, by run {run.undone_by}.")
    if run.state == "running":
        raise NotUndoable(f"Run {run_id} ({run.flow} {run.as_of}) has not ended. Finish it: tajdid nightly")
    if run.flow == NIGHTLY:
        parts = connection.execute(
            sa.select(runs.c.flow, runs.c.run_id).where(runs.c.parent_id == run_id).order_by(runs.c.run_id)
        )
        said = ", ".join(f"{part.flow} {part.run_id}" for part in parts if part.flow in UNDOING)
        raise NotUndoable(f"Run {run_id} is the nightly of {run.as_of}; undo one of its parts: {said or 'none'}.")
    if run.flow in (*STATELESS_FLOWS, UNDO):
        raise NotUndoable(f"Run {run_id} is of {run.flow}, which decides nothing that could be undone.")
    if run.flow not in UNDOING:
        raise NotUndoable(
            f"Run {run_id} is of {run.flow}, whose decisions are final; expected a run of {', '.join(UNDOING)}. "
            "Load a request that corrects it."
        )
    return str(run.flow)


def _refuse_nothing(run_id: int, done: Outcome, refusals: tuple[str, ...]) -> None:
    """Where everything stays as it is, the run is not undone; raising takes the attempt back."""
    if refusals and not any(count for name, count in done.counts.items() if name != "refused"):
        more = f" and {len(refusals) - 5} more." if len(refusals) > 5 else ""
        raise NotUndoable(f"Nothing of run {run_id} can be undone: {' '.join(refusals[:5])}{more}")


def _open(connection: sa.Connection, as_of: date, reason: str) -> int:
    values = {"flow": UNDO, "as_of": as_of, "reason": reason}
    opened: int = connection.execute(sa.insert(runs).values(values).returning(runs.c.run_id)).scalar_one()
    return opened


def _close(connection: sa.Connection, scope: Scope, run_id: int, flow: str, outcome: Outcome) -> None:
    record_step(connection, scope.run_id, f"undo_{flow}", scope.shard, outcome)
    finished = {"state": "completed", "finished_at": sa.func.clock_timestamp()}
    connection.execute(sa.update(runs).where(runs.c.run_id == scope.run_id).values(finished))
    connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(state="undone", undone_by=scope.run_id))
