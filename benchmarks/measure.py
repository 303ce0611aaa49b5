"""Measuring a step as `nightly` runs it, its floor, and the step once more with nothing due; and a whole day."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks import databases, floor
from benchmarks.cases import Case
from benchmarks.story import AS_OF
from flows.business_day import run_day
from flows.recipe import NIGHTLY
from models.errors import AuditBroken
from tasks import audit, database
from tasks.runs import Pass, open_pass, perform
from tasks.step import Shard, Step, StepResult


@dataclass(frozen=True)
class Measured:
    """Seconds of a step, of its floor, and of the step with nothing due."""

    step_seconds: float
    floor_seconds: float
    idle_seconds: float

    @property
    def ratio(self) -> float:
        """How many times its floor the step takes."""
        return self.step_seconds / self.floor_seconds


def measure(server_url: str, case: Case, size: int) -> Measured:
    """One round of a case in two copies of the prepared database, which are dropped by the next round."""
    databases.use(server_url, databases.STEP, databases.PREPARED)
    databases.checkpoint(server_url)
    step_seconds, counts = _perform(case.step, open_pass("nightly", AS_OF, NIGHTLY, 1))
    _require(case, counts, case.expected(size))
    with tempfile.TemporaryDirectory() as name:
        floor.keep(Path(name))
        databases.vacuum()
        require_clean()
        idle_seconds, counts = _perform(case.step, open_pass(case.step.flow, AS_OF, (case.step,), 1))
        _require(case, counts, {})
        databases.use(server_url, databases.FLOOR, databases.PREPARED)
        floor_seconds = floor.copy_back(server_url, Path(name))
    databases.leave()
    return Measured(step_seconds, floor_seconds, idle_seconds)


def _perform(step: Step, of: Pass) -> tuple[float, dict[str, int]]:
    seconds, result = databases.timed(lambda: perform(step, of, of.parts(step)[0]))
    return seconds, result.counts


def _require(case: Case, counts: dict[str, int], expected: dict[str, int]) -> None:
    """Only correct work is worth a figure."""
    if counts != {name: expected.get(name, 0) for name in counts}:
        raise SystemExit(f"{case.step.name} counted {counts}; expected {expected} and nothing else.")


def require_clean() -> None:
    """The audit finds nothing in this process's database; raises AuditBroken with the rows where it does."""
    with database.transaction() as connection:
        broken = audit.breaks(connection, AS_OF)
    if broken:
        raise AuditBroken(AS_OF, [str(row) for row in broken])


def measure_day(server_url: str) -> dict[str, float]:
    """Seconds of each step of the prepared business day and of the whole `day`; raises where its audit is not clean."""
    databases.use(server_url, databases.STEP, databases.PREPARED)
    databases.checkpoint(server_url)
    seconds: dict[str, float] = {}

    def call(step: Step, of: Pass, shard: Shard) -> StepResult:
        seconds[step.name], result = databases.timed(lambda: perform(step, of, shard))
        print(f"day: {step.name} {seconds[step.name]:.3f} s {result.counts}", flush=True)
        return result

    seconds["day"], _ = databases.timed(lambda: run_day("nightly", AS_OF, call))
    databases.leave()
    return seconds
