"""How a company speaks and looks where it says little or nothing about it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.company import DEFAULT_COLOR, Company, Wishes


def company(**wishes: object) -> Company:
    known = {name: wishes.pop(name) for name in ("currency", "language", "brand_color") if name in wishes}
    return Company("c", "C", "Asia/Riyadh", **({"currency": "SAR", "language": "ar"} | known), wishes=Wishes(**wishes))


def test_saudi_arabia_counts_by_the_gregorian_calendar_and_iran_by_the_jalali_one_first():
    assert company().voice().calendars == ("gregorian", "hijri")
    assert company(currency="IRR", language="fa").voice().calendars == ("jalali", "gregorian")
    assert company(currency="IRR", language="fa").voice("en").calendars == ("gregorian", "jalali")
    assert company(currency="KWD").voice().calendars == ("gregorian",)


def test_the_company_s_wishes_come_first():
    voice = company(digits="arab", calendars=("hijri", "gregorian")).voice()
    assert voice.day_twice(date(2025, 11, 21)) == "٣٠ جمادى الأولى ١٤٤٧ هـ (٢١ نوفمبر ٢٠٢٥)"


def test_english_is_written_with_latin_digits_whatever_the_company_wishes():
    assert company(digits="arabext").voice("en").number(12) == "12"


@pytest.mark.parametrize("color", [None, "", "teal", "#12345", "rgb(1,2,3)", "#gggggg"])
def test_a_colour_that_is_none_is_ours(color: str | None):
    assert company(brand_color=color).accent == DEFAULT_COLOR


def test_a_short_colour_is_read_and_a_dark_one_is_kept():
    assert company(brand_color="#036").accent == "#003366"
    assert company(brand_color="#7C3AED").accent == "#7c3aed"


@given(st.binary(min_size=3, max_size=3))
def test_white_letters_can_be_read_on_every_accent(color: bytes):
    accent = company(brand_color="#" + color.hex()).accent
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4
        for p in (b / 255 for b in bytes.fromhex(accent[1:]))
    ]
    assert 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05) >= 4.5
