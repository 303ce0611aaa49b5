"""A company as its readers see it: what the store knows, and what its folder says (TAJDID_COMPANIES/<company>).

companies/himma/company.toml     digits, calendars, weekend, quiet hours … (`Wishes`), all of it optional
companies/himma/logo.svg|png     on documents, mails and pages
companies/himma/fonts/*.ttf|otf  for letters that our font lacks, on documents
companies/himma/templates/…      in place of the templates of the same name
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.rules.months import calendar_of
from reports.colors import BLACK, darkened, rgb
from reports.language.voice import CALENDARS_OF, DIGITS_OF, Calendar, Digits, Voice

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REST: tuple[Weekday, ...] = ("saturday", "sunday")
WEEKEND_OF: dict[str, tuple[Weekday, ...]] = {
    **dict.fromkeys(("SAR", "KWD", "BHD", "OMR", "QAR", "JOD", "IQD", "EGP"), ("friday", "saturday")),
    "IRR": ("friday",),
}
"""By the currency, as a country's; elsewhere Saturday and Sunday, as in the Emirates since 2022."""
DEFAULT_COLOR = "#0f766e"


def _different(calendars: tuple[Calendar, ...]) -> tuple[Calendar, ...]:
    if len(set(calendars)) < len(calendars):
        raise ValueError("expected two different calendars, or one")
    return calendars


class Wishes(BaseModel):
    """What a company's `company.toml` may say; whatever it leaves out follows from its language and currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: Digits | None = None
    calendars: Annotated[tuple[Calendar, ...], AfterValidator(_different)] | None = Field(
        default=None, min_length=1, max_length=2
    )
    weekend: tuple[Weekday, ...] | None = None
    """Days on which nothing but receipts and confirmations is sent."""
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    """Between these nothing is sent by WhatsApp or SMS, in the company's time zone."""
    quiet_mail: bool = False
    """Whether mail waits for the morning, too."""
    reply_to: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    phone: str | None = None
    website: str | None = Field(default=None, pattern=r"^(https?://)?[\w.-]+\.\w+(/\S*)?$")
    unsubscribe_url: str | None = Field(default=None, pattern=r"^https://")
    """Where a click on "unsubscribe" posts to (RFC 8058)."""
    pay_url: str | None = Field(default=None, pattern=r"^https://([^{}]|\{invoice\})+$")
    """Where an invoice is paid; `{invoice}` in it stands for the number."""
    whatsapp_sender: str | None = None
    """The id of its telephone number at WhatsApp."""
    whatsapp_template: str | None = None
    """A template that WhatsApp has approved in each language, whose one parameter is the text; without it plain text is
    sent, which reaches only who has written within a day."""
    sms_sender: str | None = None


@dataclass(frozen=True)
class Logo:
    """An image of the company's folder."""

    content: bytes
    kind: Literal["svg", "png"]


@dataclass(frozen=True)
class Company:
    """Who speaks: the sender of a message, the seller of an invoice, the subject of a report."""

    company: str
    name: str
    timezone: str
    currency: str
    language: str
    tax_number: str | None = None
    commercial_registration: str | None = None
    address: str | None = None
    email_from: str | None = None
    brand_color: str | None = None
    point_value: Decimal | None = None
    wishes: Wishes = field(default_factory=Wishes)
    logo: Logo | None = None
    templates: Mapping[str, str] = field(default_factory=dict)
    """Name of a template -> the company's own text in place of ours."""
    fonts: Path | None = None
    """A folder of fonts that documents may fall back on."""

    def voice(self, language: str | None = None) -> Voice:
        """How it speaks in a language; left out, its own."""
        spoken = language or self.language
        digits = self.wishes.digits if self.wishes.digits and spoken != "en" else DIGITS_OF[spoken]
        calendars = self.wishes.calendars or self._calendars(spoken)
        return Voice(spoken, digits, calendars, calendar_of(self.currency))

    def _calendars(self, language: str) -> tuple[Calendar, ...]:
        """Iran counts by the Jalali calendar first, Saudi Arabia by the Gregorian with the Hijri beside it."""
        if self.currency == "IRR":
            return ("jalali", "gregorian") if language == "fa" else ("gregorian", "jalali")
        return ("gregorian", "hijri") if self.currency == "SAR" and language == "ar" else CALENDARS_OF[language]

    def pay_url(self, invoice: str | None) -> str | None:
        """Where an invoice is paid; None where its folder does not say, or there is no invoice."""
        url = self.wishes.pay_url
        return url.replace("{invoice}", quote(invoice, safe="")) if url and invoice else None

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def weekend(self) -> frozenset[Weekday]:
        """The days on which its customers are left in peace: as its folder says, else as is usual where it bills."""
        return frozenset(
            self.wishes.weekend if self.wishes.weekend is not None else WEEKEND_OF.get(self.currency, _REST)
        )

    @property
    def folder(self) -> str:
        """The name of its folder, in the output and among the folders of companies."""
        return safe_name(self.company)

    @property
    def accent(self) -> str:
        """Its colour, darkened until white letters can be read on it and it can be read on white (WCAG 2.2 AA)."""
        return darkened(rgb(self.brand_color or "") or rgb(DEFAULT_COLOR) or BLACK)


def safe_name(id_: str) -> str:
    """A name for a file or a folder that every system takes and that leads nowhere else, another for each id.

    Letters, digits and `-_. ` stay as they are, all else is percent-encoded, and so is a dot at the beginning.
    """
    said = "".join(sign if sign.isalnum() or sign in "-_. " else quote(sign, safe="") for sign in id_)
    return f"%2E{said[1:]}" if said.startswith(".") else said
