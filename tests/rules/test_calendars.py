"""Boundaries in the Jalali and the Umm al-Qura calendar (L1.4) against the libraries' own counting, and their table."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from models.calendars import calendar_month_rows, calendar_months
from models.memberships import memberships
from models.plans import plans
from models.rules.boundaries import boundary, is_outside, ordinal_near, periods_at_most, reach
from tests.oracle import calendars as library
from tests.vectors.asking import ask

Column = sa.ColumnElement[Any]
Interval = tuple[str, int, str]
"""unit, count, calendar"""

TYPES = {
    "anchor": sa.Date,
    "ordinal": sa.Integer,
    "day": sa.Date,
    "unit": sa.Text,
    "interval_count": sa.Integer,
    "calendar": sa.Text,
}
TABLE = {"jalali": (date(1921, 3, 21), date(2222, 3, 21)), "hijri": (date(1924, 8, 1), date(2077, 11, 17))}
"""First day held, first day not held."""
YEARS = {"jalali": range(1402, 1410), "hijri": range(1445, 1453)}
"""Jalali 1403 and 1408 are leap years; these Hijri years have 354 and 355 days."""


def b(asked: Any) -> Column:
    return boundary(asked.anchor, asked.ordinal, asked.unit, asked.interval_count, asked.calendar)


def near(asked: Any) -> Column:
    return ordinal_near(asked.anchor, asked.day, asked.unit, asked.interval_count, asked.calendar)


def is_boundary(asked: Any) -> Column:
    return boundary(asked.anchor, near(asked), asked.unit, asked.interval_count, asked.calendar) == asked.day


def bound(asked: Any) -> Column:
    return periods_at_most(asked.anchor, asked.day, asked.unit, asked.interval_count)


def counted(anchor: date, ordinal: int, of: Interval) -> date:
    unit, count, calendar = of
    return library.boundary(anchor, ordinal, unit=unit, count=count, calendar=calendar)


def on(calendar: str, *texts: str) -> list[date]:
    """The dates that a calendar writes as these texts: 1403-01-31."""
    return [library.from_calendar(*map(int, text.split("-")), calendar) for text in texts]


def boundaries(store: sa.Connection, anchor: date, of: Interval, ordinals: Iterable[int]) -> list[date | None]:
    rows = [(anchor, ordinal, None, *of) for ordinal in ordinals]
    return [found for (found,) in ask(store, TYPES, rows, b)]


def month_ends(calendar: str) -> list[date]:
    """The last days of all months of eight years, and the days before them."""
    months = [(year, month) for year in YEARS[calendar] for month in range(1, 13)]
    lasts = [library.from_calendar(*at, library.month_length(*at, calendar), calendar) for at in months]
    return [last - timedelta(days) for last in lasts for days in (1, 0)]


def random_row(rng: random.Random, calendar: str) -> tuple[date, int, Interval]:
    """An anchor of any day between 1940 and 2040, an ordinal, an interval; the boundary stays within the table."""
    anchor = date(1940, 1, 1) + timedelta(rng.randrange(36525))
    unit, most = rng.choice((("month", 400), ("month", 24), ("year", 30), ("week", 500), ("day", 3000)))
    count = rng.choice((1, 1, 2, 3, 6))
    return anchor, rng.randrange(most // count), (unit, count, calendar)


# The table ------------------------------------------------------------------------------------------------------------


def test_table_holds_every_month_of_its_years_from_first_to_last_day_as_the_library_names_them(store):
    columns = [calendar_months.c[name] for name in ("calendar", "month", "starts_on", "ends_on")]
    rows = store.execute(sa.select(*columns).order_by("calendar", "month")).all()
    for calendar, month, starts_on, ends_on in rows:
        year, number, days = month // 12, month % 12 + 1, library.month_length(month // 12, month % 12 + 1, calendar)
        assert library.to_calendar(starts_on, calendar) == (year, number, 1)
        assert library.to_calendar(ends_on - timedelta(1), calendar) == (year, number, days)
    for calendar, (first, end) in TABLE.items():
        months = [row for row in rows if row.calendar == calendar]
        assert (months[0].starts_on, months[-1].ends_on) == (first, end)
        assert all(this.ends_on == following.starts_on for this, following in pairwise(months))
        assert all(this.month + 1 == following.month for this, following in pairwise(months))


def test_migrated_table_is_what_the_libraries_say_today(store):
    stored = store.execute(sa.select(calendar_months)).mappings()
    by_month = {(row["calendar"], row["month"]): dict(row) for row in stored}
    assert by_month == {(row["calendar"], row["month"]): row for row in calendar_month_rows()}


# Boundaries -----------------------------------------------------------------------------------------------------------


def test_31_farvardin_is_clipped_to_30_mehr_and_to_the_last_of_esfand(store):
    """L1.4: six months of 31 days, five of 30, Esfand of 29 (30 in the leap year 1403), and 31 Farvardin again"""
    months = [f"-{month:02}-{31 if month <= 6 else 30}" for month in range(1, 12)]
    leap = on("jalali", *(f"1403{end}" for end in months), "1403-12-30", "1404-01-31")
    assert boundaries(store, leap[0], ("month", 1, "jalali"), range(13)) == leap
    common = on("jalali", *(f"1404{end}" for end in months), "1404-12-29", "1405-01-31")
    assert boundaries(store, common[0], ("month", 1, "jalali"), range(13)) == common


@pytest.mark.parametrize(
    ("calendar", "of", "expected"),
    [
        ("jalali", ("year", 1), ["1403-12-30", "1404-12-29", "1405-12-29", "1406-12-29", "1407-12-29", "1408-12-30"]),
        ("jalali", ("year", 5), ["1403-12-30", "1408-12-30", "1413-12-29"]),
        ("jalali", ("month", 6), ["1404-06-31", "1404-12-29", "1405-06-31"]),
        ("jalali", ("month", 3), ["1403-09-30", "1403-12-30", "1404-03-30"]),
        ("jalali", ("month", 1), ["1403-12-29", "1404-01-29", "1404-02-29"]),
        # 29 and 30 days do not take turns.
        ("hijri", ("month", 1), ["1446-04-30", "1446-05-29", "1446-06-30", "1446-07-30", "1446-08-29", "1446-09-29"]),
        ("hijri", ("month", 1), ["1446-05-29", "1446-06-29", "1446-07-29"]),
        ("hijri", ("year", 1), ["1445-07-29", "1446-07-29", "1447-07-29"]),
        ("hijri", ("year", 1), ["1445-06-30", "1446-06-30", "1447-06-29"]),
    ],
)
def test_boundary_is_clipped_in_its_calendar_and_returns_to_the_day_of_the_anchor(store, calendar, of, expected):
    days = on(calendar, *expected)
    assert boundaries(store, days[0], (*of, calendar), range(len(days))) == days


@pytest.mark.parametrize("calendar", ["jalali", "hijri"])
@pytest.mark.parametrize("of", [("month", 1), ("month", 5), ("year", 1)])
def test_boundaries_of_every_month_end_are_the_librarys_and_leave_no_gap(store, calendar, of):
    """Period n is [b(n), b(n+1)): each boundary is later than the one before, 28 days a month at least."""
    interval = (*of, calendar)
    rows = [(anchor, n, None, *interval) for anchor in month_ends(calendar) for n in range(-1, 14)]
    found = [found for (found,) in ask(store, TYPES, rows, b)]
    assert found == [counted(anchor, n, interval) for anchor, n, *_ in rows]
    months = of[1] * (12 if of[0] == "year" else 1)
    steps = [(after - before).days for before, after in pairwise(found)]
    assert min(days for place, days in enumerate(steps, 1) if place % 15) >= 28 * months


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
def test_random_boundaries_are_the_librarys(store, calendar):
    rng = random.Random(1403)
    rows = [random_row(rng, calendar) for _ in range(800)]
    asked = [(anchor, ordinal, None, *of) for anchor, ordinal, of in rows]
    assert ask(store, TYPES, asked, b) == [(counted(*row),) for row in rows]


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
@pytest.mark.parametrize("of", [("day", 10), ("week", 2)])
def test_days_and_weeks_are_the_same_in_all_calendars_and_need_no_table(store, calendar, of):
    anchor = date(1905, 1, 1)
    step = timedelta(of[1] * (7 if of[0] == "week" else 1))
    assert boundaries(store, anchor, (*of, calendar), range(3)) == [anchor, anchor + step, anchor + 2 * step]


def test_boundary_without_a_calendar_is_gregorian(store):
    row = (date(2028, 1, 31), 1, None, "month", 1, "jalali")
    plain = ask(store, TYPES, [row], lambda a: boundary(a.anchor, a.ordinal, a.unit, a.interval_count))
    assert plain == [(date(2028, 2, 29),)]


# Outside the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calendar", ["jalali", "hijri"])
@pytest.mark.parametrize("unit", ["month", "year"])
def test_boundary_that_the_table_does_not_hold_is_null(store, calendar, unit):
    """Neither the day before the first nor the day after the last is an anchor; no boundary lies beyond."""
    first, end = TABLE[calendar]
    of = (unit, 1, calendar)
    last = end - timedelta(1)
    assert boundaries(store, first - timedelta(1), of, range(3)) == [None, None, None]
    assert boundaries(store, end, of, range(-1, 2)) == [None, None, None]
    assert boundaries(store, first, of, (-1, 0, 1)) == [None, first, counted(first, 1, of)]
    assert boundaries(store, last, of, (0, 1, 2)) == [last, None, None]
    assert boundaries(store, last, of, (-1,)) == [counted(last, -1, of)]


@pytest.mark.parametrize("calendar", ["jalali", "hijri"])
def test_outside_is_what_the_table_does_not_hold_for_months_and_years_alone(store, calendar):
    first, end = TABLE[calendar]
    days = [first - timedelta(1), first, end - timedelta(1), end]

    def outside(unit: str, of: str) -> list[bool]:
        rows = [(None, None, day, unit, 1, of) for day in [*days, None]]
        return [found for (found,) in ask(store, TYPES, rows, lambda a: is_outside(a.day, a.unit, a.calendar))]

    assert outside("month", calendar) == outside("year", calendar) == [True, False, False, True, False]
    assert not any(outside("week", calendar) + outside("day", calendar) + outside("month", "gregorian"))


def test_reach_names_the_first_and_the_last_day_held(store):
    rows = [(None, None, None, "month", 1, calendar) for calendar in TABLE]
    assert ask(store, TYPES, rows, lambda a: a.calendar, lambda a: reach(a.calendar)) == [
        ("jalali", "1921-03-21 to 2222-03-20"),
        ("hijri", "1924-08-01 to 2077-11-16"),
    ]


# Shortcuts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
def test_ordinal_near_finds_exactly_the_boundaries(store, calendar):
    """Every boundary by its own ordinal; of the days around it only those that are boundaries themselves."""
    rng = random.Random(1408)
    found = [random_row(rng, calendar) for _ in range(400)]
    rows = [(anchor, None, counted(anchor, ordinal, of), *of) for anchor, ordinal, of in found]
    assert ask(store, TYPES, rows, near, is_boundary) == [(ordinal, True) for _, ordinal, _ in found]
    rows = [(anchor, None, counted(anchor, n, of) + timedelta(1), *of) for anchor, n, of in found]
    each_day = [of[:2] == ("day", 1) for _, _, of in found]
    assert [after for (after,) in ask(store, TYPES, rows, is_boundary)] == each_day


def test_ordinal_near_is_null_where_the_table_does_not_hold_a_day(store):
    first, end = TABLE["hijri"]
    days = [(first - timedelta(1), first), (first, end), (first, end - timedelta(1))]
    rows = [(anchor, None, day, "month", 1, "hijri") for anchor, day in days]
    assert [found for (found,) in ask(store, TYPES, rows, near)] == [None, None, 158 * 12 - 1]


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
def test_periods_at_most_is_an_upper_bound_of_the_boundaries_from_any_of_them(store, calendar):
    """Also from the 30th of a Hijri month to the 29th: 353 days a year."""
    rng = random.Random(353)
    rows, counts = [], []
    for _ in range(500):
        anchor, last, of = random_row(rng, calendar)
        first = rng.randrange(last + 1)
        rows.append((counted(anchor, first, of), None, counted(anchor, last, of), *of))
        counts.append(last - first + 1)
    found = [at_most for (at_most,) in ask(store, TYPES, rows, bound)]
    assert all(at_most >= count for at_most, count in zip(found, counts, strict=True))


def test_periods_at_most_counts_the_shortest_hijri_year_of_all(store):
    """L1.3: each year of the table from every 30th of a month; the shortest have 353 days."""
    anchors = [row["ends_on"] - timedelta(1) for row in calendar_month_rows() if row["calendar"] == "hijri"][:-12]
    of = ("year", 1, "hijri")
    rows = [(anchor, None, counted(anchor, 1, of), *of) for anchor in anchors]
    assert min((later - anchor).days for anchor, _, later, *_ in rows) == 353
    assert all(found == 2 for (found,) in ask(store, TYPES, rows, bound))


# In a statement -------------------------------------------------------------------------------------------------------

INTERVAL = (plans.c.interval_unit, plans.c.interval_count, plans.c.calendar)
OF_MEMBERSHIP = boundary(memberships.c.started_on, sa.literal(1), *INTERVAL)


def test_boundary_reads_the_calendar_of_its_own_row_in_an_update(store):
    changed = sa.update(memberships).where(plans.c.plan == memberships.c.plan).values(carried_until=OF_MEMBERSHIP)
    assert str(changed.compile(store)).count("FROM tajdid.plans") == 1
    store.execute(changed)


def test_gregorian_rows_do_not_pay_for_the_table(store):
    anchored = sa.values(sa.column("anchor", sa.Date), sa.column("calendar", sa.Text), name="rows")
    rows = anchored.data([(date(2028, 1, 31), "gregorian")] * 3).alias("rows")
    day = sa.cast(rows.c.anchor, sa.Date)
    query = sa.select(boundary(day, sa.literal(1), sa.literal("month"), sa.literal(1), rows.c.calendar))
    sql = str(query.compile(store, compile_kwargs={"literal_binds": True}))
    scans = [
        line for line in store.exec_driver_sql(f"EXPLAIN ANALYZE {sql}").scalars() if " on calendar_months" in line
    ]
    assert len(scans) == 2
    assert all("never executed" in line for line in scans)
