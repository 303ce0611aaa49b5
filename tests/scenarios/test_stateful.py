"""Any story of a small club, told step by step, ends as a slow plain reading of the rules says (tests/oracle).

Members join, pay and want money back, for days to come, today or long ago; business days follow one another, are missed
and are run again. After each run the whole store is compared. A day is run again as readings.md 37 says: nothing
changes unless something arrived; then every stage sees the day again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from flows.business_day import run_days
from models.errors import ClosedDay
from tests.oracle import Files, Oracle, Row
from tests.support import load_rows, multiset, view

FIRST = date(2028, 1, 29)
VIEWS = ("memberships", "periods", "invoices", "customer_credit", "payments", "rejects")
UNSAID = {"rejects": {"stage", "file", "line", "message"}}


def plan(name: str, interval: str, price: str, **terms: str) -> dict[str, list[Row]]:
    """A plan in SAR with its one price; what is not said is the plainest."""
    unit, count = interval.split()
    plain = {"tax_rate": "0", "tax_included": "true", "terms_days": "0", "lead_days": "0", "auto_renew": "true"}
    plain |= {"closable": "true", "on_expiry": "void", "currency": "SAR", "company": "club", "name": name}
    row: Row = {**plain, "plan": name, "interval_unit": unit, "interval_count": count, **terms}
    return {"plans": [row], "plan_prices": [{"plan": name, "effective_from": "2020-01-01", "price": price}]}


PLANS = (
    plan("month", "month 1", "100", grace_days="2", tax_rate="0.15"),
    plan("debt", "week 1", "40", grace_days="1", on_expiry="collect", terms_days="5"),
    plan("early", "day 10", "33.33", lead_days="4", tax_rate="0.05", tax_included="false", terms_days="2"),
    plan("patient", "week 2", "60", terms_days="30"),
    plan("once", "day 5", "50", grace_days="2", auto_renew="false"),
    plan("free", "week 1", "0", grace_days="1"),
)
CUSTOMERS = ("ali", "bea")
COMPANY: Row = {"company": "club", "name": "Club", "timezone": "Asia/Riyadh", "currency": "SAR"}
COMPANY |= {"invoice_prefix": "CLB"}

customers = st.sampled_from(CUSTOMERS)
plans = st.sampled_from([given["plans"][0]["plan"] for given in PLANS])
starts = st.sampled_from([0, 0, 0, -1, 1, 3, -8, -31])
carried = st.none() | st.none() | st.integers(1, 40)
amounts = st.sampled_from(["20", "33.33", "40", "40", "60", "80", "100", "250"])
near = st.sampled_from([0, 0, 0, -2, 1, 4])
members = st.integers(0, 9)
joinings = st.tuples(st.just("join"), customers, plans, starts, carried)
facts = st.one_of(
    joinings,
    st.tuples(st.just("pay"), customers, amounts, near),
    st.tuples(st.just("pay_for"), members, amounts, near),
    st.tuples(st.just("pay_for"), members, amounts, near),
    st.tuples(st.just("pay_invoice"), customers, amounts, near, st.integers(1, 12)),
    st.tuples(st.just("refund"), customers, amounts, near),
)


class Club(RuleBasedStateMachine):
    """The store and the oracle side by side; what was told waits in `arriving` for the next run."""

    store: ClassVar[sa.Connection]
    folder: ClassVar[Callable[[], Path]]

    def __init__(self) -> None:
        super().__init__()
        self.before = self.store.begin_nested()
        self.oracle = Oracle(Files())
        self.today = FIRST - timedelta(1)
        self.told = 0
        self.joined: list[tuple[str, str]] = []
        self.arriving: dict[str, list[Row]] = {"companies": [COMPANY]}
        for given_plan in PLANS:
            for entity, rows in given_plan.items():
                self.arriving.setdefault(entity, []).extend(rows)
        for name in CUSTOMERS:
            self.tell("customers", customer=name, company="club", kind="person", name=name)

    def teardown(self) -> None:
        self.before.rollback()

    def tell(self, entity: str, **row: str | None) -> None:
        self.arriving.setdefault(entity, []).append(row)

    def day(self, offset: int) -> str:
        return (self.today + timedelta(offset)).isoformat()

    @initialize(told=st.lists(joinings, min_size=2, max_size=5))
    def some_have_joined(self, told: list[Any]) -> None:
        self.things_arrive(told)
        self.run(1)

    @rule(told=st.lists(facts, min_size=1, max_size=5))
    def things_arrive(self, told: list[Any]) -> None:
        for kind, *details in told:
            self.told += 1
            getattr(self, kind)(f"{self.told:03d}", *details)

    def join(self, record: str, customer: str, plan: str, start: int, paid_for: int | None) -> None:
        self.joined.append((f"m{record}", customer))
        paid_until = None if paid_for is None else self.day(start + paid_for)
        named = {"membership": f"m{record}", "customer": customer, "plan": plan}
        self.tell("memberships", **named, started_on=self.day(start), paid_until=paid_until)

    def pay(self, record: str, customer: str, amount: str, on: int, **aim: str) -> None:
        money = {"amount": amount, "currency": "SAR", "paid_on": self.day(on)}
        self.tell("payments", payment=f"p{record}", customer=customer, **money, **aim)

    def pay_for(self, record: str, member: int, amount: str, on: int) -> None:
        membership, customer = self.joined[member % len(self.joined)]
        self.pay(record, customer, amount, on, membership=membership)

    def pay_invoice(self, record: str, customer: str, amount: str, on: int, number: int) -> None:
        self.pay(record, customer, amount, on, invoice=f"CLB-2028-{number:06d}")

    def refund(self, record: str, customer: str, amount: str, on: int) -> None:
        money = {"amount": amount, "currency": "SAR", "refunded_on": self.day(on)}
        self.tell("refunds", refund=f"r{record}", customer=customer, **money)

    @rule(days=st.sampled_from([1, 1, 1, 2, 2, 5, 0]))
    def time_passes(self, days: int) -> None:
        """One day after the other, some days missed, or the same day again."""
        self.run(days)
        with pytest.raises(ClosedDay):
            next(run_days("nightly", self.today - timedelta(1)))

    def run(self, days: int) -> None:
        self.today += timedelta(days)
        if self.arriving:
            assert not any(loaded.rejected for loaded in load_rows(self.folder(), self.arriving))
            for entity, rows in self.arriving.items():
                for row in rows:
                    self.oracle.add(entity, row)
            self.arriving = {}
        list(run_days("nightly", self.today))
        self.oracle.run_day(self.today)
        self.compare()

    def compare(self) -> None:
        """Row for row; each business day has proved by its audit that no invariant is broken."""
        for name in VIEWS:
            expected, rows = self.oracle.rows(name), view(name)
            assert bool(rows) == bool(expected), name
            columns = rows[0].keys() - UNSAID.get(name, set()) if rows else set()
            found, wanted = multiset(rows, columns), multiset(expected, columns)
            assert found == wanted, f"{name}: {list(found - wanted)} instead of {list(wanted - found)}"


def test_any_story_ends_as_the_rules_say(store: sa.Connection, tmp_path_factory: pytest.TempPathFactory):
    class OfThisTest(Club):
        pass

    OfThisTest.store = store
    OfThisTest.folder = staticmethod(lambda: tmp_path_factory.mktemp("files"))
    run_state_machine_as_test(
        OfThisTest,
        settings=settings(
            max_examples=10,
            stateful_step_count=16,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
