"""SMS, by any gateway that takes JSON: {"from", "to", "text", "reference"}."""

from __future__ import annotations

from pydantic import SecretStr

from reports.company import Company
from tasks.channels.channel import Offer, Parcel, Reply
from tasks.channels.web import Service, by_status, digits_of


class TextMessages:
    """The gateway of TAJDID_SMS_URL."""

    def __init__(self, url: str, token: SecretStr | None, connections: int) -> None:
        self._url, self._service = url, Service("the SMS gateway", token, connections)

    def lacks(self, company: Company) -> str:
        """A company needs a name or number to send from."""
        return "" if company.wishes.sms_sender else "sms_sender in company.toml"

    async def send(self, parcel: Parcel, offer: Offer) -> Reply:
        """One message."""
        to = digits_of(parcel.to)
        if not to:
            return Reply("dead", "bad_address")
        content = {
            "from": parcel.company.wishes.sms_sender,
            "to": f"+{to}",
            "text": parcel.rendered.short,
            "reference": parcel.reference,
        }
        return await self._service.post(self._url, content, parcel, offer, by_status)

    async def close(self) -> None:
        """Close what is open."""
        await self._service.close()
