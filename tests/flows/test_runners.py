"""The same flows by a Dask scheduler with two workers that were started by themselves: the same rows."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from benchmarks.dask_cluster import cluster
from tests import processes as p

NIGHT = p.EVE + timedelta(1)
COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")


def test_a_nightly_by_two_dask_workers_leaves_the_rows_of_one_process(server_url, template, tmp_path: Path):
    with p.evening(server_url, template, tmp_path) as eve:
        with p.copied(server_url, eve, "tajdid_dask"):
            p.nightly(NIGHT)
            in_turn = p.state()
        with p.copied(server_url, eve, "tajdid_dask"):
            said = _nightly_by_dask(tmp_path)
            assert said.returncode == 0, (said.stdout + said.stderr)[-3000:]
            p.assert_same(p.state(), in_turn)
            shards = {shard for _, step, shard in p.recorded_steps() if step == "renewals"}
            assert shards >= {"1/2", "2/2"}
            p.assert_sound(NIGHT)


def _nightly_by_dask(home: Path) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    env |= {"PREFECT_HOME": str(home / "prefect"), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    with cluster(env) as address:
        env |= {"TAJDID_RUNNER": "dask", "TAJDID_RUNNER_ADDRESS": address, "TAJDID_SHARDS": "2"}
        command = (*COMMAND, "nightly", "--as-of", f"{NIGHT}")
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)
