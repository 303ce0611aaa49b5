"""The guard: what nobody expected is rolled back and waits for a person; what is usual passes unseen."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from flows.business_day import run_days
from models.errors import Held, WrongUsage
from reports.days import would_hold
from reports.status import status
from tasks import database
from tasks.crew import threads
from tasks.database import rehearsal, transaction
from tasks.guard import Foretold, Schedule, approve, unexpected
from tasks.settings import settings
from tasks.step import Outcome
from tasks.undo import undo
from tests import processes as p
from tests.factories import arrive, club, nightly, seen

FIRST = date(2028, 2, 1)
NIGHT = FIRST + timedelta(16)
LATE = NIGHT - timedelta(1)


def outcome(invoices: int, amount: int | None = None) -> Outcome:
    money = {} if amount is None else {"SAR": {"invoiced": Decimal(amount)}}
    return Outcome({"invoices": invoices, "renewed": invoices}, money)


def judged(done: Outcome, *, parts: int = 1, days: int = 20, due: int = 0, on_time: int = 0) -> list[str]:
    """With a band of 3, at least 20, and a largest day of 100 invoices for 5,000 SAR."""
    foretold = Foretold(days, 100, {"SAR": {"invoiced": Decimal(5000)}}, Schedule(due, on_time))
    return unexpected("renewals", done, foretold, parts=parts, band=3, least=20)


@pytest.mark.parametrize(
    ("done", "known", "held"),
    [
        (outcome(300), {}, 0),
        (outcome(301), {}, 1),
        (outcome(100, 15_000), {}, 0),
        (outcome(100, 15_001), {}, 1),
        (outcome(19, 15_001), {}, 0),  # too few to be worth anybody's time
        (outcome(301, 15_001), {"days": 13}, 0),  # nothing can be foretold yet
        (outcome(151), {"parts": 2}, 1),  # half of the members stand for twice as many
        (outcome(150), {"parts": 2}, 0),
        (outcome(900, 45_000), {"on_time": 300}, 0),  # a large day that was known to come
        (outcome(901, 45_001), {"on_time": 300}, 2),
        (outcome(300), {"on_time": 50}, 0),
        (outcome(450), {"on_time": 150, "parts": 2}, 0),  # 900 of 300 in all
        (outcome(451), {"on_time": 150, "parts": 2}, 1),
        (outcome(100), {"due": 300}, 0),
        (outcome(99), {"due": 300}, 1),
        (outcome(0), {"due": 20, "days": 0}, 1),  # the schedule is known on the first day
        (outcome(0), {"due": 19}, 0),
    ],
)
def test_band_at_its_edges(done: Outcome, known: dict[str, int], held: int):
    assert len(judged(done, **known)) == held


def test_currency_that_was_never_seen_is_judged_by_its_count():
    unseen = Outcome({"invoices": 30, "renewed": 30}, {"KWD": {"invoiced": Decimal(10**9)}})
    assert judged(unseen) == []


@pytest.fixture(scope="module")
def sixteen_nights(server_url, template, tmp_path_factory):
    """A club of two members, who began on the first of 16 nights; to be copied."""
    with p.copied(server_url, template, "tajdid_sixteen") as name:
        began = [{"started_on": FIRST.isoformat()}, {"started_on": FIRST.isoformat()}]
        club(tmp_path_factory.mktemp("club"), memberships=began)
        nightly(FIRST.isoformat(), LATE.isoformat())
        database.engine().dispose()
        yield name


@pytest.fixture
def habits(server_url, sixteen_nights, tmp_path, monkeypatch):
    """After these nights; the guard looks at two invoices or more."""
    monkeypatch.setenv("TAJDID_GUARD_BAND", "3")
    monkeypatch.setenv("TAJDID_GUARD_LEAST", "2")
    with p.copied(server_url, sixteen_nights, "tajdid_habits"):
        yield tmp_path
    settings.cache_clear()


def crowd(folder, count: int, started_on: date = LATE) -> None:
    """So many new members; who started the day before was not foretold by anything."""
    rows = [{"membership": f"new{n}", "started_on": started_on.isoformat()} for n in range(count)]
    arrive(folder, memberships=rows)


def held_night(folder) -> None:
    """A night with seven new members, which the guard holds."""
    crowd(folder, 7)
    with pytest.raises(Held):
        nightly(NIGHT.isoformat())


def held_rows():
    with transaction() as connection:
        return status(connection, NIGHT).held


def test_night_of_three_times_the_largest_day_passes_and_so_does_one_that_was_known_to_come(habits):
    crowd(habits, 6)
    nightly(NIGHT.isoformat())
    tomorrow = NIGHT + timedelta(1)
    arrive(habits, memberships=[{"membership": f"k{n}", "started_on": tomorrow.isoformat()} for n in range(30)])
    nightly(tomorrow.isoformat())
    assert held_rows() == []


def test_held_step_writes_nothing_waits_and_passes_when_it_is_approved(habits):
    crowd(habits, 7)
    before = p.counts()
    with pytest.raises(Held, match=r"7 invoices, the most of the last 16 days were 2.*tajdid approve \d+"):
        nightly(NIGHT.isoformat())
    after = p.counts()
    assert {name for name in after if after[name] != before[name]} <= {"runs", "steps", "holds"}
    (row,) = held_rows()
    assert row["step"] == "renewals" and "7 invoices" in row["would"]
    with pytest.raises(Held):
        nightly(NIGHT.isoformat())
    assert approve(row["run_id"], "the new branch", "ops") == [f"renewals of run {row['run_id']}"]
    with pytest.raises(WrongUsage, match="has been approved by ops on"):
        approve(row["run_id"], "once more", "ops")
    nightly(NIGHT.isoformat())
    assert held_rows() == []
    assert len(seen("invoices", "invoice", issued_on=NIGHT.isoformat())) == 7


def test_rehearsal_holds_nothing_and_says_what_would_be_held(habits):
    crowd(habits, 7)
    with rehearsal():
        days = nightly(NIGHT.isoformat())
    (line,) = would_hold(result for day in days for result in day.results)
    assert line.startswith(f"The guard would hold renewals of {NIGHT}: 7 invoices, the most of the last 16 days were 2")
    assert held_rows() == []


def test_held_part_of_a_step_ends_the_parts_at_work_beside_it(habits, monkeypatch):
    monkeypatch.setenv("TAJDID_RUNNER", "threads")
    monkeypatch.setenv("TAJDID_SHARDS", "3")
    settings.cache_clear()
    crowd(habits, 21)
    with threads() as submit, pytest.raises(Held):
        list(run_days("nightly", NIGHT, submit=submit))
    assert seen("invoices", "invoice", issued_on=NIGHT.isoformat()) == []
    for _ in range(3):  # each part may be held
        for run_id in {row["run_id"] for row in held_rows()}:
            approve(run_id, "the new branch", "ops")
        with threads() as submit, suppress(Held):
            list(run_days("nightly", NIGHT, submit=submit))
    assert len(seen("invoices", "invoice", issued_on=NIGHT.isoformat())) == 21


def test_approval_is_of_just_these_totals(habits):
    held_night(habits)
    approve(held_rows()[0]["run_id"], "the new branch", "ops")
    arrive(habits, memberships=[{"membership": "one-more", "started_on": LATE.isoformat()}])
    with pytest.raises(Held, match="8 invoices"):
        nightly(NIGHT.isoformat())


def test_mended_cause_needs_no_approval(habits):
    held_night(habits)
    with transaction() as connection:
        connection.execute(sa.text("UPDATE tajdid.memberships SET started_on = '2028-12-01' WHERE membership = 'new0'"))
    run_id = held_rows()[0]["run_id"]
    nightly(NIGHT.isoformat())
    assert held_rows() == []
    with pytest.raises(WrongUsage, match="holds nothing"):
        approve(run_id, "too late", "ops")


def test_whole_nightly_may_be_approved_by_its_own_number(habits):
    held_night(habits)
    with transaction() as connection:
        top = connection.execute(sa.text("SELECT max(run_id) FROM tajdid.runs WHERE flow = 'nightly'")).scalar_one()
    (said,) = approve(top, "the new branch", "ops")
    assert said.startswith("renewals of run ") and not said.endswith(f" {top}")


def test_guard_may_be_switched_off(habits, monkeypatch):
    monkeypatch.setenv("TAJDID_GUARD_BAND", "0")
    settings.cache_clear()
    crowd(habits, 40)
    nightly(NIGHT.isoformat())
    assert held_rows() == []


def test_what_is_held_stays_held_where_the_next_run_has_no_guard(habits, monkeypatch):
    held_night(habits)
    monkeypatch.setenv("TAJDID_GUARD_BAND", "0")
    settings.cache_clear()
    with pytest.raises(Held, match="7 invoices"):
        nightly(NIGHT.isoformat())


def test_what_was_undone_is_no_measure(habits):
    held_night(habits)
    run_id = held_rows()[0]["run_id"]
    approve(run_id, "looks right", "ops")
    nightly(NIGHT.isoformat())
    undo(run_id, "it was not")
    with pytest.raises(Held, match="the most of the last 16 days were 2"):
        nightly((NIGHT + timedelta(1)).isoformat())


@pytest.mark.parametrize(("run_id", "reason", "said"), [(1, "why not", "holds nothing of run 1"), (1, " ", "reason")])
def test_approval_of_nothing_or_without_a_reason_is_refused(own_database, run_id, reason, said):
    with pytest.raises(WrongUsage, match=said):
        approve(run_id, reason, "ops")
