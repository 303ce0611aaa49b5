"""What must not matter: how often a day is run, when it is caught up, in how many shards, in which order files came.

Each test tells two stories of a club that must end alike, and compares all that they leave (L1.6, L1.7, L1.8).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from flows.business_day import Day, run_days
from tasks import database
from tests import processes as p
from tests.oracle import Files, read_folder, write_folder
from tests.support import catch_up, load_folder, load_rows, run_daily, view

LAST = p.FIRST + timedelta(7)
Left = tuple[p.State, dict[str, int]]

both_clubs = pytest.mark.parametrize("full", [False, True], ids=["money", "everything"])


def left_by(store: sa.Connection, story: Callable[[], object]) -> Left:
    """What a story leaves: every row of the views, and how many rows of each table. Taken back afterwards."""
    with p.rewound(store):
        story()
        return p.state(), p.counts()


def assert_left_alike(found: Left, expected: Left) -> None:
    p.assert_same(found[0], expected[0])
    assert found[1] == expected[1]


@both_clubs
def test_a_day_run_twice_is_a_day_run_once(store: sa.Connection, tmp_path: Path, full: bool):
    """Not a row of any table is touched, so whatever follows is the same too."""
    p.small_club(tmp_path, full=full)
    for n in range(6):
        p.nightly(p.FIRST + timedelta(n))
        seen, kept = p.state(), p.contents(*p.LEDGER)
        p.nightly(p.FIRST + timedelta(n))
        p.assert_same(p.state(), seen)
        p.assert_same(p.contents(*p.LEDGER), kept)


@pytest.mark.parametrize("again", [("nightly",), ("grace",), ("nightly", "nightly"), ("renewals", "nightly")])
def test_what_the_last_stage_settled_waits_for_the_next_day_even_if_its_own_is_run_again(
    store: sa.Connection, tmp_path: Path, again: tuple[str, ...]
):
    """L1.6, L1.7; a day each:

    Day 1: both memberships in grace, 60 of 100 are paid on `void`, nothing of 50 on `keep`
    Day 2: both expire; the 60 come back from `void` and pay `keep`, after its status of the day was decided
           again: nothing arrived, so nothing changes
    Day 3: `keep` is active
    """
    p.small_club(tmp_path)
    load_rows(tmp_path / "two", two_that_expire(p.FIRST))
    run_daily(p.FIRST, p.FIRST + timedelta(1))
    before = p.state()
    for flow in again:
        list(run_days(flow, p.FIRST + timedelta(1)))
        p.assert_same(p.state(), before)
    p.nightly(p.FIRST + timedelta(2))
    assert [row["status"] for row in view("memberships") if row["membership"] == "keep"] == ["active"]


def two_that_expire(day: date) -> dict[str, list[dict[str, Any]]]:
    """A customer with a membership of a plan that voids and one of a plan that collects, both from a day on."""
    plan = {"company": "c-sa", "interval_unit": "month", "interval_count": 1, "currency": "SAR", "tax_rate": "0"}
    plan |= {"tax_included": "true", "terms_days": 0, "lead_days": 0, "grace_days": 1, "auto_renew": "true"}
    kinds = {"void": "100", "collect": "50"}
    named = {"void": "void", "keep": "collect"}
    return {
        "plans": [plan | {"plan": kind, "name": kind, "closable": "true", "on_expiry": kind} for kind in kinds],
        "plan_prices": [{"plan": kind, "effective_from": "2027-01-01", "price": kinds[kind]} for kind in kinds],
        "customers": [{"customer": "two", "company": "c-sa", "kind": "person", "name": "Two"}],
        "memberships": [
            {"membership": name, "customer": "two", "plan": kind, "started_on": day} for name, kind in named.items()
        ],
        "payments": [
            {"payment": "two-1", "customer": "two", "membership": "void", "amount": "60", "currency": "SAR"}
            | {"paid_on": day + timedelta(1)}
        ],
    }


@both_clubs
def test_days_caught_up_leave_what_days_run_in_time_leave(store: sa.Connection, tmp_path: Path, full: bool):
    p.small_club(tmp_path, full=full)
    in_time = left_by(store, lambda: run_daily(p.FIRST, LAST))
    assert_left_alike(left_by(store, lambda: catch_up(p.FIRST, LAST)), in_time)


@pytest.mark.parametrize(("full", "counts"), [(False, (2, 3, 7)), (True, (3,))], ids=["money", "everything"])
def test_any_number_of_shards_leaves_the_same_rows_and_numbers(
    store: sa.Connection, tmp_path: Path, full: bool, counts: tuple[int, ...]
):
    p.small_club(tmp_path, full=full)
    last = p.EVE + timedelta(1)
    whole = left_by(store, lambda: run_daily(p.FIRST, last))
    for count in counts:
        with p.split_in(count):
            assert_left_alike(left_by(store, lambda: run_daily(p.FIRST, last)), whole)


def test_more_shards_than_members_leave_the_same_rows_and_numbers(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    whole = left_by(store, lambda: p.nightly(p.FIRST))
    with p.split_in(40):
        assert_left_alike(left_by(store, lambda: p.nightly(p.FIRST)), whole)


def outcomes(days: list[Day]) -> list[tuple[Any, ...]]:
    """What each step of each day says that it did, in counts and money."""
    return [(day.flow, day.as_of, r.step, r.counts, r.money) for day in days for r in day.results]


@contextmanager
def leaving_nothing() -> Any:
    before = p.contents()
    with database.rehearsal():
        yield
    p.assert_same(p.contents(), before)


@pytest.mark.parametrize("missed", [0, 3])
def test_dry_run_leaves_nothing_and_foretells_the_real_run(own_database: str, tmp_path: Path, missed: int):
    p.small_club(tmp_path)
    run_daily(p.FIRST, p.FIRST + timedelta(2))
    asked = p.FIRST + timedelta(3 + missed)
    with leaving_nothing():
        foretold = list(run_days("nightly", asked))
        foreseen = p.state()
    assert [day.as_of for day in foretold] == [p.FIRST + timedelta(3 + n) for n in range(missed + 1)]
    assert any(money for *_, money in outcomes(foretold))
    assert outcomes(list(run_days("nightly", asked))) == outcomes(foretold)
    p.assert_same(p.state(), foreseen)


def test_dry_run_of_an_unfinished_day_leaves_it_unfinished(own_database: str, tmp_path: Path):
    p.small_club(tmp_path)
    killed = p.start(p.nightly, p.FIRST, p.dying_after(3))
    assert p.ended(killed) == [-9]
    with leaving_nothing():
        foretold = list(run_days("nightly", p.FIRST))
    assert [r.repeated for r in foretold[0].results[:4]] == [True, True, True, False]
    assert outcomes(list(run_days("nightly", p.FIRST))) == outcomes(foretold)


def test_what_arrives_late_on_a_day_is_done_when_it_runs_again_and_the_rest_stays(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    day = p.FIRST + timedelta(3)
    run_daily(p.FIRST, day)
    before = p.state()
    load_rows(tmp_path / "late", late_rows(day))
    p.nightly(day)
    assert {row["payment"]: row["unapplied"] for row in view("payments") if row["customer"] == "late"} == {"late-1": 30}
    [late] = [row for row in view("memberships") if row["customer"] == "late"]
    assert (late["status"], late["started_on"], late["paid_until"]) == ("active", day, day + timedelta(7))
    for name, rows in p.state().items():
        assert not before[name] - rows, f"{name}: a row that was there is gone or changed"
        news = () if name == "postings" else rows - before[name]
        assert all(any(cell.startswith("late") for cell in row) for row in news), f"{name}: news of somebody else"
    p.assert_sound(day)


def late_rows(day: date) -> dict[str, list[dict[str, Any]]]:
    """A customer of a plan of weeks, with a membership from today and a payment that covers it."""
    return {
        "plans": [
            {"plan": "late", "company": "c-sa", "name": "late", "interval_unit": "week", "interval_count": 1}
            | {"currency": "SAR", "tax_rate": "0", "tax_included": "true", "terms_days": 0, "lead_days": 0}
            | {"grace_days": 2, "auto_renew": "true", "closable": "true", "on_expiry": "void"}
        ],
        "plan_prices": [{"plan": "late", "effective_from": "2027-01-01", "price": "70"}],
        "customers": [{"customer": "late", "company": "c-sa", "kind": "person", "name": "Late"}],
        "memberships": [{"membership": "late-m", "customer": "late", "plan": "late", "started_on": day}],
        "payments": [{"payment": "late-1", "customer": "late", "amount": "100", "currency": "SAR", "paid_on": day}],
    }


FACTS = ("memberships", "payments", "refunds")


@pytest.mark.parametrize("seed", range(2))
def test_the_order_in_which_files_of_a_day_are_loaded_does_not_matter(store: sa.Connection, tmp_path: Path, seed: int):
    p.write_club(tmp_path / "whole")
    given = read_folder(tmp_path / "whole")

    def in_order() -> None:
        load_folder(tmp_path / "whole")
        run_daily(p.FIRST, p.EVE)

    def in_another() -> None:
        for folder in shuffled(given, Random(seed), tmp_path):
            load_folder(folder)
        run_daily(p.FIRST, p.EVE)

    assert_left_alike(left_by(store, in_another), left_by(store, in_order))


def shuffled(given: Files, rng: Random, into: Path) -> list[Path]:
    """The same rows as several folders: first the master data, then each kind of facts in two files, in any order."""
    master = Files({entity: [] if entity in FACTS else rows for entity, rows in given.rows.items()})
    write_folder(master, into / "master")
    parts = []
    for entity in FACTS:
        rows = rng.sample(given.rows[entity], len(given.rows[entity]))
        for part in (rows[::2], rows[1::2]):
            parts.append(into / f"part-{len(parts)}")
            write_folder(Files({entity: part}), parts[-1])
    rng.shuffle(parts)
    return [into / "master", *parts]
