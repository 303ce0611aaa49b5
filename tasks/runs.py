"""The ledger of runs (L1.7, L1.8): which day may run, which pass of it is open, which steps has it done?

A pass over a business date is a run, with a child run for each flow that it is made of. Whoever starts a pass that was
interrupted, or that another process is still running, joins it: each step is done once, by the transaction that records
it, under the store's change lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from models.errors import ClosedDay, DaysMissed
from models.memberships import quarantine
from models.money import money_from_json, money_to_json
from models.operations import STATELESS_FLOWS, intake_files, runs, steps, unfinished
from tasks.database import is_rehearsal, refresh_statistics, session, take_lock, transaction
from tasks.guard import Stopped, band_of_settings, guarded, hold
from tasks.relay import Relay
from tasks.shards import Splits, shards, splits
from tasks.staging import empty_large
from tasks.step import Band, Outcome, Scope, Shard, Step, StepResult

NIGHTLY = "nightly"
WORTH_ANALYSING = 5_000
"""Rows that a step has counted; after so many the next one should not be planned by what was true before."""
READ_ONLY = frozenset(STATELESS_FLOWS)
"""Flows that change nothing that a business day decides: they may run for any date, and again (L1.8)."""


@dataclass(frozen=True)
class Pass:
    """One pass of a flow over a business date: its run, the run of each flow that it is made of, how it is split."""

    flow: str
    as_of: date
    run_id: int
    run_of: dict[str, int]
    splits: Splits
    guard: Band | None = None
    """Of whoever opened the pass: workers elsewhere have settings of their own."""

    def parts(self, step: Step) -> tuple[Shard, ...]:
        """The shards of a step; none where its flow has nothing to do on this day (see `open_pass`)."""
        return shards(self.splits, step.shard_by) if step.flow in self.run_of else ()


def next_day(flow: str, as_of: date) -> date:
    """The business day that a run of `flow` for `as_of` has to do next: the oldest one that was missed (L1.7).

    A day that was begun and not finished comes first, the first run ever starts with its own day. A day before the last
    completed one is returned as it is: `open_pass` refuses it.
    """
    last = last_completed(flow)
    since = runs.c.as_of >= last if last is not None else sa.true()
    query = sa.select(sa.func.min(runs.c.as_of)).where(runs.c.flow == flow, unfinished, since)
    with transaction() as connection:
        begun: date | None = connection.execute(query.where(runs.c.parent_id.is_(None))).scalar_one()
    missed = as_of if last is None else last + timedelta(days=1)
    return min(begun or missed, as_of)


def first_day(flow: str) -> date | None:
    """The first business date for which `flow` was ever started by itself."""
    query = sa.select(sa.func.min(runs.c.as_of)).where(runs.c.flow == flow, runs.c.parent_id.is_(None))
    with transaction() as connection:
        first: date | None = connection.execute(query).scalar_one()
    return first


def last_completed(flow: str) -> date | None:
    """The last business date that `flow` has completed."""
    query = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.flow == flow, runs.c.state == "completed")
    with transaction() as connection:
        last: date | None = connection.execute(query).scalar_one()
    return last


def open_pass(flow: str, as_of: date, recipe: Sequence[Step], shard_count: int) -> Pass:
    """Open a pass of `flow` over `as_of`, or join the unfinished one.

    Raises ClosedDay for a day before one that has begun (L1.8), and DaysMissed for a flow that would run alone ahead of
    days which nightly has not done. A day that is repeated without news has no parts but those of READ_ONLY: it changes
    nothing (L1.7), not even what its own last stages have left for the next day (L1.6); messages go out all the same.
    """
    with transaction() as connection:
        take_lock(connection)
        if flow not in READ_ONLY:
            _refuse_wrong_day(connection, flow, as_of)
        quiet = _is_quiet(connection, flow, as_of)
        run_id, split = _join_or_open(connection, flow, as_of, shard_count)
        names = [name for name in dict.fromkeys(step.flow for step in recipe) if not quiet or name in READ_ONLY]
        others = [name for name in names if name != flow]
        run_of = ({flow: run_id} if flow in names else {}) | _open_children(connection, others, as_of, run_id)
    return Pass(flow, as_of, run_id, run_of, split, band_of_settings())


def _refuse_wrong_day(connection: sa.Connection, flow: str, as_of: date) -> None:
    """No day before one that any flow has begun: numbers are given in order of issue (L6.1)."""
    later = latest_begun(connection)
    if later is not None and as_of < later:
        raise ClosedDay(flow, as_of, later)
    nightly = sa.select(sa.func.max(runs.c.as_of)).where(runs.c.flow == NIGHTLY)
    last = connection.execute(nightly).scalar_one()
    if flow != NIGHTLY and last is not None and as_of > last + timedelta(days=1):
        raise DaysMissed(flow, as_of, last)


def latest_begun(connection: sa.Connection) -> date | None:
    """The last business date of which any state-changing flow has done at least one step, or that is completed."""
    return connection.execute(_LATEST_BEGUN).scalar()


# By LIMIT, so that the planner looks at the newest run and not, as for EXISTS, at the steps of all nights at once.
_BEGUN = sa.select(sa.true()).where(steps.c.run_id == runs.c.run_id).limit(1).scalar_subquery()
_LATEST_BEGUN = (
    sa.select(runs.c.as_of)
    .where(runs.c.flow.notin_(READ_ONLY), (runs.c.state == "completed") | _BEGUN)
    .order_by(runs.c.as_of.desc())
    .limit(1)
)

_OF_A_PART = sa.and_(*(steps.c[name] == sa.bindparam(name) for name in ("run_id", "step", "shard")))
_HOW_IT_STANDS = sa.select(_LATEST_BEGUN.scalar_subquery().label("later"), steps.c.counts, steps.c.money).select_from(
    sa.select(sa.literal(1)).subquery().outerjoin(steps, _OF_A_PART)
)
"""later, counts, money: the last day that has begun, and what a part of a step has done, NULL before it is done."""


def _is_quiet(connection: sa.Connection, flow: str, as_of: date) -> bool:
    """Whether `flow` has completed the day and nothing has happened to the store since that pass began.

    That is: no file brought a record, nothing was released from quarantine, no other run has done anything.
    """
    top = sa.func.coalesce(runs.c.parent_id, runs.c.run_id)
    done = connection.execute(
        sa.select(top.label("run_id"), runs.c.started_at)
        .where(runs.c.flow == flow, runs.c.as_of == as_of, runs.c.state == "completed")
        .order_by(runs.c.run_id.desc())
        .limit(1)
    ).first()
    if done is None:
        return False
    acted = sa.func.jsonb_path_exists(steps.c.counts, sa.cast("$.* ? (@ > 0)", postgresql.JSONPATH))
    after = (steps.c.run_id > done.run_id) & (runs.c.run_id == steps.c.run_id) & runs.c.flow.notin_(READ_ONLY)
    of_another = sa.func.coalesce(runs.c.parent_id, runs.c.run_id) != done.run_id
    other = sa.exists().where(after, of_another, acted)
    came = sa.exists().where(intake_files.c.loaded > 0, intake_files.c.loaded_at > done.started_at)
    released = sa.exists().where(quarantine.c.released_at > done.started_at)
    return connection.execute(sa.select(~other & ~came & ~released)).scalar_one() is True


def _join_or_open(connection: sa.Connection, flow: str, as_of: date, shard_count: int) -> tuple[int, Splits]:
    mine = (runs.c.flow == flow) & (runs.c.as_of == as_of) & runs.c.parent_id.is_(None)
    joined = connection.execute(_taken_up(mine).returning(runs.c.run_id, runs.c.shards)).first()
    if joined is not None:
        return joined.run_id, joined.shards or {}
    split = splits(connection, shard_count)
    values = {"flow": flow, "as_of": as_of, "shards": split}
    return connection.execute(sa.insert(runs).values(values).returning(runs.c.run_id)).scalar_one(), split


def _open_children(connection: sa.Connection, flows: Sequence[str], as_of: date, parent: int) -> dict[str, int]:
    """The run of each flow that a pass is made of, joined or opened, in the order of the recipe."""
    if not flows:
        return {}
    joined = _taken_up(runs.c.parent_id == parent).returning(runs.c.flow, runs.c.run_id)
    known = {flow: run_id for flow, run_id in connection.execute(joined)}
    anew = [{"flow": flow, "as_of": as_of, "parent_id": parent} for flow in flows if flow not in known]
    if anew:
        opened = sa.insert(runs).returning(runs.c.flow, runs.c.run_id, sort_by_parameter_order=True)
        known |= {flow: run_id for flow, run_id in connection.execute(opened, anew)}
    return {flow: known[flow] for flow in flows}


def _taken_up(which: sa.ColumnElement[bool]) -> sa.Update:
    begun_again = {"state": "running", "finished_at": None, "error": None, "attempts": runs.c.attempts + 1}
    return sa.update(runs).where(which, unfinished).values(begun_again)


def perform(step: Step, of: Pass, shard: Shard, leader: int | None = None) -> StepResult:
    """Do one part of a step in a transaction of its own, with its ledger row; what the pass has done is not redone.

    With a `leader` (`tasks.relay.leading`) other parts of the step are at work at the same time.
    """
    run_id = of.run_of[step.flow]
    relay = None if leader is None else Relay(leader, run_id, step.name, shard)
    scope = Scope(of.as_of, run_id, shard, relay, of.guard)
    try:
        return _perform_outside(step, of, scope) if step.outside else _perform(step, of, scope)
    except Stopped as stopped:
        hold(step, scope, stopped)


def _perform(step: Step, of: Pass, scope: Scope) -> StepResult:
    run_id, shard, relay = scope.run_id, scope.shard, scope.relay
    with transaction() as connection:
        take_lock(connection) if relay is None else relay.enter(connection)
        known = {"run_id": run_id, "step": step.name, "shard": shard.name}
        stands = connection.execute(_HOW_IT_STANDS, known).one()
        if stands.counts is not None:
            return StepResult(step.name, of.as_of, stands.counts, money_from_json(stands.money), repeated=True)
        if step.flow not in READ_ONLY and stands.later is not None and of.as_of < stands.later:
            raise ClosedDay(of.flow, of.as_of, stands.later)  # somebody went on while this process waited
        outcome = guarded(connection, step, scope)
        empty_large(connection)
        if relay is not None:
            relay.leave(connection, of.as_of.year)
        record_step(connection, run_id, step.name, shard, outcome)
    result = StepResult(step.name, of.as_of, outcome.counts, outcome.money, would_hold=outcome.would_hold)
    if relay is None:
        settle([result])
    return result


def _perform_outside(step: Step, of: Pass, scope: Scope) -> StepResult:
    """A step that talks to others: twice in one pass where two processes have joined it, each with its own share."""
    known = {"run_id": scope.run_id, "step": step.name, "shard": scope.shard.name}
    with session() as connection:
        stands = connection.execute(_HOW_IT_STANDS, known).one()
        if stands.counts is not None:
            return StepResult(step.name, of.as_of, stands.counts, money_from_json(stands.money), repeated=True)
        began = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        outcome = step.work(connection, scope)
    with transaction() as connection:
        take_lock(connection)
        if connection.execute(_HOW_IT_STANDS, known).one().counts is None:
            record_step(connection, scope.run_id, step.name, scope.shard, outcome, began=began)
    return StepResult(step.name, of.as_of, outcome.counts, outcome.money, note=outcome.note)


def settle(results: Sequence[StepResult]) -> None:
    """After a step that has done much, bring the statistics up to date."""
    done = sum(sum(result.counts.values()) for result in results if not result.repeated)
    if done >= WORTH_ANALYSING and not is_rehearsal():
        refresh_statistics()


_RECORD = sa.insert(steps)


def record_step(
    connection: sa.Connection,
    run_id: int,
    step: str,
    shard: Shard,
    outcome: Outcome,
    *,
    began: datetime | None = None,
) -> None:
    """The ledger row of a part of a step, written by the transaction that did it; `began`: where it began before."""
    values = {
        "run_id": run_id,
        "step": step,
        "shard": shard.name,
        "counts": outcome.counts,
        "money": money_to_json(outcome.money),
    } | ({"started_at": began} if began else {})
    connection.execute(_RECORD, values)


def complete(of: Pass, failed: Mapping[str, str] | None = None) -> None:
    """All steps of the pass are done: it and its parts are completed; but for the flows outside of it that `failed`."""
    wrong = failed or {}
    for flow, error in wrong.items():
        _finish([of.run_of[flow]], "failed", error)
    ids = [of.run_id, *(run_id for flow, run_id in of.run_of.items() if flow not in wrong)]
    _finish(ids, "completed", " ".join(wrong.values()) or None)


def fail(of: Pass, error: str) -> None:
    """The pass stopped; it waits to be taken up again. `error` is for people and holds no secret."""
    _finish([of.run_id, *of.run_of.values()], "failed", error)


def _finish(ids: Sequence[int], state: str, error: str | None) -> None:
    with transaction() as connection:
        connection.execute(
            sa.update(runs)
            .where(runs.c.run_id.in_(ids), unfinished)
            .values(state=state, finished_at=sa.func.clock_timestamp(), error=error)
        )
