"""A crew: the parts of a step handed to workers, who do them at once in whatever threads, processes or machines."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

from models.errors import AuditBroken, Interrupted
from tasks.database import is_transient
from tasks.relay import leading
from tasks.runs import Pass, perform, settle
from tasks.settings import settings
from tasks.step import Shard, Step, StepResult

_PAUSES_S = (2, 4, 8)
"""Before a step is tried again whose connection was lost."""


class Promise(Protocol):
    """What a part will come to, as `concurrent.futures` and Prefect have it."""

    def result(self) -> Any:
        """Wait, and return or raise what it came to."""


Submit = Callable[[Step, Pass, Shard, int], Promise]
"""Hands one part to a worker, together with the process id of its leader's backend."""


def work_together(submit: Submit, step: Step, of: Pass, shards: Sequence[Shard]) -> list[StepResult]:
    """Do all parts of a step at once. After a lost connection the whole is tried again: what was done stays done."""
    for pause in (*_PAUSES_S, None):
        try:
            return _at_once(submit, step, of, shards)
        except Exception as error:
            if pause is None or not (is_transient(error) or isinstance(error, Interrupted)):
                raise
            time.sleep(pause)
    raise AssertionError("unreachable: the last round returns or raises")


def _at_once(submit: Submit, step: Step, of: Pass, shards: Sequence[Shard]) -> list[StepResult]:
    promises: dict[Shard, Promise] = {}
    done: dict[Shard, StepResult] = {}
    try:
        with leading() as leader:
            while left := [shard for shard in shards if shard not in done]:
                promises = {shard: submit(step, of, shard, leader) for shard in left}
                _collect(of, promises, done)
                if not promises.keys() & done.keys():
                    promises[left[0]].result()  # the first waits for none: what stopped it stops the step
    finally:
        # Nobody leads them any more; those that wait for one that failed give up.
        for promise in promises.values():
            with contextlib.suppress(Exception):
                promise.result()
    results = [done[shard] for shard in shards]
    settle(results)
    return results


def _collect(of: Pass, promises: Mapping[Shard, Promise], done: dict[Shard, StepResult]) -> None:
    """Wait for parts in their order; one that made room for an earlier one is left for the next round.

    Raises the error of the first that failed; broken audits are one, with the rows of all.
    """
    broken: list[str] = []
    for shard, promise in promises.items():
        try:
            done[shard] = promise.result()
        except Interrupted:
            continue
        except AuditBroken as found:
            broken += found.breaks
    if broken:
        raise AuditBroken(of.as_of, broken)


@contextmanager
def threads() -> Iterator[Submit | None]:
    """A crew of threads of this process where the settings ask for one; no Prefect is needed."""
    if settings().runner != "threads":
        yield None
        return
    with ThreadPoolExecutor(settings().parts) as pool:
        yield lambda *part: pool.submit(perform, *part)
