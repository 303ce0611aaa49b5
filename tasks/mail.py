"""Mail through the server of TAJDID_SMTP_URL."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

import aiosmtplib
from pydantic import SecretStr

from models.errors import WrongUsage
from tasks.settings import settings

TIMEOUT_S = 30


def server_of(given: SecretStr) -> dict[str, Any]:
    """What aiosmtplib wants to know of the server of a URL; TLS is begun wherever the server offers it."""
    url = urlsplit(given.get_secret_value())
    tls = url.scheme == "smtps"
    return {
        "hostname": url.hostname,
        "port": url.port or (465 if tls else 587),
        "username": unquote(url.username) if url.username else None,
        "password": unquote(url.password) if url.password else None,
        "use_tls": tls,
        "timeout": TIMEOUT_S,
    }


async def send_text(sender: str, to: Sequence[str], subject: str, body: str) -> None:
    """Send one plain text. Raises WrongUsage where no mail server is set, aiosmtplib's errors where it refuses."""
    given = settings().smtp_url
    if given is None:
        raise WrongUsage("TAJDID_SMTP_URL is not set; expected smtp://user:password@host:port or smtps://….")
    message = EmailMessage()
    message["From"], message["To"] = sender, ", ".join(to)
    # What a line break in a name would begin is a header of its own.
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2] or None)
    message.set_content(body)
    await aiosmtplib.send(message, **server_of(given))
