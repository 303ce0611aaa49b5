"""How fast is each step of the business day, how far from its floor, and how long is a whole day?

    python benchmarks/lifecycle.py --size 100000

For each step a store of N memberships in which that step has work, measured as `nightly` runs it in one copy; in another
the very same rows are COPYed and the same updates made (`floor.py`); then the step runs again with nothing due. A figure
counts only if the step did exactly the expected rows and the audit finds the store clean. The last line is one JSON.

    due     step                     of a store of N memberships with
    N       payments                 an open invoice each; three of four payments name it
    N/10    refunds                  unapplied credit
    N/10    redemptions              2 N lots of points, an open invoice each; each takes from two lots
    N/10    closures                 a period: half at once with a credit note, half with the period's end
    N/10    resumptions              a running and a later period, both with lots, that move
    N/10    freezes                  a running period
    N       renewals                 a period that ends in its plan's lead days
    N/10    renewal_requests         a running period
    N       credit_after_renewals    unapplied credit and an open invoice each; so credit_after_dunning
    N/10    grace                    half to grace, a quarter back from it, a quarter expire with a credit note
    N       grants, earning          a paid invoice each
    N/10    charges                  a running period
    N/10    usages                   2 N lots of credits; each takes from two
    N/10    credit_expiry            N lots of credits; so point_expiry, of points
    N/10    dunning                  N/5 open overdue invoices; half of those due reach level 1, half level 2 with a fee
    N/10    reminders                a running period

The day: N memberships with three months behind them. 3.4 % renew, 3.5 % pay, 6 % remind themselves, 5 % use credits, 2 %
redeem points, 3.4 % lose what is left of credits and 3.3 % of points, 1.1 % reach dunning level 1 and 0.3 % level 2,
1.1 % come into grace, 0.3 % leave it by paying and 0.1 % expire; 0.1 % each freeze, resume and close; 1 % top up; few
ask for a renewal or a refund. The audit belongs to the day; it reads the whole store.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import databases
from benchmarks.cases import CASES
from benchmarks.measure import measure, measure_day


def main() -> None:
    """Measure each step, then a day, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=100_000, help="memberships; a multiple of 40")
    names = [case.step.name for case in CASES]
    parser.add_argument("--only", nargs="*", choices=[*names, "day"], default=[*names, "day"], metavar="STEP")
    arguments = parser.parse_args()
    if arguments.size < 40 or arguments.size % 40:
        parser.error(f"--size {arguments.size} cannot be shared out; expected a multiple of 40")
    server = databases.server()
    databases.make_empty(server)
    result = {"size": arguments.size, "steps": measure_steps(server, arguments.size, arguments.only)}
    if "day" in arguments.only:
        seconds = measure_day(server, arguments.size)
        result |= {"day_seconds": round(seconds["day"], 3), "audit_seconds": round(seconds["audit"], 3)}
    databases.drop_all(server)
    result["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result))


def measure_steps(server: str, size: int, names: list[str]) -> dict[str, dict[str, float]]:
    """The figures of each step of `names`, shown as they come."""
    steps = {}
    for case in CASES:
        if case.step.name in names:
            case.store.prepare(server, size)
            measured = measure(server, case, size)
            steps[case.step.name] = {
                "rows": round(case.due * size),
                "rows_per_second": round(case.due * size / measured.step_seconds),
                "ratio": round(measured.ratio, 2),
                "idle_seconds": round(measured.idle_seconds, 4),
            }
            print(f"{case.step.name}: {json.dumps(steps[case.step.name])}", flush=True)
    return steps


if __name__ == "__main__":
    main()
