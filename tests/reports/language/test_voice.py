"""Figures and dates as people read them (L1.4, L2.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.language.calendars import IN_CALENDAR
from reports.language.voice import DIGITS, Voice, voice_of

DAY = date(2025, 11, 21)
ARABIC = Voice("ar", "latn", ("gregorian", "hijri"))
EASTERN = Voice("ar", "arab", ("hijri", "gregorian"))
PERSIAN = Voice("fa", "arabext", ("jalali", "gregorian"), months="jalali")
ENGLISH = voice_of("en")


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        ("SAR", "1,234.50 SAR"),
        ("KWD", "1,234.500 KWD"),
        ("IQD", "1,234.500 IQD"),
        ("IRR", "1,234.50 IRR"),
        ("JPY", "1,235 JPY"),
    ],
)
def test_money_has_the_decimals_of_iso_4217(currency: str, said: str):
    assert ENGLISH.money(Decimal("1234.5"), currency) == said


def test_digits_are_the_company_s_and_money_keeps_its_iso_code():
    assert ARABIC.money(Decimal("1234.5"), "SAR") == "1,234.50 SAR"
    assert EASTERN.money(Decimal("1234.5"), "SAR") == "١٬٢٣٤٫٥٠ SAR"
    assert PERSIAN.money(Decimal("1234.5"), "IRR") == "۱٬۲۳۴٫۵۰ IRR"


def test_a_number_is_exact_however_long():
    assert ENGLISH.number(Decimal("12345678901234567890.123456"), 6) == "12,345,678,901,234,567,890.123456"
    assert ENGLISH.number(Decimal("0.005"), 2) == "0.01"
    assert ENGLISH.number(Decimal("2.50")) == "2.5"


def test_a_share_is_said_in_percent():
    assert ENGLISH.percent(Decimal("0.92345")) == "92.3%"
    assert PERSIAN.percent(Decimal("0.5"), 0) == "۵۰%"


@pytest.mark.parametrize(("share", "said"), [("0.15", "15%"), ("0.0825", "8.25%"), ("0", "0%"), ("1.1", "110%")])
def test_a_rate_that_is_agreed_is_said_exactly(share: str, said: str):
    assert ENGLISH.percent(Decimal(share), None) == said


def test_a_day_is_written_in_the_main_calendar_with_the_second_beside_it():
    assert ARABIC.day_twice(DAY) == "21 نوفمبر 2025 (30 جمادى الأولى 1447 هـ)"
    assert PERSIAN.day_twice(DAY) == "۳۰ آبان ۱۴۰۴ (۲۱ نوامبر ۲۰۲۵)"
    assert ENGLISH.day_twice(DAY) == "21 November 2025"
    assert EASTERN.day(DAY) == "٣٠ جمادى الأولى ١٤٤٧ هـ"


def test_a_month_is_that_which_the_company_counts_in_whatever_its_days_are_written_in():
    assert PERSIAN.month(DAY) == "آبان ۱۴۰۴"
    assert replace(PERSIAN, language="en", digits="latn", calendars=("gregorian",)).month(DAY) == "Aban 1404"
    assert EASTERN.month(DAY) == "نوفمبر ٢٠٢٥", "no company bills by Hijri months"
    assert [PERSIAN.ends_month(day) for day in (DAY, date(2025, 11, 30))] == [True, False]
    assert [ENGLISH.ends_month(day) for day in (DAY, date(2025, 11, 30))] == [False, True]


def test_a_half_open_period_is_written_with_its_last_day():
    assert ENGLISH.span(date(2028, 2, 1), date(2028, 3, 1)) == "1 February 2028 to 29 February 2028"


@given(st.dates(date(1950, 1, 1), date(2070, 1, 1)), st.sampled_from(sorted(IN_CALENDAR)))
def test_the_next_day_is_the_next_day_in_every_calendar(day: date, calendar: str):
    first, second = IN_CALENDAR[calendar](day), IN_CALENDAR[calendar](day + timedelta(days=1))
    assert (second.day, second.month, second.year) in {
        (first.day + 1, first.month, first.year),
        (1, first.month + 1, first.year),
        (1, 1, first.year + 1),
    }


@given(st.integers(0, 10**12), st.sampled_from([ARABIC, EASTERN, PERSIAN]))
def test_no_digit_of_another_kind_is_left(number: int, voice: Voice):
    others = "".join(digits for name, digits in DIGITS.items() if name != voice.digits)
    assert not set(voice.number(number, 2)) & set(others)
