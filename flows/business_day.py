"""Running business days: the days that are due, each as a pass over its recipe. Knows no Prefect.

`call` does one part of one step: the Prefect flows hand in a task, the command line without a server the plain
function. Where there is a crew, `submit` hands the parts of a step to it, all at once.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy.exc import SQLAlchemyError

from flows.recipe import FLOWS, NIGHTLY
from models.errors import AfterTheDay, ClosedDay, TajdidError
from tasks.crew import Submit, work_together
from tasks.database import is_rehearsal
from tasks.runs import NIGHTLY as NIGHTLY_FLOW
from tasks.runs import Pass, complete, fail, next_day, open_pass, perform
from tasks.settings import settings
from tasks.step import Shard, Step, StepResult

Call = Callable[[Step, Pass, Shard], StepResult]
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Day:
    """A business day that was run: its run and what each step did."""

    flow: str
    as_of: date
    run_id: int
    results: tuple[StepResult, ...]
    troubles: tuple[str, ...] = ()
    """What went wrong after the books of the day were done, in steps that work outside of them."""


def run_days(flow: str, as_of: date, call: Call = perform, submit: Submit | None = None) -> Iterator[Day]:
    """Run `flow` for `as_of`, yielding each day when it is done; nightly does the missed days first (L1.7)."""
    while flow == NIGHTLY_FLOW:
        day = next_day(flow, as_of)
        if day == as_of:
            break
        try:
            yield run_day(flow, day, call, submit)
        except ClosedDay:
            if next_day(flow, as_of) == day:
                raise
            # Another nightly has overtaken this one in the meantime; it goes on where that one is.
    yield run_day(flow, as_of, call, submit)


def run_day(flow: str, as_of: date, call: Call = perform, submit: Submit | None = None) -> Day:
    """One pass of `flow` over one business date. On an error the pass is marked failed and waits to be taken up."""
    recipe = NIGHTLY if flow == NIGHTLY_FLOW else FLOWS[flow]
    of = open_pass(flow, as_of, recipe, settings().parts)
    results: list[StepResult] = []
    failed: dict[str, str] = {}
    try:
        for step in recipe:
            try:
                results += _logging(step, of, _done(step, of, call, submit))
            except Exception as error:
                # A mail server that is down must not hold up what members are billed.
                if not step.outside or step.flow == flow:
                    raise
                failed[step.flow] = f"{step.flow}: {told_of(error)}"
        complete(of, failed)
    except BaseException as error:
        # Where the connection is what failed, the run stays unfinished and is taken up all the same.
        with contextlib.suppress(SQLAlchemyError):
            fail(of, told_of(error))
        raise
    return Day(flow, as_of, of.run_id, tuple(results), tuple(failed.values()))


def require_untroubled(days: Iterable[Day]) -> None:
    """Raise AfterTheDay where something went wrong behind the books of some of the days."""
    troubles = dict.fromkeys(trouble for day in days for trouble in day.troubles)
    if troubles:
        raise AfterTheDay(list(troubles))


def _logging(step: Step, of: Pass, done: Iterable[tuple[Shard, StepResult]]) -> Iterator[StepResult]:
    for shard, result in done:
        log.info("step=%s as_of=%s shard=%s run=%d %s", step.name, of.as_of, shard.name, of.run_id, _logged(result))
        yield result


def _done(step: Step, of: Pass, call: Call, submit: Submit | None) -> Iterator[tuple[Shard, StepResult]]:
    """Each part of a step with what it did: at once where that is allowed and a crew is there, else in turn."""
    parts = of.parts(step)
    # A rehearsal is one transaction, and a scratch copy is known to this process alone.
    if submit is not None and step.at_once and len(parts) > 1 and not is_rehearsal():
        yield from zip(parts, work_together(submit, step, of, parts), strict=True)
        return
    for shard in parts:
        yield shard, call(step, of, shard)


def told_of(error: BaseException) -> str:
    """What the ledger keeps of an error: no secret, and no name of a member."""
    if isinstance(error, TajdidError):
        return str(error)[:2000]
    return "stopped by a person" if isinstance(error, KeyboardInterrupt) else type(error).__name__


def _logged(result: StepResult) -> str:
    """Counts and money as key=value; a log line holds no name, no address and no id of a member."""
    counts = [f"{name}={count}" for name, count in result.counts.items()]
    money = [f"{name}_{currency}={amount}" for currency, row in result.money.items() for name, amount in row.items()]
    return " ".join([*counts, *money, *(["repeated=true"] if result.repeated else [])])
