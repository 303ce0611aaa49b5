"""Backfills: rehearsed, then done day by day, resumable, idempotent, recorded (L1.7, L1.8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.backfill import rehearse, run_backfill
from flows.business_day import Day, run_days
from models.errors import ClosedDay, DaysMissed, WrongUsage
from models.metadata import SCHEMA
from tasks.backfills import Wish
from tasks.database import transaction
from tasks.runs import last_completed
from tests import processes as p

DAY = p.FIRST


def day(number: int) -> date:
    """The day so many days after the first one."""
    return DAY + timedelta(number)


@pytest.fixture
def outage(store: sa.Connection, tmp_path: Path) -> sa.Connection:
    """A club whose first day was run, and no day since."""
    p.small_club(tmp_path, full=True)
    p.nightly(DAY)
    return store


def backfill(flow: str, first: int, last: int, run_day=run_days) -> list[Day]:
    return list(run_backfill(rehearse(wish(flow, first, last)), run_day))


def wish(flow: str, first: int, last: int, reason: str = "no power", by: str = "ops") -> Wish:
    return Wish(flow, day(first), day(last), reason, by)


def recorded() -> list[dict[str, Any]]:
    """The backfills, oldest first."""
    with transaction() as connection:
        rows = connection.execute(sa.text(f"SELECT * FROM {SCHEMA}.backfills ORDER BY backfill_id"))
        return [dict(row._mapping) for row in rows]


def fails_on(bad: date):
    """Runs days, all but one."""

    def run(flow: str, as_of: date) -> Iterator[Day]:
        if as_of == bad:
            raise WrongUsage("the lights went out")
        yield from run_days(flow, as_of)

    return run


def test_backfill_leaves_what_uninterrupted_days_leave(outage: sa.Connection):
    with p.rewound(outage):
        for n in (1, 2, 3):
            p.nightly(day(n))
        expected = p.state()
    assert [done.as_of for done in backfill("nightly", 1, 3)] == [day(1), day(2), day(3)]
    p.assert_same(p.state(), expected)


def test_rehearsal_writes_nothing_and_foretells_what_changes(outage: sa.Connection):
    before = p.counts()
    rehearsed = rehearse(wish("nightly", 1, 3))
    assert p.counts() == before
    assert {"renewals", "messages"} <= {change.step for change in rehearsed.foreseen}
    list(run_backfill(rehearsed))
    (row,) = recorded()
    assert row["foreseen"] == row["changed"] == [change.as_json() for change in rehearsed.foreseen]
    assert (row["state"], row["reason"], row["requested_by"]) == ("completed", "no power", "ops")


def test_backfill_goes_on_at_the_day_where_it_stopped(outage: sa.Connection):
    with pytest.raises(WrongUsage):
        backfill("nightly", 1, 3, fails_on(day(2)))
    assert last_completed("nightly") == day(1)
    assert [(row["state"], row["error"]) for row in recorded()] == [("failed", "the lights went out")]
    again = rehearse(wish("nightly", 1, 3, "once more", "eve"))
    assert again.days == (day(2), day(3))
    assert [done.as_of for done in run_backfill(again)] == [day(2), day(3)]
    (row,) = recorded()
    assert (row["state"], row["attempts"], row["error"]) == ("completed", 2, None)
    assert (row["reason"], row["requested_by"]) == ("no power", "ops")  # of the first attempt, as is what it foresaw


def test_days_that_a_schedule_has_done_meanwhile_are_done(outage: sa.Connection):
    """L1.7: the nightly of day 4 makes up for what the backfill had left."""
    with p.rewound(outage):
        backfill("nightly", 1, 3)
        expected = recorded()[0]["changed"]
    with pytest.raises(WrongUsage):
        backfill("nightly", 1, 3, fails_on(day(2)))
    p.nightly(day(4))
    assert backfill("nightly", 1, 3) == []
    (row,) = recorded()
    assert (row["state"], row["changed"]) == ("completed", expected)


def test_day_that_was_done_but_not_told_counts_once(outage: sa.Connection):
    """Killed behind the day's last commit: the next attempt does not run it again."""

    def killed(flow: str, as_of: date) -> Iterator[Day]:
        list(run_days(flow, as_of))
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        backfill("nightly", 1, 2, killed)
    changed = recorded()[0]["changed"]
    assert [done.as_of for done in backfill("nightly", 1, 2)] == [day(2)]
    assert changed and len(recorded()[0]["changed"]) >= len(changed)


def test_what_changed_counts_the_days_of_all_attempts(outage: sa.Connection):
    with p.rewound(outage):
        backfill("nightly", 1, 3)
        expected = recorded()[0]["changed"]
    with pytest.raises(WrongUsage):
        backfill("nightly", 1, 3, fails_on(day(3)))
    backfill("nightly", 1, 3)
    assert recorded()[0]["changed"] == expected


def test_finished_backfill_asked_for_again_does_nothing(outage: sa.Connection):
    backfill("nightly", 1, 3)
    before = p.counts()
    assert rehearse(wish("nightly", 1, 3)).days == ()
    assert backfill("nightly", 1, 3) == []
    assert p.counts() == before


def test_closed_days_are_refused_with_both_dates(outage: sa.Connection):
    p.nightly(day(3))
    with pytest.raises(ClosedDay, match=f"{day(1)} is refused: {day(3)} has already been run"):
        backfill("nightly", 1, 5)
    assert recorded() == []


def test_latest_day_may_be_backfilled_as_often_as_it_is_asked(outage: sa.Connection):
    """As after an undo: the day is run again, and what is repeated changes nothing."""
    for _ in range(2):
        assert [done.as_of for done in backfill("renewals", 0, 0)] == [day(0)]
    assert [row["state"] for row in recorded()] == ["completed", "completed"]


def test_flow_alone_may_not_run_ahead_of_missed_days(outage: sa.Connection):
    with pytest.raises(DaysMissed, match="tajdid nightly"):
        backfill("dunning", 1, 3)
    assert recorded() == []


def test_days_missed_before_the_first_are_done_too(outage: sa.Connection):
    assert rehearse(wish("nightly", 2, 3)).days == (day(1), day(2), day(3))
    assert [done.as_of for done in backfill("nightly", 2, 3)] == [day(1), day(2), day(3)]
    assert recorded()[0]["state"] == "completed"


def test_audit_may_be_backfilled_for_any_day(outage: sa.Connection):
    p.nightly(day(3))
    assert [done.as_of for done in backfill("audit", 0, 1)] == [day(0), day(1)]


@pytest.mark.parametrize(
    ("first", "last", "reason", "said"),
    [
        (2, 1, "why", "expected 1 to 400 days"),
        (1, 401, "why", "expected 1 to 400 days"),
        (1, 1, " ", "The reason is empty"),
    ],
)
def test_wrong_wishes_are_refused(first: int, last: int, reason: str, said: str):
    with pytest.raises(WrongUsage, match=said):
        wish("nightly", first, last, reason)
