"""WhatsApp, by the Cloud API: a template that was approved, or plain text to who has written within a day."""

from __future__ import annotations

from typing import Any

import httpx
from pydantic import SecretStr

from reports.company import Company
from reports.language.cleaning import one_line
from tasks.channels.channel import Offer, Parcel, Reply
from tasks.channels.web import Service, digits_of

_FOR_NOW = {1, 2, 4, 80007, 130429, 131016, 131048, 131056, 133004}
"""Codes of the API for what passes: it is busy, or too much was asked of it; their HTTP status says less."""
_LONGEST_TEXT, _LONGEST_PARAMETER = 4096, 1024


class WhatsApp:
    """The Cloud API of TAJDID_WHATSAPP_URL."""

    def __init__(self, url: str, token: SecretStr | None, connections: int) -> None:
        self._url = url.rstrip("/")
        self._service = Service("the WhatsApp Cloud API", token, connections)

    def lacks(self, company: Company) -> str:
        """A company needs a number to send from."""
        return "" if company.wishes.whatsapp_sender else "whatsapp_sender in company.toml"

    async def send(self, parcel: Parcel, offer: Offer) -> Reply:
        """One message."""
        to = digits_of(parcel.to)
        if not to:
            return Reply("dead", "bad_address")
        content = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            # Comes back with the notices of what became of it.
            "biz_opaque_callback_data": parcel.reference,
        }
        url = f"{self._url}/{parcel.company.wishes.whatsapp_sender}/messages"
        return await self._service.post(url, content | _said(parcel), parcel, offer, _told)

    async def close(self) -> None:
        """Close what is open."""
        await self._service.close()


def _said(parcel: Parcel) -> dict[str, Any]:
    template, short = parcel.company.wishes.whatsapp_template, parcel.rendered.short
    if template is None:
        return {"type": "text", "text": {"preview_url": False, "body": short[:_LONGEST_TEXT]}}
    # A parameter may hold no line break.
    parameters = [{"type": "text", "text": one_line(short)[:_LONGEST_PARAMETER]}]
    of = {"name": template, "language": {"code": parcel.message.language}}
    return {"type": "template", "template": of | {"components": [{"type": "body", "parameters": parameters}]}}


def _told(answer: httpx.Response) -> tuple[str, bool]:
    """`400/131026`: the status and the API's own code; its words may name the recipient."""
    try:
        code = int(answer.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code), False
    return f"{answer.status_code}/{code}", code in _FOR_NOW
