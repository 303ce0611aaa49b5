"""What did a run do? The sums, what waits for a person, the audit's proof; and why, where it did nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from models.memberships import memberships
from models.operations import STATELESS_FLOWS
from models.payments import payments
from models.plans import plans
from reports.days import AUDIT, Result, counts_text, did_anything, money_text, notes, proof, total, would_hold
from reports.status import how_many_in_quarantine


def headlines(connection: sa.Connection, as_of: date, results: Sequence[Result]) -> list[str]:
    """The lines above the table of a run, on its page and in the terminal: counts, a line a currency, the proof."""
    counts, money = total(result for result in results if result.step != AUDIT)
    done = [f"Done: {counts_text(counts)}.", *(f"{money_text({one: money[one]})}." for one in sorted(money))]
    if not did_anything(results):
        # A step that bills nobody, run alone: its own note tells why.
        is_aside = len(results) == 1 and results[0].step in STATELESS_FLOWS
        done = ["Nothing was done." if is_aside else f"Nothing was due: {why_quiet(connection, as_of)}"]
    waiting = how_many_in_quarantine(connection)
    aside = [f"In quarantine: {waiting:,} (tajdid quarantine list)."] if waiting else []
    return [*done, *aside, *would_hold(results), *notes(results), proof(results)]


def why_quiet(connection: sa.Connection, as_of: date) -> str:
    """One sentence or two: who could have been billed, the next day on which one is, and what waits for its day."""
    m, q, p = memberships.c, plans.c, payments.c
    standing = m.status.in_(("active", "grace"))
    renews = sa.func.coalesce(m.auto_renew, q.auto_renew) & m.closing.is_(None) & standing
    falls_due = sa.case((m.status == "pending", m.started_on), (renews, m.billed_until - q.lead_days))
    row = connection.execute(
        sa.select(
            sa.func.count().filter(standing),
            sa.func.count(),
            sa.func.min(falls_due).filter(falls_due > as_of),
        ).join_from(memberships, plans, q.plan == m.plan)
    ).one()
    waiting = sa.select(sa.func.count(), sa.func.min(p.paid_on)).where(p.applied_on.is_(None), p.paid_on > as_of)
    payments_waiting, first = connection.execute(waiting).one()
    current, all_, next_day = row
    if not all_:
        return "the store holds no membership. Load some: tajdid intake PATH"
    said = f"memberships active or in grace: {current:,} of {all_:,}"
    said += f"; the next is billed on {next_day}." if next_day else "; none is to be billed."
    return said + (f" Payments that wait for their day: {payments_waiting:,}, the first for {first}." if first else "")
