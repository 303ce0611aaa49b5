"""Boundaries counted from an anchor (L1.3) and the two shortcuts to them, at and around every edge of the calendar."""

from __future__ import annotations

import random
from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from models.rules.boundaries import boundary, days_between, ordinal_near, periods_at_most
from tests.vectors.asking import ask

Column = sa.ColumnElement[Any]
Interval = tuple[str, int]

TYPES = {"anchor": sa.Date, "ordinal": sa.Integer, "day": sa.Date, "unit": sa.Text, "interval_count": sa.Integer}
DAYS = {"first": sa.Date, "last": sa.Date}
DAY, WEEK, MONTH, YEAR = ("day", 1), ("week", 1), ("month", 1), ("year", 1)


def b(asked: Any) -> Column:
    return boundary(asked.anchor, asked.ordinal, asked.unit, asked.interval_count)


def near(asked: Any) -> Column:
    return ordinal_near(asked.anchor, asked.day, asked.unit, asked.interval_count)


def bound(asked: Any) -> Column:
    return periods_at_most(asked.anchor, asked.day, asked.unit, asked.interval_count)


def is_boundary(asked: Any) -> Column:
    return boundary(asked.anchor, near(asked), asked.unit, asked.interval_count) == asked.day


def boundaries(store: sa.Connection, anchor: date, of: Interval, ordinals: range) -> list[date]:
    rows = [(anchor, ordinal, None, *of) for ordinal in ordinals]
    return [found for (found,) in ask(store, TYPES, rows, b)]


def counted(anchor: date, ordinal: int, of: Interval) -> date:
    """The same date by Python's calendar: days are added, months are counted and the day is clipped."""
    unit, count = of
    if unit in ("day", "week"):
        return anchor + timedelta(ordinal * count * (7 if unit == "week" else 1))
    months = anchor.year * 12 + anchor.month - 1 + ordinal * count * (12 if unit == "year" else 1)
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(anchor.day, monthrange(year, month)[1]))


def dates(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    ("anchor", "of", "expected"),
    [
        ("2027-01-31", MONTH, ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        ("2028-01-31", MONTH, ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        ("2027-01-30", MONTH, ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30", "2027-05-30"]),
        ("2027-01-28", MONTH, ["2027-01-28", "2027-02-28", "2027-03-28", "2027-04-28", "2027-05-28"]),
        ("2027-02-28", MONTH, ["2027-02-28", "2027-03-28", "2027-04-28"]),
        ("2027-11-30", MONTH, ["2027-11-30", "2027-12-30", "2028-01-30", "2028-02-29", "2028-03-30"]),
        ("2027-12-31", ("month", 2), ["2027-12-31", "2028-02-29", "2028-04-30", "2028-06-30", "2028-08-31"]),
        ("2027-08-31", ("month", 6), ["2027-08-31", "2028-02-29", "2028-08-31", "2029-02-28"]),
        ("2028-02-29", YEAR, ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ("2096-02-29", ("year", 4), ["2096-02-29", "2100-02-28", "2104-02-29"]),
        ("2027-02-28", YEAR, ["2027-02-28", "2028-02-28", "2029-02-28"]),
        ("2028-02-28", WEEK, ["2028-02-28", "2028-03-06", "2028-03-13"]),
        ("2027-12-27", ("week", 2), ["2027-12-27", "2028-01-10", "2028-01-24"]),
        ("2028-02-28", DAY, ["2028-02-28", "2028-02-29", "2028-03-01"]),
        ("2027-02-01", ("day", 30), ["2027-02-01", "2027-03-03", "2027-04-02"]),
    ],
)
def test_boundary_is_clipped_to_a_short_month_and_returns_to_the_day_of_the_anchor(store, anchor, of, expected):
    assert boundaries(store, date.fromisoformat(anchor), of, range(len(expected))) == dates(*expected)


@pytest.mark.parametrize("of", [DAY, WEEK, MONTH, YEAR, ("day", 1000), ("year", 5)])
def test_boundary_zero_is_the_anchor(store, of):
    anchors = dates("2027-01-31", "2028-02-29", "2027-12-31", "2028-01-01")
    assert [boundaries(store, anchor, of, range(1)) for anchor in anchors] == [[anchor] for anchor in anchors]


def test_month_ends_of_a_century_never_drift(store):
    """12 × 100 boundaries from 31 January are the last days of all months; from the 29th only February is clipped"""
    last_days = boundaries(store, date(2027, 1, 31), MONTH, range(1200))
    assert all(day.day == monthrange(day.year, day.month)[1] for day in last_days)
    clipped = boundaries(store, date(2027, 1, 29), MONTH, range(1200))
    assert {(day.month == 2, day.day) for day in clipped} == {(False, 29), (True, 28), (True, 29)}
    assert all(later > earlier for earlier, later in pairwise(clipped))


def test_weeks_of_a_century_keep_their_weekday(store):
    assert {day.weekday() for day in boundaries(store, date(2028, 2, 29), WEEK, range(5200))} == {1}


def test_random_boundaries_are_those_of_pythons_calendar(store):
    rng = random.Random(20280229)
    rows = []
    for _ in range(600):
        anchor = date(2020, 1, 1) + timedelta(rng.randrange(12 * 366))
        of = (rng.choice(("day", "week", "month", "year")), rng.choice((1, 2, 3, 6, 10, 30)))
        rows.append((anchor, rng.randrange(60), None, *of))
    expected = [(counted(anchor, ordinal, tuple(of)),) for anchor, ordinal, _, *of in rows]
    assert ask(store, TYPES, rows, b) == expected


@pytest.mark.parametrize(
    ("anchor", "of", "ordinal"),
    [
        ("2027-01-31", MONTH, 1),
        ("2027-01-31", MONTH, 13),
        ("2027-01-30", ("month", 3), 4),
        ("2028-02-29", YEAR, 1),
        ("2028-02-29", YEAR, 4),
        ("2027-12-27", WEEK, 9),
        ("2027-12-27", ("day", 10), 36),
    ],
)
def test_only_the_boundary_itself_is_found_not_the_day_before_or_after(store, anchor, of, ordinal):
    anchored = date.fromisoformat(anchor)
    on = counted(anchored, ordinal, of)
    rows = [(anchored, None, on + timedelta(shift), *of) for shift in (-1, 0, 1)]
    before, exactly, after = ask(store, TYPES, rows, is_boundary, near)
    assert (before[0], exactly[0], after[0]) == (False, True, False)
    assert exactly[1] == ordinal


def test_a_clipped_boundary_is_not_also_found_on_the_day_that_the_month_has_not(store):
    """anchor 30 January: 28 February 2027 is b(1), 1 March is nothing, 30 March is b(2)"""
    days = dates("2027-02-28", "2027-03-01", "2027-03-02", "2027-03-28", "2027-03-30")
    rows = [(date(2027, 1, 30), None, day, *MONTH) for day in days]
    assert [found for (found,) in ask(store, TYPES, rows, is_boundary)] == [True, False, False, False, True]


def test_every_boundary_is_found_by_its_own_ordinal_and_counted_by_the_bound(store):
    rng = random.Random(31)
    rows = []
    for _ in range(600):
        anchor = date(2024, 1, 1) + timedelta(rng.randrange(1500))
        of = (rng.choice(("day", "week", "month", "year")), rng.choice((1, 2, 3, 6, 12)))
        ordinal = rng.randrange(40)
        rows.append((anchor, ordinal, counted(anchor, ordinal, of), *of))
    answers = ask(store, TYPES, rows, near, is_boundary, bound)
    for (_, ordinal, *_), (found, exact, at_most) in zip(rows, answers, strict=True):
        assert (found, exact) == (ordinal, True)
        # b(0) … b(ordinal) all lie in the span.
        assert at_most >= ordinal + 1


@pytest.mark.parametrize("of", [DAY, WEEK, MONTH, YEAR, ("month", 12)])
def test_bound_is_never_below_one_even_for_a_span_that_is_empty_or_backwards(store, of):
    anchor = date(2028, 2, 29)
    rows = [(anchor, None, anchor + timedelta(shift), *of) for shift in (-4000, -1, 0)]
    assert ask(store, TYPES, rows, bound) == [(1,), (1,), (1,)]


def test_bound_stays_near_the_number_of_periods(store):
    """it limits a series of rows: ten years of months are 121 boundaries, and the bound wastes a tenth at most"""
    rows = [(date(2027, 1, 31), None, date(2037, 1, 31), *of) for of in (DAY, WEEK, MONTH, YEAR)]
    assert [found for (found,) in ask(store, TYPES, rows, bound)] == [3654, 522, 131, 11]


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2028-02-28", "2028-02-27", -1),
        ("2028-02-28", "2028-02-28", 0),
        ("2028-02-28", "2028-02-29", 1),
        ("2028-02-28", "2028-03-01", 2),
        ("2027-02-28", "2027-03-01", 1),
        ("2027-12-31", "2028-12-31", 366),
    ],
)
def test_days_between_counts_the_first_day_and_not_the_last(store, first, last, days):
    asked = ask(store, DAYS, [tuple(dates(first, last))], lambda row: days_between(row.first, row.last))
    assert asked == [(days,)]
