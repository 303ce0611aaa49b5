"""A voice: one language with its digits and calendars. Every text, figure and date that a person reads goes through it.

    Voice("ar", digits="latn", calendars=("gregorian", "hijri"))
        money(Decimal("1234.5"), "SAR")  ->  1,234.50 SAR
        day_twice(date(2025, 11, 21))        ->  21 نوفمبر 2025 (30 جمادى الأولى 1447 هـ)
    Voice("fa", digits="arabext")
        number(1234)                     ->  ۱٬۲۳۴

Nothing here isolates: HTML wraps what stands in a sentence of the other direction in <bdi>, plain text in `isolated`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal

from annotated_types import MinLen
from babel.numbers import format_decimal, format_percent

from models.money import minor_digits
from models.rules.months import MonthCalendar
from reports.language.calendars import FORMS, IN_CALENDAR, MONTH_FORM, MONTHS, ends_month, reaches
from reports.language.catalogs import words

Digits = Literal["latn", "arab", "arabext"]
Calendar = Literal["gregorian", "jalali", "hijri"]
DIGITS: dict[Digits, str] = {"latn": "0123456789", "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}
DIGITS_OF: dict[str, Digits] = {"ar": "latn", "fa": "arabext", "en": "latn"}
"""What a language's companies use where they do not say."""
CALENDARS_OF: dict[str, tuple[Calendar, ...]] = {"ar": ("gregorian",), "fa": ("jalali",), "en": ("gregorian",)}
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


@dataclass(frozen=True)
class Voice:
    """A language, the digits and the calendars it is written with; the first calendar is the main one."""

    language: str
    digits: Digits = "latn"
    calendars: Annotated[tuple[Calendar, ...], MinLen(1)] = ("gregorian",)
    months: MonthCalendar = "gregorian"
    """The calendar in which months are counted, whichever days are written in."""

    @property
    def direction(self) -> str:
        """rtl or ltr."""
        return "ltr" if self.language == "en" else "rtl"

    def text(self, message: str, **placeholders: object) -> str:
        """A text of the catalogs; `%(name)s` stands for a placeholder."""
        said = words(self.language).gettext(message)
        return said % placeholders if placeholders else said

    def plural(self, one: str, many: str, count: int, **placeholders: object) -> str:
        """The form for `count` (Arabic has six); `%(count)s` is the count in this voice's digits."""
        said = words(self.language).ngettext(one, many, count)
        return said % ({"count": self.number(count)} | placeholders)

    def in_digits(self, text: str) -> str:
        """Latin digits of a text in this voice's."""
        return text.translate(str.maketrans(DIGITS["latn"], DIGITS[self.digits]))

    def number(self, value: Decimal | int, decimals: int | None = None) -> str:
        """With groups of three, and exactly `decimals` places; left out, as many as the value has."""
        exact = Decimal(value)
        if decimals is not None:
            exact = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        places = "." + "0" * decimals if decimals else ""
        pattern = f"#,##0{places}" if decimals is not None else "#,##0.######"
        said = format_decimal(exact, format=pattern, locale=self.language, numbering_system=self.digits)
        return self.in_digits(str(said))

    def money(self, amount: Decimal, currency: str) -> str:
        """In major units with ISO 4217's decimals (L2.4) and the ISO code: no font has all the signs."""
        return f"{self.number(amount, minor_digits(currency))} {currency}"

    def percent(self, share: Decimal, decimals: int | None = 1) -> str:
        """0.923 -> 92.3%; with `decimals` None as many places as it has, for a rate that is agreed: 15%, 8.25%."""
        if decimals is None:
            decimals = max(0, -int((share * 100).normalize().as_tuple().exponent))
        pattern = f"#,##0{'.' + '0' * decimals if decimals else ''}%"
        exact = share.quantize(Decimal(1).scaleb(-decimals - 2), ROUND_HALF_UP)
        return self.in_digits(
            str(format_percent(exact, format=pattern, locale=self.language, numbering_system=self.digits))
        )

    def day(self, day: date, calendar: Calendar | None = None) -> str:
        """A day in the main calendar, or in the one that is asked for: 21 November 2025.

        In the Gregorian one where that calendar does not reach so far.
        """
        wanted = calendar or self.calendars[0]
        which: Calendar = wanted if reaches(wanted, day) else "gregorian"
        return self._written(day, which, FORMS[which] or FORMS["gregorian"])

    def month(self, day: date) -> str:
        """The month that a day is counted in: November 2025."""
        return self._written(day, self.months, MONTH_FORM)

    def month_of_year(self, day: date) -> tuple[str, str]:
        """The same in two parts, its name and its year."""
        on = IN_CALENDAR[self.months](day)
        return self.text(MONTHS[self.months][on.month - 1]), self.in_digits(str(on.year))

    def ends_month(self, day: date) -> bool:
        """Whether a day is the last of the month that it is counted in."""
        return ends_month(self.months, day)

    def _written(self, day: date, calendar: Calendar, form: str) -> str:
        on = IN_CALENDAR[calendar](day)
        name = self.text(MONTHS[calendar][on.month - 1])
        return self.in_digits(self.text(form, day=on.day, month=name, year=on.year))

    def day_twice(self, day: date) -> str:
        """A day in the main calendar, with the second in parentheses where there is one."""
        main, others = self.day(day), [other for other in self.calendars[1:] if reaches(other, day)]
        return f"{main} ({self.day(day, others[0])})" if others else main

    def span(self, starts_on: date, ends_on: date) -> str:
        """A half-open period as people write it, with its last day: 1 March 2028 to 31 March 2028."""
        last = ends_on - timedelta(days=1)
        return self.text("%(first)s to %(last)s", first=self.day(starts_on), last=self.day(last))

    def length(self, days: int) -> str:
        """A count of days: 3 days."""
        return self.plural("%(count)s day", "%(count)s days", days)

    def isolated(self, text: str) -> str:
        """A part of a plain text that keeps its own direction: an id, a name, an amount."""
        return f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"


def voice_of(language: str) -> Voice:
    """The voice of a language where a company has no wish of its own."""
    return Voice(language, DIGITS_OF[language], CALENDARS_OF[language])
