"""Posting a message to a web service, and what its answer means: the part that WhatsApp and SMS share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpx
from pydantic import SecretStr

from tasks.channels.channel import Offer, Parcel, Refusing, Reply

TIMEOUT_S = 30
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors after which it is certain that the service has not seen the request."""
_FOR_NOW = {408, 425, 429}
_LOGIN = {401, 403}
_LONGEST = timedelta(days=1)
"""A service may ask to be left alone for so long at most."""


class Service:
    """A web service that takes messages as JSON with a bearer token."""

    def __init__(self, name: str, token: SecretStr | None, connections: int) -> None:
        self._name, self._token, self._connections = name, token, connections

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self._token.get_secret_value()}"} if self._token else {}
        limits = httpx.Limits(max_connections=self._connections, max_keepalive_connections=self._connections)
        return httpx.AsyncClient(headers=headers, limits=limits, timeout=TIMEOUT_S)

    async def post(self, url: str, content: Mapping[str, Any], parcel: Parcel, offer: Offer, told: Told) -> Reply:
        """Post once. The key lets a service that knows it recognise what it has taken already."""
        await offer()
        try:
            answer = await self._client.post(url, json=content, headers={"Idempotency-Key": parcel.reference})
        except _NOT_SENT as error:
            raise Refusing(f"{self._name} cannot be reached ({type(error).__name__})") from None
        except httpx.HTTPError:
            return Reply("unknown", "no_answer")
        if answer.status_code in _LOGIN:
            raise Refusing(f"{self._name} refuses its token ({answer.status_code})")
        return _reply_to(answer, told(answer))

    async def close(self) -> None:
        """Close what is open."""
        if "_client" in self.__dict__:
            await self._client.aclose()


Told = Callable[[httpx.Response], tuple[str, bool]]
"""Reads what a service says of its refusal: a code to be kept, and whether it is only for now."""


def by_status(answer: httpx.Response) -> tuple[str, bool]:
    """For a service of which no more is known than HTTP says."""
    return str(answer.status_code), False


def _reply_to(answer: httpx.Response, told: tuple[str, bool]) -> Reply:
    said, for_now = told
    if answer.is_success:
        return Reply("sent", said)
    if for_now or answer.status_code in _FOR_NOW or answer.is_server_error:
        return Reply("retry", said, _retry_after(answer))
    return Reply("dead", said)


def _retry_after(answer: httpx.Response) -> timedelta | None:
    """Seconds, or an instant by the service's own clock (RFC 9110)."""
    asked = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return min(timedelta(seconds=int(asked)), _LONGEST)
    try:
        until, its_now = (parsedate_to_datetime(text) for text in (asked, answer.headers.get("Date", "")))
        return min(max(_utc(until) - _utc(its_now), timedelta(0)), _LONGEST)
    except (TypeError, ValueError):
        return None


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def digits_of(number: str) -> str:
    """A telephone number as its digits alone, 966500000000, also if they were Persian ones; empty where it is none."""
    found = "".join(str(int(letter)) for letter in number if letter.isdecimal())
    known = found.removeprefix("00")
    return known if 7 <= len(known) <= 15 else ""
