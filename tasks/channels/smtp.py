"""Mail: a bounded pool of connections to one server, each used for one mail after the other."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import Any

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

from reports.company import Company
from tasks.channels.channel import Offer, Parcel, Refusing, Reply, fate_of
from tasks.channels.mime import BadAddress, address, compose

DATA_TIMEOUT_S = 120
"""A server that has all of a mail may look at it for long; to give up early would leave it unknown."""
_CLOSING = 421
_LOST = (SMTPServerDisconnected, OSError, TimeoutError)


class _Lost(Exception):
    """The connection was gone before anything of the content went out."""


@dataclass(frozen=True)
class _Mail:
    company: str
    sender: str
    to: str
    content: bytes


class Mails:
    """The mail server of the installation."""

    def __init__(self, server: dict[str, Any], connections: int) -> None:
        self._server, self._open = server, 0
        self._places: asyncio.Queue[SMTP | None] = asyncio.Queue()
        for _ in range(connections):
            self._places.put_nowait(None)

    def lacks(self, company: Company) -> str:
        """A company needs an address to write from."""
        return "" if company.email_from else "email_from in companies.csv"

    async def send(self, parcel: Parcel, offer: Offer) -> Reply:
        """One mail; where the connection is lost before its content goes out, once more on a fresh one."""
        try:
            mail = _Mail(parcel.company.company, _sender(parcel.company), address(parcel.to), compose(parcel))
        except BadAddress:
            return Reply("dead", "bad_address")
        for _ in range(2):
            smtp = await self._take()
            try:
                return await self._hand_over(smtp, mail, offer)
            except _Lost:
                smtp.close()
            finally:
                self._give_back(smtp)
        return Reply("retry", "connection_lost")

    async def close(self) -> None:
        """Say goodbye on all connections that are idle."""
        while not self._places.empty():
            smtp = self._places.get_nowait()
            if smtp is not None and smtp.is_connected:
                with contextlib.suppress(SMTPException, *_LOST):
                    await smtp.quit()

    async def _take(self) -> SMTP:
        """A connection of the pool. Raises Refusing where none can be made and none is there.

        A server that allows fewer connections than the pool has places is not refusing: the pool becomes smaller.
        """
        while True:
            smtp = await self._places.get()
            if smtp is not None and smtp.is_connected:
                return smtp
            if smtp is not None:
                self._open -= 1
            fresh = SMTP(**self._server)
            try:
                await fresh.connect()
            except (SMTPException, *_LOST) as error:
                if self._open and not isinstance(error, SMTPAuthenticationError):
                    continue
                self._places.put_nowait(None)
                raise Refusing(self._why(error)) from None
            self._open += 1
            return fresh

    def _give_back(self, smtp: SMTP) -> None:
        self._places.put_nowait(smtp)

    def _why(self, error: Exception) -> str:
        where = f"the mail server {self._server['hostname']}:{self._server['port']}"
        if isinstance(error, SMTPAuthenticationError):
            return f"{where} refuses the user and password of TAJDID_SMTP_URL ({error.code})"
        code = f" ({error.code})" if isinstance(error, SMTPResponseException) else f" ({type(error).__name__})"
        return f"{where} cannot be reached{code}"

    async def _hand_over(self, smtp: SMTP, mail: _Mail, offer: Offer) -> Reply:
        offered = False
        try:
            await smtp.mail(mail.sender)
            await smtp.rcpt(mail.to)
            await offer()
            if not smtp.is_connected:
                return Reply("retry", "connection_lost")
            offered = True
            accepted = await smtp.data(mail.content, timeout=DATA_TIMEOUT_S)
            return Reply("sent", str(accepted.code))
        except SMTPResponseException as refused:
            reply = _reply_to(refused, offered, mail.company)
            await _forget(smtp)
            return reply
        except _LOST:
            if not offered:
                raise _Lost from None
            smtp.close()
            return Reply("unknown", "lost_after_data")
        except BaseException:
            smtp.close()  # in the midst of a conversation
            raise


def _sender(company: Company) -> str:
    try:
        return address(company.email_from or "")
    except BadAddress:
        raise Refusing("its email_from is no address", company.company) from None


def _reply_to(refused: SMTPResponseException, offered: bool, company: str) -> Reply:
    """What a refusal means; raises _Lost where the server is about to close, Refusing where it wants no such sender."""
    code = refused.code
    if code == _CLOSING and not offered:
        raise _Lost
    if isinstance(refused, SMTPSenderRefused) and code >= 500:
        raise Refusing(f"the mail server takes no mail from its email_from ({code})", company)
    if isinstance(refused, (SMTPSenderRefused, SMTPRecipientRefused, SMTPDataError)) and 400 <= code < 600:
        return Reply(fate_of(code), str(code))
    return Reply("unknown", "answer_not_understood") if offered else Reply("retry", "answer_not_understood")


async def _forget(smtp: SMTP) -> None:
    """Let the connection be used for the next mail."""
    try:
        await smtp.rset()
    except (SMTPException, *_LOST):
        smtp.close()
