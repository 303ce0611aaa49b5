"""Which store makes how much of each step due, and which a believable whole day.

A tenth of the members asks where all of them on one day would be absurd.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import requests
from benchmarks.stores import Store
from flows.recipe import NIGHTLY
from tasks.step import Step

TENTH = "n % 10 = 0"
STEPS = {step.name: step for step in NIGHTLY}


@dataclass(frozen=True)
class Case:
    """A step, the share of `size` that is due for it, its store, and what it has to count, as shares too."""

    step: Step
    due: float
    store: Store
    counts: Mapping[str, float]

    def expected(self, size: int) -> dict[str, int]:
        """What the step has to count in a store of `size`; everything else 0."""
        return {name: round(share * size) for name, share in self.counts.items()}


RENEWALS = Case(STEPS["renewals"], 1, Store(k="29"), {"renewed": 1, "invoices": 1})
_OWING_WITH_CREDIT = Store(k="6", owes="true", waiting={requests.CREDIT: "true"})

CASES = (
    Case(
        STEPS["payments"],
        1,
        Store(k="5", owes="true", waiting={requests.PAYMENTS: "true"}),
        {"payments": 1, "directed_allocations": 0.75, "credit_allocations": 0.25, "receipts": 1},
    ),
    Case(
        STEPS["refunds"],
        0.1,
        Store(k="20", waiting={requests.CREDIT: "true", requests.REFUNDS: TENTH}),
        {"refunds": 0.1},
    ),
    Case(
        STEPS["redemptions"],
        0.1,
        Store(k="3", owes="true", months=3, waiting={requests.REDEMPTIONS: TENTH}),
        {"redemptions": 0.1},
    ),
    Case(
        STEPS["closures"],
        0.1,
        Store(k="3", owes="n % 20 = 0", waiting={requests.CLOSURES: TENTH}),
        {"closed": 0.05, "to_close": 0.05, "credit_notes": 0.05},
    ),
    Case(
        STEPS["resumptions"],
        0.1,
        Store(k="3", months=2, waiting={requests.FROZEN: TENTH}),
        {"resumed": 0.1, "moved_periods": 0.2},
    ),
    Case(STEPS["freezes"], 0.1, Store(k="20", waiting={requests.FREEZES: TENTH}), {"frozen": 0.1}),
    RENEWALS,
    Case(
        STEPS["renewal_requests"],
        0.1,
        Store(k="20", waiting={requests.RENEWAL_REQUESTS: TENTH}),
        {"renewed": 0.1},
    ),
    Case(STEPS["credit_after_renewals"], 1, _OWING_WITH_CREDIT, {"credit_allocations": 1}),
    Case(
        STEPS["grace"],
        0.1,
        Store(
            k="CASE n % 40 WHEN 10 THEN 17 ELSE 7 END",
            owes="n % 20 = 0 OR n % 40 = 10",
            waiting={requests.PAID_SINCE: "n % 40 = 30"},
        ),
        {"to_grace": 0.05, "expired": 0.025, "to_active": 0.025, "credit_notes": 0.025},
    ),
    Case(STEPS["grants"], 1, Store(k="20", rewarded=False), {"paid_periods": 1, "granted_lots": 1}),
    Case(STEPS["charges"], 0.1, Store(k="20", waiting={requests.CHARGES: TENTH}), {"charged_lots": 0.1}),
    Case(STEPS["earning"], 1, Store(k="20", rewarded=False), {"paid_invoices": 1, "earned_lots": 1, "told": 1}),
    Case(
        STEPS["usages"],
        0.1,
        Store(k="20", waiting={requests.CHARGED: "true", requests.USAGES: TENTH}),
        {"usages": 0.1},
    ),
    Case(STEPS["credit_expiry"], 0.1, Store(k=f"CASE WHEN {TENTH} THEN 36 ELSE 20 END"), {"expired_lots": 0.1}),
    Case(STEPS["point_expiry"], 0.1, Store(k=f"CASE WHEN {TENTH} THEN 65 ELSE 20 END"), {"expired_lots": 0.1}),
    Case(
        STEPS["dunning"],
        0.1,
        Store(
            k="CASE n % 20 WHEN 0 THEN 8 WHEN 5 THEN 10 WHEN 10 THEN 12 WHEN 15 THEN 11 ELSE 20 END", owes="n % 5 = 0"
        ),
        {"notices": 0.1, "fee_invoices": 0.05, "letters": 0.1},
    ),
    Case(STEPS["credit_after_dunning"], 1, _OWING_WITH_CREDIT, {"credit_allocations": 1}),
    Case(STEPS["reminders"], 0.1, Store(k=f"CASE WHEN {TENTH} THEN 29 ELSE 20 END"), {"reminders": 0.1}),
    Case(STEPS["expiry_notices"], 0.1, Store(k=f"CASE WHEN {TENTH} THEN 29 ELSE 20 END"), {"credits_expiring": 0.1}),
)
"""In the order of `flows/recipe.py`."""

DAY = Store(
    k="1 + n % 29",
    # Not due yet; late, and fewer of them the later.
    owes="k <= 5 OR (k <= 8 AND n % 3 = 0) OR (k <= 12 AND n % 9 = 0) OR (k <= 17 AND n % 45 = 0)",
    months=3,
    waiting={
        requests.PAYMENTS: "k IN (5, 10)",
        requests.CREDIT: "n % 200 = 8 AND k > 17",
        requests.REFUNDS: "n % 1000 = 8 AND k BETWEEN 18 AND 28",
        requests.REDEMPTIONS: "n % 7 = 5 AND k < 5",
        requests.CLOSURES: "n % 1010 = 0",
        requests.FREEZES: "n % 1000 = 1",
        requests.FROZEN: "n % 1000 = 2 AND (k BETWEEN 3 AND 8 OR k > 8 AND NOT owes)",
        requests.RENEWAL_REQUESTS: "n % 500 = 9 AND k > 17",
        requests.CHARGES: "n % 100 = 6",
        requests.CHARGED: "n % 10 = 4",
        requests.USAGES: "n % 20 = 4",
        requests.REMINDED: "k < 7",
    },
)
"""A night of the whole business: every share is said in `lifecycle.py`."""
