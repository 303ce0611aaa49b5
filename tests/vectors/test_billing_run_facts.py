"""One invoice a billing day, however often and when the job runs (L1.7, L1.8, L3.6), as Lago's scenarios expect it.

Lago runs a job at instants and bills a customer whose own day is a billing day; we run a business date. A fact's runs
become dates by our clock, set to the customer's zone. Between runs that lie far apart Lago does nothing and we would do
every missed day: such runs are groups, each on a club of its own, opened on the day before with all that was due then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from flows.clock import business_date
from tasks.settings import settings
from tests.vectors.asking import Fact, day, each, facts_of, interval
from tests.vectors.club import invoice_count, load_club, run

RUNS = facts_of("idempotency.one_invoice_per_billing_day", "alignment.billed_on_each_day", "tz_local_anniversary_once")
ZONES = {"+0300": "Etc/GMT-3"}
NEAR = timedelta(4)

Clock = Callable[[str, str], date]
Group = list[tuple[str, date]]
"""Runs that lie near each other: the instant as the fact writes it, and its business date."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The business date of a run that was scheduled for an instant, in a zone."""

    def on(instant: str, zone: str) -> date:
        monkeypatch.setenv("TAJDID_TIMEZONE", ZONES.get(zone, zone))
        settings.cache_clear()
        return business_date(scheduled=datetime.fromisoformat(instant))

    yield on
    monkeypatch.undo()
    settings.cache_clear()


def start_of(fact: Fact, clock: Clock) -> date:
    if fact.rule == "tz_local_anniversary_once":
        return day(f"2022-{fact.input['created']}")  # the year is ours
    return clock(fact.input["subscribed_at"], fact.input["timezone"])


def groups_of(fact: Fact, clock: Clock) -> list[Group]:
    """The runs of a fact in the order in which it gives them; Lago's tour of a year is put into the order of time."""
    i = fact.input
    if fact.rule == "tz_local_anniversary_once":
        runs = [(at, clock(f"2022-{at}Z", i["tz"])) for at in i["runs_utc"]]
    else:
        runs = [(at, clock(at, i["timezone"])) for at in i["job_runs_at"]]
    if fact.rule == "alignment.billed_on_each_day":
        runs.sort()
    groups: list[Group] = []
    for at, on in runs:
        if groups and abs(on - groups[-1][-1][1]) <= NEAR:
            groups[-1].append((at, on))
        else:
            groups.append([(at, on)])
    return groups


def invoicing_runs(fact: Fact) -> list[str]:
    """The runs that issue an invoice; where a fact only counts them, the first ones."""
    e = fact.expected
    if "first_invoiced_at_run" in e:
        return [e["first_invoiced_at_run"]]
    return e.get("invoiced_at_runs") or fact.input["runs_utc"][: e["invoices"]]


@each(RUNS)
def test_billing_day_gives_one_invoice_however_often_it_is_run(store, tmp_path, clock, fact):
    unit, count = interval(fact.input.get("interval") or fact.input["unit"])
    plan = {"interval_unit": unit, "interval_count": count}
    load_club(tmp_path, plan=plan, memberships=[{"started_on": start_of(fact, clock)}])
    invoiced = []
    for group in groups_of(fact, clock):
        club = store.begin_nested()
        run(min(on for _, on in group) - timedelta(1))
        for at, on in group:
            before = invoice_count(store)
            run(on)
            invoiced += [at] * (invoice_count(store) - before)
        club.rollback()
    assert invoiced == invoicing_runs(fact)
    assert len(invoiced) == fact.expected["invoices"]


@each(facts_of("alignment.bcd_from_start_in_account_timezone"))
def test_business_date_is_the_day_of_the_zone(clock, fact):
    assert clock(fact.input["start_utc"], fact.input["timezone"]).day == fact.expected["bcd"]


@each(facts_of("tz_invoice_date_is_local"))
def test_run_at_local_midnight_works_for_the_day_that_begins(clock, fact):
    zone = fact.input["tz"]
    clock("2025-01-01T00:00Z", zone)
    midnight = datetime.fromisoformat(fact.input["run_local"]).replace(tzinfo=settings().zone)
    found = clock(midnight.isoformat(), zone)
    assert found == day(fact.expected["invoice_date"])
    assert found != day(fact.expected["wrong_seen"])
