"""prefect.yaml is code: `prefect deploy` silently accepts unknown keys and wrong parameter names, so we do not."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import get_args

import pytest
import yaml
from prefect.cli.deploy._models import DeploymentConfig, PrefectYamlModel
from prefect.client.schemas.schedules import CronSchedule

from flows.backfill_flow import FlowName
from flows.recipe import FLOWS

FILE = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = FILE["deployments"]
NAMES = [deployment["name"] for deployment in DEPLOYMENTS]

REPORTS = ("reports", "reports-weekly", "reports-monthly")
"""One flow, for a night, a week, a month."""
FORMS = ("approve", "backfill", "undo")
"""A person fills these in; all else must run without anybody."""


def flow_of(deployment):
    module, name = deployment["entrypoint"].rsplit(".", 1)
    return getattr(importlib.import_module(module), name)


def test_file_has_no_key_that_prefect_would_ignore():
    PrefectYamlModel.model_validate(FILE)
    for deployment in DEPLOYMENTS:
        assert not set(deployment) - set(DeploymentConfig.model_fields), deployment["name"]


def test_every_flow_has_one_deployment_of_its_name():
    assert sorted(NAMES) == sorted({"nightly", "watchdog", "intake", *REPORTS, *FORMS, *FLOWS})


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_deployment_runs_the_flow_it_names(deployment):
    flow = flow_of(deployment)
    assert flow.name == ("reports" if deployment["name"] in REPORTS else deployment["name"])
    assert set(deployment.get("parameters") or {}) <= set(flow.parameters.properties)
    assert not flow.parameters.required or flow.name in FORMS


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_schedules_have_a_time_zone_and_a_slug(deployment):
    for schedule in deployment.get("schedules") or []:
        CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"])
        assert schedule["slug"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=NAMES)
def test_two_runs_of_a_deployment_never_overlap(deployment):
    # The work of a night is never dropped; of two polls the later one has nothing to add.
    strategy = "CANCEL_NEW" if deployment["name"] in ("intake", "delivery") else "ENQUEUE"
    assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": strategy}


def test_whatever_nightly_is_made_of_may_be_backfilled():
    assert sorted(get_args(FlowName)) == sorted({"nightly", *FLOWS})
