"""The same flow by a Dask scheduler with two workers that were started by themselves: the same rows."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from benchmarks.dask_cluster import cluster
from flows.prefect_flow import business_flow
from tasks.settings import settings
from tests import processes as p

NIGHT = p.EVE + timedelta(1)


def test_a_nightly_by_two_dask_workers_leaves_the_rows_of_one_process(
    prefect_api: str, server_url: str, eve: str, monkeypatch: pytest.MonkeyPatch
):
    with p.copied(server_url, eve, "tajdid_dask"):
        p.nightly(NIGHT)
        in_turn = p.state()
    with (
        p.copied(server_url, eve, "tajdid_dask"),
        cluster(os.environ | {"PREFECT_API_URL": prefect_api}) as address,
    ):
        for name, value in {"RUNNER": "dask", "RUNNER_ADDRESS": address, "SHARDS": "2"}.items():
            monkeypatch.setenv(f"TAJDID_{name}", value)
        settings.cache_clear()
        business_flow("nightly")(NIGHT, False)
        monkeypatch.undo()
        settings.cache_clear()
        p.assert_same(p.state(), in_turn)
        assert {shard for _, step, shard in p.recorded_steps() if step == "renewals"} == {"1/1", "1/2", "2/2"}
        p.assert_sound(NIGHT)
