"""How much sooner is a business day done when several work on its parts, and are the rows the same?

    python benchmarks/runners.py --size 40000 --shards 2

The day of `lifecycle.py`, in copies of one prepared store: in turn, undivided, which is the floor; then by each runner
(threads, processes, dask, ray) in so many shards. For Dask a scheduler and two worker processes are started by
themselves, as on two more machines. Seconds are those of the ledger, from the start of the run to its end: Prefect's
own start is not among them. Nothing is shown unless all leave the same rows. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa

from benchmarks import databases
from benchmarks.cases import DAY
from benchmarks.dask_cluster import cluster
from benchmarks.story import AS_OF
from tasks import database

COMMAND = (sys.executable, "-c", "from flows.cli import main; main()")
RUNNERS = ("threads", "processes", "dask", "ray")
VIEWS = ("memberships", "periods", "invoices", "payments", "customer_credit", "lots", "notices")


def main() -> None:
    """Measure the day in turn and by each runner, and print seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=40_000, help="memberships, a multiple of 40")
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=RUNNERS, default=RUNNERS, metavar="RUNNER")
    arguments = parser.parse_args()
    result: dict[str, object] = {"size": arguments.size, "shards": arguments.shards}
    with databases.server() as server:
        DAY.prepare(server, arguments.size)
        floor, rows = day(server, {})
        result["in_turn_seconds"] = round(floor["day"], 2)
        print(f"in turn: {seconds_text(floor)}", flush=True)
        for runner in arguments.only:
            env = {"TAJDID_RUNNER": runner, "TAJDID_SHARDS": str(arguments.shards)}
            seconds, left = by_dask(server, env) if runner == "dask" else day(server, env)
            if left != rows:
                raise SystemExit(f"{runner} left other rows than one process does; expected the very same.")
            result[runner] = round(floor["day"] / seconds["day"], 2)
            print(f"{runner}: {seconds_text(seconds)}, {result[runner]} times as fast", flush=True)
    print(json.dumps(result))


def day(server: str, env: dict[str, str]) -> tuple[dict[str, float], str]:
    """The seconds of a day in a fresh copy, and a fingerprint of what it leaves."""
    databases.use(server, databases.STEP, databases.PREPARED)
    databases.checkpoint(server)
    subprocess.run((*COMMAND, "nightly", "--as-of", f"{AS_OF}"), env=os.environ | env, check=True, capture_output=True)
    with database.transaction() as connection:
        found = {"day": seconds(connection, "nightly"), "audit": seconds(connection, "audit")}
        left = [connection.execute(sa.text(_FINGERPRINT.format(view=view))).scalar_one() for view in VIEWS]
    databases.leave()
    return found, "".join(left)


_FINGERPRINT = "SELECT coalesce(md5(string_agg(r::text, ',' ORDER BY r::text)), '') FROM reporting.{view} AS r"


def seconds(connection: sa.Connection, flow: str) -> float:
    """How long a flow of the day took: from its first step's start to its last one's end."""
    query = (
        "SELECT extract(epoch FROM max(s.finished_at) - min(s.started_at)) FROM tajdid.steps AS s"
        " JOIN tajdid.runs AS r USING (run_id) WHERE r.as_of = :as_of AND (r.flow = :flow OR :flow = 'nightly')"
    )
    return float(connection.execute(sa.text(query), {"flow": flow, "as_of": AS_OF}).scalar_one())


def seconds_text(of: dict[str, float]) -> str:
    """`4.31 s, the audit 2.80 s of it`."""
    return f"{of['day']:.2f} s, the audit {of['audit']:.2f} s of it"


def by_dask(server: str, env: dict[str, str]) -> tuple[dict[str, float], str]:
    """The day by a Dask scheduler and two workers that were started separately."""
    url = sa.make_url(server).set(database=databases.STEP).render_as_string(hide_password=False)
    with cluster(os.environ | {"TAJDID_DATABASE_URL": url}) as address:
        return day(server, env | {"TAJDID_RUNNER_ADDRESS": address})


if __name__ == "__main__":
    main()
