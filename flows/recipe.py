"""The order of a business day (L1.6): which steps, in which order, and which of them a flow is made of."""

from __future__ import annotations

from flows.clock import moment
from flows.writers import writers
from tasks import (
    audit,
    closures,
    credits,
    delivery,
    dunning,
    expiring,
    freezes,
    grace,
    payments,
    points,
    redemptions,
    refunds,
    reminders,
    renewal_requests,
    renewals,
    reports,
    unapplied,
)
from tasks.step import Step

NIGHTLY: tuple[Step, ...] = (
    payments.STEP,
    refunds.STEP,
    redemptions.STEP,
    closures.STEP,
    freezes.RESUMPTIONS,
    freezes.STEP,
    renewals.STEP,
    renewal_requests.STEP,
    unapplied.AFTER_RENEWALS,
    grace.STEP,
    credits.GRANTS,
    credits.CHARGES,
    points.EARNING,
    credits.USAGES,
    credits.EXPIRY,
    points.EXPIRY,
    dunning.STEP,
    unapplied.AFTER_DUNNING,
    reminders.STEP,
    expiring.STEP,
    audit.STEP,
    delivery.after_night(moment, writers),
)

WORDS = {
    "nightly": "The whole business day in the order of L1.6; days that were missed come first, oldest first (L1.7).",
    "payments": "Payments and refunds whose day has come (L6.2, L6.4).",
    "closures": "Closings that fall due, then new requests, and the credit notes of those who left (L5).",
    "freezes": "Memberships that resume, with all that moves along, then freezes that begin (L4).",
    "renewals": "Activations, automatic renewals and requests that are due, then unapplied credit (L3.1, L3.6, L3.7).",
    "grace": "Status by paid_until and grace; expiry, and credit notes where the plan voids (L3.4, L3.5).",
    "credits": "Grants of paid periods, charges, usages, and what expires of credits (L7.2 to L7.4).",
    "points": "Points redeemed, earned and expired (L7.4 to L7.6).",
    "dunning": "Overdue invoices that reached a higher level: notices, fees, letters; then unapplied credit (L8).",
    "reminders": "Reminders that a period is about to end (L9), or that credits and points are (L7.4).",
    "audit": "Every invariant; fails and names the rows where one is broken.",
    "reports": "The reports that are due on a day: pages, workbooks, CSV and Parquet, and the site's index.",
    "delivery": "Messages that are due, by mail, WhatsApp and SMS; what may have gone out is never sent again blindly.",
}
"""What each flow does, in a sentence."""

_ALONE = (reports.step(moment), delivery.alone(moment, writers))
"""Those that a night does not wait for, or that go by another clock by themselves (decisions 16 and 19)."""
_BY_FLOW = {step.flow: (step,) for step in _ALONE}
FLOWS: dict[str, tuple[Step, ...]] = {
    name: _BY_FLOW.get(name) or tuple(step for step in NIGHTLY if step.flow == name)
    for name in dict.fromkeys(step.flow for step in (*NIGHTLY, *_ALONE))
}
"""The recipe of each flow that can run alone."""
