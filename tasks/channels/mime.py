"""A message as a mail: the same bytes at each attempt, and no name that a mail program would take for more."""

from __future__ import annotations

import re
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from models.rules.delivery import REMINDERS
from tasks.channels.channel import Parcel
from tasks.unsubscribing import link

_BREAKS = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]+")
"""What could begin a line, and so a header of its own."""
_TURNS = re.compile(r"[\u202a-\u202e\ufeff]")
"""What turns the direction of all that follows; the isolates of our own texts end with what they isolate."""
_ISOLATES = re.compile(r"[\u2066-\u2069\u200e\u200f\u061c]")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# A link longer than a line would be cut into encoded words; each line of ours is far below the limit of RFC 5322.
_POLICY = SMTP.clone(max_line_length=900)


class BadAddress(Exception):
    """An address that no server can be given."""


def compose(parcel: Parcel) -> bytes:
    """The mail. Raises BadAddress for a recipient or a sender that is none."""
    company, rendered = parcel.company, parcel.rendered
    sender = address(company.email_from or "")
    mail = EmailMessage(_POLICY)
    mail["From"] = Address(name(company.name), addr_spec=sender)
    mail["To"] = Address(name(parcel.message.name), addr_spec=address(parcel.to))
    if company.wishes.reply_to:
        mail["Reply-To"] = Address(name(company.name), addr_spec=address(company.wishes.reply_to))
    mail["Subject"] = line(rendered.subject)
    mail["Date"] = format_datetime(parcel.dated.astimezone(company.zone))
    mail["Message-ID"] = message_id(parcel.reference, sender)
    # RFC 3834: no holiday notice shall answer it.
    mail["Auto-Submitted"] = "auto-generated"
    unsubscribing = link(company, parcel.message.customer) if parcel.message.kind in REMINDERS else None
    if unsubscribing:
        mail["List-Unsubscribe"] = f"<{unsubscribing}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(rendered.text, cte="base64")
    mail.add_alternative(rendered.html, subtype="html", cte="base64")
    for attached in parcel.attachments:
        main, _, sub = attached.content_type.partition("/")
        mail.add_attachment(attached.content, maintype=main, subtype=sub, filename=line(attached.name))
    _fix_boundaries(mail, parcel.reference)
    return mail.as_bytes()


def message_id(reference: str, sender: str) -> str:
    """The Message-ID of a message, by which server logs and mailboxes know it: the same at each attempt."""
    return f"<{reference}@{sender.rpartition('@')[2]}>"


def line(text: str) -> str:
    """A text on one line, that turns the direction of nothing."""
    return _BREAKS.sub(" ", _TURNS.sub("", text)).strip()


def name(text: str) -> str:
    """A name as it may stand before an address."""
    return line(_ISOLATES.sub("", text))


def address(text: str) -> str:
    """An address with its domain in ASCII; raises BadAddress where it is none that every server takes."""
    local, _, domain = text.strip().rpartition("@")
    try:
        written = f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise BadAddress from None
    if not _ADDRESS.fullmatch(written) or ".." in local or local.startswith(".") or local.endswith("."):
        raise BadAddress
    return written


def _fix_boundaries(mail: EmailMessage, reference: str) -> None:
    """The library draws them at random."""
    for index, part in enumerate(part for part in mail.walk() if part.is_multipart()):
        part.set_boundary(f"=_{reference}_{index}")
