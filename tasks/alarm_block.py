"""The block with which the Prefect server itself sends our alarms, so that they come also when no worker is alive.

It holds no secret: the mail server is that of TAJDID_SMTP_URL in the server's environment. Prefect finds it by the
entry point `prefect.collections` of this package.
"""

from __future__ import annotations

from prefect.blocks.abstract import NotificationBlock
from pydantic import Field

from tasks.mail import send_text


class AlarmMail(NotificationBlock):
    """Sends a text to those who watch over the nights."""

    _block_type_name = "Tajdid alarm mail"
    _block_type_slug = "tajdid-alarm-mail"

    sender: str = Field(description="From whom.")
    to: list[str] = Field(description="To whom.")

    async def notify(self, body: str, subject: str | None = None) -> None:
        """Called by the server's automations."""
        await send_text(self.sender, self.to, subject or "Tajdid", body)
