"""Boundaries counted from an anchor (L1.3), as Kill Bill, OCA, ERPNext, CiviCRM, Lago, Stripe and Polar expect them.

An adapter gives the anchor, the interval and the date of each boundary that the fact speaks of:

    2009-01-21 .. 2010-01-20 included, yearly   ->   anchor 2009-01-21, b(0) 2009-01-21, b(1) 2010-01-21
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from models.rules.boundaries import boundary
from tests.vectors.asking import Batch, Fact, day, day_after, each, facts_of, interval

Values = dict[str, Any]


@dataclass(frozen=True)
class Series:
    """An anchor, an interval, and what the fact says of its boundaries."""

    anchor: date
    unit: str
    count: int
    dates: dict[int, date]


def series(anchor: str, of: tuple[str, int], dates: dict[int, date]) -> Series:
    return Series(day(anchor), *of, dates)


def recede(i: Values, e: Values) -> Series:
    """Kill Bill counts n intervals back; we only count forward, from the date that it arrives at."""
    return series(e["date"], interval(i["period"]), {i["n"]: day(i["date"])})


def first_term(anchor: str, of: tuple[str, int], last: str) -> Series:
    """One period of which the peer names the last day."""
    return series(anchor, of, {0: day(anchor), 1: day_after(day(last))})


def rolling_term(i: Values, e: Values) -> Series:
    """OCA bills `quantity` intervals as one term; our quantity multiplies the price, so the end is b(quantity)."""
    dates = {0: day(e["start"]), i["quantity"]: day_after(day(e["end"]))}
    return series(i["invoice_date"], interval(i["unit"], i["interval"]), dates)


def month_ends(i: Values, e: Values) -> Series:
    """Stripe leaves the year open (any leap year), Polar gives it."""
    anchor = i["anchor"] if len(i["anchor"]) == len("2028-01-31") else f"2028-{i['anchor']}"
    dates = e.get("bills_on") or e["period_ends"]
    written = [text if len(text) == len(anchor) else f"2028-{text}" for text in dates]
    return series(anchor, interval(i["interval"]), {n: day(text) for n, text in enumerate(written, 1)})


def from_next_invoice(i: Values, e: Values) -> Series:
    """OCA steps from the next invoice date, our anchor (L3.2); post-paid it has then invoiced the period before."""
    dates = {1: day(e["next_invoice_date"])}
    dates[0 if i["billing"] == "post-paid" else 1] = day_after(day(e["invoiced_through"]))
    return series(i["next_invoice_date"], interval(i["unit"], i["interval"]), dates)


def next_invoice(i: Values, e: Values) -> Series:
    """OCA bills in advance on a period's first day, post-paid on the day after its last."""
    dates = {0 if i["billing"] == "pre-paid" else 1: day(e["next_invoice_date"])}
    return series(i["period_start"], interval(i["unit"], i["interval"]), dates)


def until_contract_end(i: Values, e: Values) -> Series:
    """OCA cuts the last period at the contract's end, which we have not; the others are whole, their ends included."""
    dates = {}
    for n, invoice in enumerate(e["invoices"]):
        dates[n] = day(invoice["period_start"])
        if invoice["period_end"] != i["end"]:
            dates[n + 1] = day_after(day(invoice["period_end"]))
    return series(i["start"], interval(i["unit"], i["interval"]), dates)


def renewed_term(i: Values, e: Values) -> Series:
    dates = {1: day_after(day(e["old_term_end"])), 2: day_after(day(e["new_term_end"]))}
    assert dates[1] == day(e["new_term_start"])
    return series(i["start"], interval("year"), dates)


ADAPTERS: dict[str, Callable[[Values, Values], Series]] = {
    "calendar.advance_periods": lambda i, e: series(i["date"], interval(i["period"]), {i["n"]: day(e["date"])}),
    "calendar.recede_periods": recede,
    "next_term_start": lambda i, e: series(i["date"], interval(i["unit"], i["interval"]), {1: day(e["next"])}),
    "rolling_membership_term": rolling_term,
    "rolling_term": lambda i, e: first_term(i["join"], interval("year", i["years"]), e["end"]),
    "first_period": lambda i, e: first_term(e["period"][0], interval(i["unit"], i["interval"]), e["period"][1]),
    "post_paid_backdated": lambda i, e: first_term(i["start"], interval(i["unit"]), e["period"][1]),
    "calendar_quarter_alignment": lambda i, e: first_term(
        i["start"], interval(i["unit"], i["interval"]), e["without_flag"]
    ),
    "next_period_with_forced_invoice_date": lambda i, e: first_term(
        e["period_start"], interval(i["unit"], i["interval"]), e["period_end"]
    ),
    "month_end_anchor": lambda i, e: series(i["anchor"], interval(i["unit"]), dict(enumerate(map(day, e["sequence"])))),
    "yearly_leap_anchor": lambda i, e: series(
        i["anchor"], interval(i["unit"]), dict(enumerate(map(day, e["sequence"])))
    ),
    "alignment.month_end_sequence": month_ends,
    # Days are counted from the start itself, whatever the account's day of the month.
    "alignment.billing_interval": lambda i, e: series(
        i["start"], interval(i["period"]), {0: day(e["first_billing_date"])}
    ),
    "period.month_end_in_advance": lambda i, e: series(
        i["anchor"], interval(i["interval"]), {1: day(e["from"]), 2: day_after(day(e["to"]))}
    ),
    "next_invoice_date": next_invoice,
    "one_invoice_run_advances_anchor": from_next_invoice,
    "invoice_sequence_until_contract_end": until_contract_end,
    "auto_renew_yearly": renewed_term,
}
DAYS_COUNTED = facts_of(*ADAPTERS, where=lambda fact: fact.input.get("period") == "THIRTY_DAYS")
COUNTED = facts_of(*ADAPTERS, where=lambda fact: fact.rule != "alignment.billing_interval" or fact in DAYS_COUNTED)
ALIGNED = facts_of("alignment.monthly", "alignment.weekly")
STARTS = {"alignment.monthly": date(2024, 9, 2), "alignment.weekly": date(2024, 1, 5)}
"""The peer names a day of the month (2 September) or of the week (Friday); the years are ours."""

TYPES = {"anchor": sa.Date, "ordinal": sa.Integer, "unit": sa.Text, "interval_count": sa.Integer}


def expected(fact: Fact) -> Series:
    return ADAPTERS[fact.rule](fact.input, fact.expected)


def rows(of: Series) -> list[tuple[Any, ...]]:
    return [(of.anchor, ordinal, of.unit, of.count) for ordinal in of.dates]


def at(asked: Any) -> sa.ColumnElement[Any]:
    return boundary(asked.anchor, asked.ordinal, asked.unit, asked.interval_count)


boundaries = Batch(TYPES, {fact: rows(expected(fact)) for fact in COUNTED}, at)
three_years = Batch(
    TYPES,
    {fact: [(STARTS[fact.rule], n, *interval(fact.input["interval"])) for n in range(160)] for fact in ALIGNED},
    at,
)


@each(COUNTED)
def test_boundary_n_is_n_intervals_after_the_anchor(store, fact):
    of = expected(fact)
    assert dict(zip(of.dates, (found for (found,) in boundaries(store, fact)), strict=True)) == of.dates


@each(facts_of("period.month_end_in_advance"))
def test_period_billed_at_a_short_months_end_is_not_the_one_before_it(store, fact):
    starts_on, ends_on = (found for (found,) in boundaries(store, fact))
    wrong_from, wrong_last_day = map(day, fact.expected["wrong"])
    assert starts_on != wrong_from
    assert ends_on != day_after(wrong_last_day)


@each(ALIGNED)
def test_every_boundary_falls_on_the_weekday_or_day_of_month_of_the_anchor(store, fact):
    found = {boundary_on for (boundary_on,) in three_years(store, fact)}
    named = {on.strftime("%A") if fact.rule == "alignment.weekly" else on.day for on in found}
    assert named == {fact.expected["day"]}
