"""The guard: before a billing step commits, are its totals such as the last weeks and the open schedule foretell?

A price with two zeros too many, a lead time in months: what the rules allow may still be nothing that anybody wants.
Outside the band the step is rolled back and waits for a person, with what it would have done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NoReturn

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.errors import Held, WrongUsage
from models.holds import holds, waiting
from models.memberships import memberships
from models.money import Money, add_money, money_from_json, money_to_json
from models.operations import UNDONE, runs, steps
from models.plans import plans
from reports.days import counts_text, money_text
from tasks.database import is_rehearsal, take_lock, transaction
from tasks.quarantine import waits_for_a_person
from tasks.reasons import require_reason
from tasks.settings import settings
from tasks.step import Band, Outcome, Scope, Step

GUARDED = {"renewals": "invoices", "renewal_requests": "renewed", "grace": "expired", "dunning": "notices"}
"""Step -> the count by which its size is judged."""
WEEKS = timedelta(weeks=5)
"""Long enough to hold the greatest day of a month."""
KNOWN_DAYS = 14
"""With fewer days of history nothing can be foretold, and nothing is held."""


@dataclass(frozen=True)
class Schedule:
    """What the standing of memberships foretells of a day's renewals, before they are done."""

    due: int
    """Memberships that are to be renewed."""
    on_time: int
    """Of these, and of those that start, whose day is just this one: however many, they were known to come."""


@dataclass(frozen=True)
class Foretold:
    """How many days of the last weeks are known, the largest of them by count and by amount, and the schedule."""

    days: int
    most: int
    most_money: Money
    schedule: Schedule | None


class Stopped(Exception):
    """Rolls a step back; `hold` then keeps what it would have done and raises Held for people."""

    def __init__(self, why: str, outcome: Outcome) -> None:
        super().__init__(why)
        self.why, self.outcome = why, outcome


def scheduled(connection: sa.Connection, step: str, scope: Scope) -> Schedule | None:
    """What is open to be renewed and to start; None for a step without a schedule."""
    if step != "renewals":
        return None
    m, q = memberships.c, plans.c
    renews = sa.func.coalesce(m.auto_renew, q.auto_renew) & m.status.in_(("active", "grace")) & m.closing.is_(None)
    bills_on = m.billed_until - q.lead_days
    on_time = (renews & (bills_on == scope.as_of)) | ((m.status == "pending") & (m.started_on == scope.as_of))
    count = sa.func.count()
    open_ = (renews & (bills_on <= scope.as_of)) | ((m.status == "pending") & (m.started_on <= scope.as_of))
    query = sa.select(count.filter(renews).label("due"), count.filter(on_time).label("on_time"))
    query = query.join_from(memberships, plans, q.plan == m.plan).where(open_, ~waits_for_a_person(m.membership))
    row = connection.execute(query.where(scope.shard.holds(m.membership))).one()
    return Schedule(row.due, row.on_time)


def foretell(connection: sa.Connection, step: str, as_of: date, schedule: Schedule | None) -> Foretold:
    """What the ledger says of the days of the last weeks, each the sum of its shards and passes."""
    query = (
        sa.select(runs.c.as_of, steps.c.counts, steps.c.money)
        .join_from(steps, runs, runs.c.run_id == steps.c.run_id)
        .where(steps.c.step == step, runs.c.as_of.between(as_of - WEEKS, as_of - timedelta(days=1)))
        .where(runs.c.state != UNDONE)  # what was taken back is no measure of anything
    )
    by_day: dict[date, list[tuple[int, Money]]] = {}
    for row in connection.execute(query):
        by_day.setdefault(row.as_of, []).append((row.counts.get(GUARDED[step], 0), money_from_json(row.money)))
    most = max((sum(count for count, _ in parts) for parts in by_day.values()), default=0)
    most_money = _most(add_money(money for _, money in parts) for parts in by_day.values())
    return Foretold(len(by_day), most, most_money, schedule)


def _most(days: Iterable[Money]) -> Money:
    most: dict[str, dict[str, Decimal]] = {}
    for day in days:
        for currency, amounts in day.items():
            row = most.setdefault(currency, {})
            for what, amount in amounts.items():
                row[what] = max(row.get(what, Decimal(0)), amount)
    return most


def unexpected(step: str, outcome: Outcome, foretold: Foretold, *, parts: int, band: float, least: int) -> list[str]:
    """Why the totals of one of `parts` shards are outside the band; nothing for fewer things than `least`."""
    schedule, reasons = foretold.schedule, []
    if schedule is not None and schedule.due * parts >= least and outcome.counts["renewed"] * band < schedule.due:
        reasons.append(f"{schedule.due:,} memberships are to be renewed, {outcome.counts['renewed']:,} would be")
    count = outcome.counts.get(GUARDED[step], 0) * parts
    if foretold.days < KNOWN_DAYS or count < least:
        return reasons
    known = max(foretold.most, 1)
    # A day of many that were known to come may be as much larger than any before, and its amounts with it.
    larger = max(1.0, (schedule.on_time * parts if schedule else 0) / known)
    if count > band * larger * known:
        name = GUARDED[step].replace("_", " ")
        reasons.append(f"{count:,} {name}, the most of the last {foretold.days} days were {foretold.most:,}")
    for currency, amounts in outcome.money.items():
        for what, amount in amounts.items():
            most = foretold.most_money.get(currency, {}).get(what, Decimal(0))
            # A currency that was never seen has no measure; its count is judged all the same.
            if most and float(amount * parts) > band * larger * float(most):
                reasons.append(f"{what} {amount * parts:,} {currency}, the most of these days was {most:,}")
    return reasons


def band_of_settings() -> Band | None:
    """The band of this process's settings; None where there is no guard."""
    times = settings().guard_band
    return Band(times, settings().guard_least) if times else None


def guarded(connection: sa.Connection, step: Step, scope: Scope) -> Outcome:
    """Do the work of a step; raise Stopped where its totals are outside the band and nobody approved just these.

    In a rehearsal nothing is held: it shows the totals to the person who asked for it, and what would be.
    """
    if step.name not in GUARDED:
        return step.work(connection, scope)
    band = scope.guard
    schedule = scheduled(connection, step.name, scope) if band else None
    outcome = step.work(connection, scope)
    held = _held(connection, step.name, scope, outcome)
    if held is not None and held.approved_at is not None:
        return outcome
    why = [held.why] if held is not None else []
    if band and held is None:
        foretold = foretell(connection, step.name, scope.as_of, schedule)
        why = unexpected(step.name, outcome, foretold, parts=scope.shard.count, band=band.times, least=band.least)
        why += [f"the guard lets pass {band.times:g} times as much (TAJDID_GUARD_BAND)"] if why else []
    if why and not is_rehearsal():
        raise Stopped("; ".join(why), outcome)
    return replace(outcome, would_hold="; ".join(why))


def _held(connection: sa.Connection, step: str, scope: Scope, outcome: Outcome) -> sa.Row[Any] | None:
    """The hold of just these totals: it counts also where whoever runs the day now has no guard."""
    h = holds.c
    same = (h.run_id == scope.run_id) & (h.step == step) & (h.shard == scope.shard.name)
    same &= (h.counts == outcome.counts) & (h.money == money_to_json(outcome.money))
    return connection.execute(sa.select(h.why, h.approved_at).where(same)).first()


def hold(step: Step, scope: Scope, stopped: Stopped) -> NoReturn:
    """Keep what was stopped, for a person to look at, and raise Held; what was approved before had other totals."""
    outcome = stopped.outcome
    values = {"as_of": scope.as_of, "why": stopped.why, "counts": outcome.counts, "money": money_to_json(outcome.money)}
    anew = values | {"held_at": sa.func.clock_timestamp(), "approved_at": None, "approved_by": None, "reason": None}
    row = insert(holds).values(run_id=scope.run_id, step=step.name, shard=scope.shard.name, **values)
    with transaction() as connection:
        # A part of a step at work at once has a leader, who has the lock and waits for it.
        if scope.relay is None:
            take_lock(connection)
        connection.execute(row.on_conflict_do_update(index_elements=["run_id", "step", "shard"], set_=anew))
    would = f"{counts_text(outcome.counts)}; {money_text(outcome.money)}"
    raise Held(step.name, scope.as_of, scope.run_id, why=stopped.why, would=would) from None


def approve(run_id: int, reason: str, approved_by: str) -> list[str]:
    """Let pass what the guard holds of a run, or of the runs of a nightly; returns what. Raises WrongUsage."""
    require_reason(reason, "the run")
    h = holds.c
    parts = sa.select(runs.c.run_id).where((runs.c.run_id == run_id) | (runs.c.parent_id == run_id))
    held = sa.update(holds).where(h.run_id.in_(parts), waiting)
    values = {"approved_at": sa.func.clock_timestamp(), "approved_by": approved_by, "reason": reason}
    with transaction() as connection:
        take_lock(connection)
        passed = connection.execute(held.values(values).returning(h.step, h.run_id)).all()
        before = connection.execute(sa.select(h.approved_by, h.approved_at).where(h.run_id.in_(parts))).first()
    if not passed and before is not None and before.approved_at is not None:
        said = f"by {before.approved_by} on {before.approved_at:%Y-%m-%d}"
        raise WrongUsage(f"What the guard held of run {run_id} has been approved {said} already. Run the day again.")
    if not passed:
        raise WrongUsage(f"The guard holds nothing of run {run_id}; expected a run that `tajdid status` shows as held.")
    return sorted(f"{row.step} of run {row.run_id}" for row in passed)
