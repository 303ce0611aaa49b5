"""The order of a business day (L1.6): which steps, in which order, and which of them a flow is made of."""

from __future__ import annotations

from tasks import audit, credit, grace, payments, refunds, renewals
from tasks.step import Step

NIGHTLY: tuple[Step, ...] = (
    payments.STEP,
    refunds.STEP,
    renewals.STEP,
    credit.AFTER_RENEWALS,
    grace.STEP,
    credit.AFTER_EXPIRY,
    audit.STEP,
)

WORDS = {
    "nightly": "The whole business day in the order of L1.6; days that were missed come first, oldest first (L1.7).",
    "payments": "Payments and refunds whose day has come (L6.2, L6.4).",
    "renewals": "Activations and automatic renewals that are due, then unapplied credit (L3.1, L3.6, L6.2).",
    "grace": "Status by paid_until and grace; expiry, and credit notes where the plan voids (L3.4, L3.5).",
    "audit": "Every invariant; fails and names the rows where one is broken.",
}
"""What each flow does, in a sentence."""

FLOWS: dict[str, tuple[Step, ...]] = {
    name: tuple(step for step in NIGHTLY if step.flow == name) for name in dict.fromkeys(step.flow for step in NIGHTLY)
}
"""The recipe of each flow that can run alone."""
