"""A message as a mail: the same bytes at each attempt, and no name that a mail program would take for more."""

from __future__ import annotations

import re
from email.encoders import encode_base64
from email.header import Header
from email.message import Message as Part
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from models.rules.delivery import REMINDERS
from reports.language.cleaning import name_line, one_line
from reports.messages.message import Attachment
from tasks.channels.channel import Parcel
from tasks.unsubscribing import link

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
# The older half of the library: with the newer one a mail takes ten times as long to write.
# What is folded below stays folded; a link must not be.
_POLICY = compat32.clone(linesep="\r\n", max_line_length=900)


class BadAddress(Exception):
    """An address that no server can be given."""


def compose(parcel: Parcel) -> bytes:
    """The mail. Raises BadAddress for a recipient or a sender that is none."""
    company, sender = parcel.company, address(parcel.company.email_from or "")
    mail = _body(parcel)
    mail["From"] = _mailbox(company.name, sender)
    mail["To"] = _mailbox(parcel.message.name, address(parcel.to))
    if company.wishes.reply_to:
        mail["Reply-To"] = _mailbox(company.name, address(company.wishes.reply_to))
    mail["Subject"] = _words(one_line(parcel.rendered.subject))
    mail["Date"] = format_datetime(parcel.dated.astimezone(company.zone))
    mail["Message-ID"] = message_id(parcel.reference, sender)
    # RFC 3834: no holiday notice shall answer it.
    mail["Auto-Submitted"] = "auto-generated"
    unsubscribing = link(company, parcel.message.customer) if parcel.message.kind in REMINDERS else None
    if unsubscribing:
        mail["List-Unsubscribe"] = f"<{unsubscribing}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return mail.as_bytes(policy=_POLICY)


def _body(parcel: Parcel) -> Part:
    """Text and page; beside them, where there are any, documents. The library would draw the boundaries at random."""
    texts = MIMEMultipart("alternative", boundary=f"=_{parcel.reference}_1")
    texts.attach(MIMEText(parcel.rendered.text, "plain", "utf-8"))
    texts.attach(MIMEText(parcel.rendered.html, "html", "utf-8"))
    if not parcel.attachments:
        return texts
    whole = MIMEMultipart("mixed", boundary=f"=_{parcel.reference}_0")
    for part in (texts, *map(_attached, parcel.attachments)):
        del part["MIME-Version"]
        whole.attach(part)
    return whole


def _attached(document: Attachment) -> Part:
    part = MIMEBase(*document.content_type.split("/", 1))
    part.set_payload(document.content)
    encode_base64(part)
    called = one_line(document.name)
    part.add_header("Content-Disposition", "attachment", filename=called if called.isascii() else ("utf-8", "", called))
    return part


def _words(text: str) -> str:
    """A text as it stands in a header; one that looks encoded is encoded, so that it is read as it is."""
    return Header(text, "us-ascii" if text.isascii() and "=?" not in text else "utf-8", header_name="Subject").encode()


def _mailbox(of: str, written: str) -> str:
    """A name, which nobody can take for an address, and its address."""
    known = name_line(of)
    if known.isascii() and "=?" not in known:
        return formataddr((known, written))
    both = Header(known, "utf-8", header_name="Reply-To")
    both.append(f"<{written}>", "us-ascii")
    return both.encode()


def message_id(reference: str, sender: str) -> str:
    """The Message-ID of a message, by which server logs and mailboxes know it: the same at each attempt."""
    return f"<{reference}@{sender.rpartition('@')[2]}>"


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
