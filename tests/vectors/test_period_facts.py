"""Billing days and the periods around a day (L1.3, L3.6), as the anchored plans of Lago and Kill Bill expect them.

    b(0) ----- b(1) ----- b(2) --x-- b(3)        three periods have begun by x: the current is [b(2), b(3)),
    begun 1    begun 2    begun 3                the previous [b(1), b(2))

Lago counts in its customer's time zone and includes a period's last second; a plan paid at the end bills the period
that is over, one paid in advance (ours) the one that begins. Kill Bill's cycles are the periods billed by a target day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.rules.boundaries import boundary, days_between, ordinal_near, periods_at_most
from tests.vectors.asking import Batch, Fact, day, day_after, each, facts_of, interval, local_day

Column = sa.ColumnElement[Any]
TYPES = {"anchor": sa.Date, "day": sa.Date, "unit": sa.Text, "interval_count": sa.Integer}


def begun(asked: Any) -> Column:
    """How many periods have begun by the day, found as renewals find them: a bounded series, each start compared."""
    bound = periods_at_most(asked.anchor, asked.day, asked.unit, asked.interval_count)
    ordinals = sa.func.generate_series(0, bound - 1).table_valued("n", name="ordinals").render_derived()
    starts_on = boundary(asked.anchor, sa.type_coerce(ordinals.c.n, sa.Integer), asked.unit, asked.interval_count)
    return sa.select(sa.func.count()).select_from(ordinals).where(starts_on <= asked.day).scalar_subquery()


def start(asked: Any, back: int) -> Column:
    """The start of the period `back` before the current one; -1 is its end."""
    ordinal = sa.cast(begun(asked), sa.Integer) - 1 - back
    return boundary(asked.anchor, ordinal, asked.unit, asked.interval_count)


def is_boundary(asked: Any) -> Column:
    near = ordinal_near(asked.anchor, asked.day, asked.unit, asked.interval_count)
    return boundary(asked.anchor, near, asked.unit, asked.interval_count) == asked.day


@dataclass(frozen=True)
class Around:
    """What our rules say of a day."""

    begun: int
    is_boundary: bool
    previous: date
    current: date
    following: date
    previous_days: int


RULES = (
    begun,
    is_boundary,
    lambda asked: start(asked, 1),
    lambda asked: start(asked, 0),
    lambda asked: start(asked, -1),
    lambda asked: days_between(start(asked, 1), start(asked, 0)),
)

BILLING_DAYS = facts_of("alignment.is_billing_day")
CYCLES = facts_of("proration.cycles_billed")
WHOLE = facts_of("calendar.whole_periods_between")
TARGETS = facts_of("billing.target_date")
INTERVALS = facts_of("alignment.billing_interval", where=lambda fact: fact.input["target"] is not None)
PERIODS = facts_of(
    "period.from", "period.to", "period.next_end", "period.previous_start", "period.arrears_charges_from"
)
LENGTHS = facts_of("proration.period_days", "proration.period_days_for_daily_price")
INVOICES = facts_of("period.invoice_boundaries")


def asked_by(fact: Fact) -> tuple[Any, ...]:
    """The anchor, the day and the interval that a fact speaks of."""
    i, zone = fact.input, fact.input.get("timezone", "UTC")
    match fact.rule:
        case "alignment.is_billing_day":
            return day(i["anchor"]), day(i["today"]), *interval(i["interval"])
        case "calendar.whole_periods_between":
            return day(i["start"]), day(i["end"]), *interval(i["period"])
        case "billing.target_date":
            return day(i["monthly_from"]), day(i["target"]), *interval("month")
        case "proration.cycles_billed" | "alignment.billing_interval":
            return day(i["start"]), day(i["target"]), *interval(i["period"])
        case "period.invoice_boundaries":
            return local_day(i["subscribed_at"], zone), local_day(i["billed_at"], zone), *interval(i["interval"])
    return local_day(i["anchor"], zone), local_day(i["billing_at"], zone), *interval(i["interval"])


answers = Batch(
    TYPES,
    {
        fact: [asked_by(fact)]
        for fact in BILLING_DAYS + CYCLES + WHOLE + TARGETS + INTERVALS + PERIODS + LENGTHS + INVOICES
    },
    *RULES,
)


def around(store: sa.Connection, fact: Fact) -> Around:
    ((*found,),) = answers(store, fact)
    return Around(*found)


def bills_current(fact: Fact) -> bool:
    """Lago bills the period that is running in advance, and when it ends a plan or shows its usage so far."""
    i = fact.input
    return i["pay_in_advance"] or "terminated_at" in i or i.get("current_usage", False)


def named_by_lago(fact: Fact, of: Around) -> date:
    """The boundary that a rule of Lago's names."""
    match fact.rule:
        case "period.from":
            return of.current if bills_current(fact) else of.previous
        case "period.to":
            return of.following if bills_current(fact) else of.current
        case "period.next_end":
            return of.following
    return of.previous


@each(BILLING_DAYS)
def test_day_is_billed_exactly_where_it_is_a_boundary(store, fact):
    assert around(store, fact).is_boundary == fact.expected["billed"]


@each(CYCLES)
def test_every_period_that_has_begun_by_the_target_day_is_billed(store, fact):
    assert around(store, fact).begun == int(fact.expected["formula"])


@each(WHOLE)
def test_whole_periods_of_a_span_are_the_boundaries_after_its_start(store, fact):
    assert around(store, fact).begun - 1 == fact.expected["n"]


@each(TARGETS)
def test_nothing_is_billed_before_the_first_period_begins(store, fact):
    of = around(store, fact)
    billed = [[of.current.isoformat(), of.following.isoformat()]] if of.begun else []
    assert billed == fact.expected["periods"]


@each(INTERVALS)
def test_plan_aligned_with_its_own_start_is_billed_through_a_boundary(store, fact):
    of, e = around(store, fact), fact.expected
    in_advance = fact.input["mode"] == "IN_ADVANCE"
    found = {
        "billed_through": of.following if in_advance else of.current,
        "next_billing_date": of.following,
        "last_billing_date": of.current,
    }
    said = {name: day(e[name]) for name in found.keys() & e.keys()}
    assert said
    assert {name: found[name] for name in said} == said


@each(PERIODS)
def test_period_around_a_billing_day_lies_between_two_boundaries(store, fact):
    said = local_day(fact.expected["at_utc"], fact.input["timezone"])
    ends = fact.rule in ("period.to", "period.next_end")
    assert named_by_lago(fact, around(store, fact)) == (day_after(said) if ends else said)


@each(LENGTHS)
def test_period_is_as_long_as_the_days_between_its_boundaries(store, fact):
    assert around(store, fact).previous_days == fact.expected["days"]


@each(INVOICES)
def test_invoice_of_a_billing_day_covers_one_whole_period(store, fact):
    of, e = around(store, fact), fact.expected
    if e.get("invoices", 1) == 0:
        assert not of.is_boundary
        return
    covered = (of.current, of.following) if fact.input["pay_in_advance"] else (of.previous, of.current)
    assert of.is_boundary
    assert covered == (local_day(e["from"]), day_after(local_day(e["to"])))
