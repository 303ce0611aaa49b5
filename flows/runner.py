"""Prefect's task runner for the parts of a step: threads, processes, Dask or Ray (TAJDID_RUNNER)."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from models.errors import WrongUsage
from tasks.settings import settings


def task_runner() -> TaskRunner[Any]:
    """The task runner of our flows. Raises WrongUsage where its package is not installed."""
    runner, address, workers = settings().runner, settings().runner_address, settings().parts
    if runner == "processes":
        return ProcessPoolTaskRunner(max_workers=workers)
    if runner == "dask":
        own = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        return _extra("dask", "DaskTaskRunner", **({"address": address} if address else {"cluster_kwargs": own}))
    if runner == "ray":
        own = {"num_cpus": workers, "include_dashboard": False}
        return _extra("ray", "RayTaskRunner", **({"address": address} if address else {"init_kwargs": own}))
    return ThreadPoolTaskRunner(max_workers=workers)


def _extra(runner: str, name: str, **options: Any) -> TaskRunner[Any]:
    """A task runner of a package that not everybody installs."""
    try:
        made: TaskRunner[Any] = getattr(import_module(f"prefect_{runner}.task_runners"), name)(**options)
    except ImportError:
        raise WrongUsage(
            f"TAJDID_RUNNER is {runner}, and its package is not installed. Install it: pip install 'tajdid[{runner}]'"
        ) from None
    return made
