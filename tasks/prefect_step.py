"""A business step as a Prefect task: one task a step and shard, retried only for what a retry can mend."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.tasks import Task, exponential_backoff

from tasks.crew import Promise
from tasks.database import is_rehearsal, is_transient
from tasks.runs import Pass, perform
from tasks.step import Shard, Step, StepResult


def _may_retry(task_: Any, run: Any, state: Any) -> bool:
    error = state.result(raise_on_failure=False)
    # A rehearsal is one transaction: after an error there is nothing left in it to try again.
    return isinstance(error, BaseException) and is_transient(error) and not is_rehearsal()


@lru_cache
def task_of(name: str) -> Task[..., StepResult]:
    """The Prefect task of the step called `name`. Results of writes are never cached: that would skip a needed run."""
    return task(
        name=name,
        task_run_name=name + " {of.as_of} {shard.name}",
        retries=3,
        retry_delay_seconds=exponential_backoff(backoff_factor=2),
        retry_jitter_factor=0.3,
        retry_condition_fn=_may_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(perform)


def call_as_task(step: Step, of: Pass, shard: Shard) -> StepResult:
    """Do one part of a step as a task run of the current flow run."""
    return task_of(step.name)(step, of, shard)


def submit_as_task(step: Step, of: Pass, shard: Shard, leader: int) -> Promise:
    """Hand one part of a step to the task runner of the current flow; the crew tries again, not the part."""
    promise: Promise = task_of(step.name).with_options(retries=0).submit(step, of, shard, leader)
    return promise
