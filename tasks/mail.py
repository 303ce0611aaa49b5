"""Mail through the server of TAJDID_SMTP_URL."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from urllib.parse import unquote, urlsplit

import aiosmtplib

from models.errors import WrongUsage
from tasks.settings import settings

TIMEOUT_S = 30


async def send_text(sender: str, to: Sequence[str], subject: str, body: str) -> None:
    """Send one plain text. Raises WrongUsage where no mail server is set, aiosmtplib's errors where it refuses."""
    given = settings().smtp_url
    if given is None:
        raise WrongUsage("TAJDID_SMTP_URL is not set; expected smtp://user:password@host:port or smtps://….")
    url = urlsplit(given.get_secret_value())
    message = EmailMessage()
    message["From"], message["To"] = sender, ", ".join(to)
    # What a line break in a name would begin is a header of its own.
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message.set_content(body)
    tls = url.scheme == "smtps"
    await aiosmtplib.send(
        message,
        hostname=url.hostname,
        port=url.port or (465 if tls else 587),
        username=unquote(url.username) if url.username else None,
        password=unquote(url.password) if url.password else None,
        use_tls=tls,
        timeout=TIMEOUT_S,
    )
