"""How fast are renewals, and how far from the floor: COPYing the very same rows into the same tables?

    python benchmarks/renewals.py --due 100000

Each round copies one prepared database twice. In the first the renewal step runs as `nightly` runs it, books and
messages included; into the second the written rows are COPYed and the same updates made (`floor.py`). The last line is
one JSON object; figures are medians of the rounds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import databases
from benchmarks.cases import RENEWALS
from benchmarks.measure import measure


def main() -> None:
    """Run the rounds and print their medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    rounds = []
    with databases.server() as server:
        RENEWALS.store.prepare(server, arguments.due)
        for number in range(arguments.rounds):
            rounds.append(figures(server, arguments.due))
            print(f"round {number + 1}: {json.dumps(rounds[-1])}", flush=True)
    result = {key: round(statistics.median(r[key] for r in rounds), 3) for key in rounds[0]}
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps({"due": arguments.due, **result}))


def figures(server: str, due: int) -> dict[str, float]:
    """One round: the step, the floor, and the step with nothing due."""
    measured = measure(server, RENEWALS, due)
    return {
        "renewals_per_second": due / measured.step_seconds,
        "ratio_to_copy": measured.ratio,
        "nothing_due_seconds": measured.idle_seconds,
        "step_seconds": measured.step_seconds,
        "copy_seconds": measured.floor_seconds,
    }


if __name__ == "__main__":
    main()
