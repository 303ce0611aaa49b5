"""The dashboard's tiles: the newest figure, what has changed, whether that is good; fair to a month that still runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from reports.language.voice import Voice, voice_of
from reports.pages.dashboard import Tile, tiles
from reports.pages.drawing import spark
from reports.report import Column

COLUMNS = {"metric": Column("metric", "id", "Figure", "", words={"members": "Members", "mrr": "Money"})}
FEBRUARY, MARCH = date(2028, 2, 1), date(2028, 3, 1)
ENDED, RUNNING = date(2028, 3, 31), date(2028, 3, 20)
ENGLISH = voice_of("en")


def rows(metric: str, unit: str, before: str | None, now: str, currency: str | None = None):
    given = [(FEBRUARY, before), (MARCH, now)]
    return [
        {"metric": metric, "unit": unit, "currency": currency, "month": month, "value": Decimal(value)}
        for month, value in given
        if value is not None
    ]


def tile(*args: str | None, as_of: date = ENDED, voice: Voice = ENGLISH) -> Tile:
    (made,) = tiles(rows(*args), COLUMNS, voice, as_of)
    return made


def said(of: Tile) -> str:
    return of.change.striptags()


@pytest.mark.parametrize(
    ("given", "sentence", "mood"),
    [
        (("members", "count", "100", "112"), "▲ 12.0% more than in the month before", "good"),
        (("members", "count", "100", "92"), "▼ 8.0% less than in the month before", "bad"),
        (("overdue_1_30", "money", "100", "92", "SAR"), "▼ 8.0% less than in the month before", "good"),
        (("lost_members", "count", "4", "5"), "▲ 25.0% more than in the month before", "bad"),
        (("renewal_rate", "percent", "0.91", "0.921"), "▲ 1.1 points more than in the month before", "good"),
        (("members", "count", "100", "100"), "As in the month before", ""),
        (("members", "count", "0", "5"), "None in the month before", ""),
        (("members", "count", "0", "0"), "As in the month before", ""),
        (("members", "count", None, "5"), "No month before to compare with", ""),
    ],
)
def test_a_change_is_told_in_words_beside_its_colour(given, sentence: str, mood: str):
    made = tile(*given)
    assert (said(made), made.mood) == (sentence, mood)


def test_what_is_counted_in_a_month_is_not_held_against_a_whole_one_before_it_is_over():
    made = tile("new_members", "count", "100", "70", as_of=RUNNING)
    assert (said(made), made.mood) == ("So far; 100 in the whole month before", "")
    assert tile("new_members", "count", "100", "70", as_of=ENDED).mood == "bad"
    assert tile("members", "count", "100", "70", as_of=RUNNING).mood == "bad", (
        "what stands at a day is compared at once"
    )


def test_a_month_of_another_calendar_ends_on_its_own_day():
    persian = replace(voice_of("fa"), months="jalali")
    given = [
        {"metric": "received", "unit": "money", "currency": "IRR", "month": month, "value": Decimal(5)}
        for month in (date(2026, 9, 23), date(2026, 10, 23))
    ]
    over = [tiles(given, COLUMNS, persian, day)[0].change for day in (date(2026, 11, 20), date(2026, 11, 21))]
    assert ["کل" in text or "تا اینجا" in text for text in over] == [True, False]


def test_currencies_are_tiles_of_their_own():
    given = rows("mrr", "money", "1", "2", "SAR") + rows("mrr", "money", "1", "2", "KWD")
    assert [(one.figure, one.currency) for one in tiles(given, COLUMNS, ENGLISH, ENDED)] == [
        ("2.00", "SAR"),
        ("2.000", "KWD"),
    ]


def test_a_figure_that_has_no_value_for_the_newest_month_is_left_out():
    given = rows("mrr", "money", "1", "2", "SAR") + rows("mrr", "money", "1", "2", "KWD")[:1]
    assert [one.currency for one in tiles(given, COLUMNS, ENGLISH, ENDED)] == ["SAR"]


def test_a_figure_too_long_for_a_glance_is_round_with_the_exact_one_beside_it():
    made = tile("mrr", "money", "1", "28036826163.65", "IRR")
    assert (made.figure, made.exact) == ("28.04B", "28,036,826,163.65")
    assert tile("mrr", "money", "1", "999999999.99", "IRR").exact == ""


def test_a_line_ends_where_reading_ends():
    assert spark([1, 2, 3], ENGLISH) == ["0.0,25.0", "50.0,14.0", "100.0,3.0"]
    assert spark([1, 2, 3], voice_of("ar"))[-1] == "0.0,3.0"
    assert spark([5, 5], ENGLISH) == ["0.0,25.0", "100.0,25.0"], "a flat line has no height to divide by"
