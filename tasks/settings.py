"""The only reader of the environment (`TAJDID_*`, contract.md) and of `.env`."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from models.errors import WrongUsage


class Settings(BaseSettings):
    """Configuration of one installation; secrets are never shown."""

    model_config = SettingsConfigDict(env_prefix="TAJDID_", env_file=".env", extra="ignore", env_ignore_empty=True)

    database_url: SecretStr | None = None
    """A postgresql+psycopg2:// URL; unset: an embedded PostgreSQL under `home`."""
    home: Path = Path(".tajdid")
    inbox: str | None = None
    """Where the scheduled intake looks for files: a folder or an fsspec URL; unset: nowhere."""
    out: str = Field(default="out", validate_default=True)
    """Where reports and documents go: a folder or an fsspec URL."""
    companies: Path | None = None
    """The folder of the companies' wishes, logos and templates; unset: `companies` under `home`."""
    timezone: str = "Asia/Riyadh"
    """Whose calendar day "today" is when no date is given."""
    smtp_url: SecretStr | None = None
    """smtp://user:password@host:port or smtps://…; unset: no mail is sent."""
    expiry_notice_days: int = Field(default=7, ge=0)
    """So many days before credits and points expire their owner is told; 0: never."""
    smtp_connections: int = Field(default=8, ge=1, le=100)
    """How many mails are on their way at once; WhatsApp and SMS likewise."""
    whatsapp_url: str | None = None
    """The Cloud API with its version, https://graph.facebook.com/v23.0; unset: nothing goes out by WhatsApp."""
    whatsapp_token: SecretStr | None = None
    sms_url: str | None = None
    """Where a gateway takes an SMS as JSON; unset: nothing goes out by SMS."""
    sms_token: SecretStr | None = None
    unsubscribe_key: SecretStr | None = None
    """Signs the links by which customers unsubscribe from reminders; unset: mails carry none."""
    message_days: int = Field(default=30, ge=1)
    """What could not be said for longer than this is not said any more."""
    alarm_to: str = ""
    """Who is told of runs that fail: addresses with commas between; empty: nobody."""
    alarm_from: str = "tajdid@localhost"
    alarm_rejects: int = Field(default=100, ge=1)
    """A run that rejects more than these is worth an alarm."""
    ui_auth: SecretStr | None = None
    """`user:password` that Prefect's UI and API of `tajdid up` ask for; unset: they ask for nothing."""
    runner: Literal["threads", "processes", "dask", "ray"] | None = None
    """Who works on the parts of a step at once; unset: one part after another."""
    runner_address: str | None = None
    """The Dask scheduler or Ray cluster; unset: one of this machine, for the time of the run."""
    shards: int | None = Field(default=None, ge=1, le=64)
    """Into how many transactions each step of a day is split; unset: 1, with a runner one a core, at most 8."""
    guard_band: float | None = Field(default=None, ge=0)
    """How many times the largest day of the last weeks a billing step may do unseen; 0 or unset: there is no guard."""
    guard_least: int = Field(default=20, ge=1)
    """Fewer invoices, expiries or notices than these are never held."""
    statement_timeout_s: int = Field(default=3600, ge=1)
    lock_timeout_s: int = Field(default=1800, ge=1)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is no IANA time zone; expected one such as Asia/Riyadh")
        return value

    @field_validator("guard_band")
    @classmethod
    def _band(cls, value: float | None) -> float | None:
        if value is not None and 0 < value < 1:
            raise ValueError("expected 0 (no guard) or 1 and more: below 1 it would hold ordinary days")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _known_mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        expected = "expected smtp://user:password@host:port or smtps://user:password@host:port"
        if value is None:
            return None
        try:
            url = urlsplit(value.get_secret_value())
            known = url.scheme in {"smtp", "smtps"} and url.hostname and url.port != 0
        except ValueError:
            # Its words may hold a part of the password.
            known = False
        if not known:
            raise ValueError(expected)
        return value

    @field_validator("whatsapp_url", "sms_url")
    @classmethod
    def _web(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError("expected an URL that begins with https://")
        return value

    @field_validator("inbox", "out")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        # A flow run has a working folder of its own.
        return value if value is None or "://" in value else str(_folder(Path(value)))

    @field_validator("companies", "home")
    @classmethod
    def _absolute_folder(cls, value: Path | None) -> Path | None:
        return value and _folder(value)

    @field_validator("database_url")
    @classmethod
    def _known_driver(cls, value: SecretStr | None) -> SecretStr | None:
        expected = "expected postgresql+psycopg2://user:password@host:port/database"
        try:
            driver = None if value is None else make_url(value.get_secret_value()).drivername
        except (ArgumentError, ValueError):
            raise ValueError(expected) from None
        if driver not in {None, "postgresql+psycopg2"}:
            raise ValueError(expected)
        return value

    @property
    def alarm_recipients(self) -> list[str]:
        """The addresses of `alarm_to`."""
        return [address.strip() for address in self.alarm_to.split(",") if address.strip()]

    @property
    def companies_folder(self) -> Path:
        """Where each company has a folder of its own, if it has one."""
        return self.companies or self.home / "companies"

    @property
    def by_prefect(self) -> bool:
        """Whether the runner is one of Prefect's; threads are this process's own."""
        return self.runner not in {None, "threads"}

    @property
    def parts(self) -> int:
        """Into how many parts a step is split."""
        return self.shards or (min(8, max(2, os.cpu_count() or 1)) if self.runner else 1)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of `timezone`."""
        return ZoneInfo(self.timezone)


def _folder(path: Path) -> Path:
    """Absolute; `~` is the home of a user. Raises ValueError where there is no such user."""
    try:
        return path.expanduser().resolve()
    except RuntimeError:
        raise ValueError("there is no such user; expected a folder") from None


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once. Raises WrongUsage with one readable line per wrong variable."""
    try:
        return Settings()
    except ValidationError as wrong:
        raise WrongUsage("The environment is not usable. " + "; ".join(map(_said, wrong.errors()))) from None


_SECRET = {"database_url", "smtp_url", "ui_auth", "whatsapp_token", "sms_token", "unsubscribe_key"}


def _said(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    given = "" if name in _SECRET else f" is {error['input']}"
    return f"TAJDID_{name.upper()}{given}: {error['msg']}"
