"""How fast is each step of the business day, how far from its floor, and how long is a whole day?

    python benchmarks/lifecycle.py --size 100000

For each step a store of N memberships in which it has work, measured as `nightly` runs it in one copy; in another copy
the very same rows are COPYed and the same updates made (`floor.py`); then the step runs again with nothing due. Nothing
is shown unless the step did exactly the expected rows and the audit finds the store clean. The last line is one JSON.

    due     step                     in a store of N memberships with
    N       payments                 an open invoice each; three of four payments name it
    N/10    refunds                  unapplied credit each
    N/10    redemptions              2 N lots of points, an open invoice each; each takes from two lots
    N/10    closures                 a period each; half at once with a credit note, half with the end of the period
    N/10    resumptions              a running and a later period each, both with lots that move along
    N/10    freezes                  a running period each
    N       renewals                 a period each that ends in its plan's lead days
    N/10    renewal_requests         a running period each
    N       credit_after_renewals    unapplied credit and an open invoice each; credit_after_dunning likewise
    N/10    grace                    a period each; half come into grace, a quarter leave it, a quarter expire and void
    N       grants, earning          a paid invoice each
    N/10    charges                  a running period each
    N/10    usages                   2 N lots of credits; each takes from two
    N/10    credit_expiry            N lots of credits; point_expiry: of points
    N/10    dunning                  N/5 overdue invoices; half of the due ones reach level 1, half level 2 with a fee
    N/10    reminders                a running period each
    N/10    expiry_notices           N lots of credits and N of points

The day: N memberships, three months of history. 3.4 % renew, 3.8 % pay, 7 % are reminded, 5 % use credits, 2 % redeem
points, 1 % top up; of 3.4 % credits expire, of 3.4 % points. 1.1 % come into grace, 0.4 % leave it by paying, 0.1 %
expire; 1.1 % reach dunning level 1, 0.4 % level 2. 0.1 % freeze, resume, close, or ask for a renewal; few for a refund.
The audit is a part of the day and reads all of the store.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import databases
from benchmarks.cases import CASES, DAY, Case
from benchmarks.measure import measure, measure_day

DAY_NAME = "day"


def main() -> None:
    """Measure each step, then a day, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*(case.step.name for case in CASES), DAY_NAME]
    parser.add_argument("--size", type=int, default=100_000, help="N, a multiple of 40")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="STEP", help="some steps, or: day")
    arguments = parser.parse_args()
    size, only = arguments.size, arguments.only
    if size < 40 or size % 40:
        parser.error(f"--size {size} cannot be shared out; expected a multiple of 40")
    result: dict[str, object] = {"size": size, "steps": {}}
    with databases.server() as server:
        result["steps"] = {case.step.name: figures(server, case, size) for case in CASES if case.step.name in only}
        if DAY_NAME in only:
            DAY.prepare(server, size)
            seconds = measure_day(server)
            result |= {f"{name}_seconds": round(seconds[name], 3) for name in (DAY_NAME, "audit")}
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result))


def figures(server: str, case: Case, size: int) -> dict[str, float]:
    """The figures of a step, shown as soon as they are there."""
    case.store.prepare(server, size)
    measured = measure(server, case, size)
    rows = round(case.due * size)
    shown = {
        "rows": rows,
        "rows_per_second": round(rows / measured.step_seconds),
        "ratio": round(measured.ratio, 2),
        "idle_seconds": round(measured.idle_seconds, 4),
    }
    print(f"{case.step.name}: {json.dumps(shown)}", flush=True)
    return shown


if __name__ == "__main__":
    main()
