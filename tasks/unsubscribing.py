"""Links by which a customer unsubscribes from reminders with one click (RFC 8058): made, and read again.

What the link leads to is the company's own page: it reads the token and gives the customer the tag `no-reminders` by
the next file of customers, which delivery obeys. Nothing is written here.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple

from models.errors import WrongUsage
from reports.company import Company
from tasks.settings import settings

REMINDERS = "reminders"
"""The class of messages that a customer can unsubscribe from."""
_SEPARATOR = "\x1f"


class Unsubscribed(NamedTuple):
    """Who wants no more of what."""

    company: str
    customer: str
    kinds: str


def link(company: Company, customer: str) -> str | None:
    """The link for a customer; None where the company has no page, or the installation no key."""
    page, key = company.wishes.unsubscribe_url, settings().unsubscribe_key
    if page is None or key is None:
        return None
    told = _text(_SEPARATOR.join(Unsubscribed(company.company, customer, REMINDERS)).encode())
    joint = "&" if "?" in page else "?"
    return f"{page}{joint}token={told}.{_signature(key.get_secret_value(), told)}"


def read_token(token: str) -> Unsubscribed:
    """Who unsubscribes; raises WrongUsage for a token that this installation has not signed."""
    key = settings().unsubscribe_key
    told, _, signature = token.partition(".")
    wanted = _signature(key.get_secret_value(), told) if key else ""
    if not key or not hmac.compare_digest(signature.encode(), wanted.encode()):
        raise WrongUsage(
            "The token is none that this installation has signed; expected the one of a link in a reminder. "
            "See that TAJDID_UNSUBSCRIBE_KEY is the one that it was signed with."
        )
    return Unsubscribed(*urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode().split(_SEPARATOR))


def _signature(key: str, told: str) -> str:
    return _text(hmac.new(key.encode(), told.encode(), sha256).digest())


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
