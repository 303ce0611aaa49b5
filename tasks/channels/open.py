"""Which channels an installation has, by its settings."""

from __future__ import annotations

from tasks.channels.channel import Channel
from tasks.settings import settings


def open_channels() -> dict[str, Channel]:
    """The channels by the names that messages call them; nothing is connected yet."""
    given = settings()
    channels: dict[str, Channel] = {}
    if given.smtp_url:
        from tasks.channels.smtp import Mails
        from tasks.mail import server_of

        channels["email"] = Mails(server_of(given.smtp_url), given.smtp_connections)
    if given.whatsapp_url:
        from tasks.channels.whatsapp import WhatsApp

        channels["whatsapp"] = WhatsApp(given.whatsapp_url, given.whatsapp_token, given.smtp_connections)
    if given.sms_url:
        from tasks.channels.sms import TextMessages

        channels["sms"] = TextMessages(given.sms_url, given.sms_token, given.smtp_connections)
    return channels
