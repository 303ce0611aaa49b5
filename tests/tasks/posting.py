"""What the tests of delivery share: a mail server that does as it is told, messages to send, a fixed hour.

Noon of 29 February 2028 in Riyadh, a Tuesday.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller

from models.customers import customers
from models.errors import BrokenTemplate
from models.messages import messages
from reports.company import Company
from reports.messages.message import Attachment, Message, Rendered
from tasks.database import session, transaction
from tasks.delivery import deliver
from tasks.delivery_post import Writers
from tasks.settings import settings
from tasks.step import Outcome
from tests import processes
from tests.factories import club
from tests.site import free_port

__all__ = ["club", "processes", "settings"]

DAY = "2028-02-29"
NOON = datetime(2028, 2, 29, 9, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"


def read(connection: sa.Connection, message_ids: Sequence[int]) -> list[Message]:
    """The outbox as it stands."""
    m, c = messages.c, customers.c
    columns = (m.message_id, m.company, m.kind, m.subject, m.key, m.customer, c.name, m.language, m.on_date, m.facts)
    rows = sa.select(*columns).join_from(messages, customers, c.customer == m.customer)
    return [Message(*row) for row in connection.execute(rows.where(m.message_id.in_(message_ids)))]


def render(message: Message, company: Company) -> Rendered:
    """A text that says what it is about; an invoice goes with its document.

    `unwritable` cannot be written, and `misspelt` not with the company's template.
    """
    if message.subject == "unwritable":
        raise KeyError(message.name)
    if message.subject == "misspelt":
        raise BrokenTemplate(company.company, "messages/dunning.j2", 3, "'nmae' is undefined")
    said = f"{message.kind} {message.subject} {message.name}"
    documents = (("invoice", message.subject),) if message.kind == "invoice_issued" else ()
    return Rendered(said, f"{said}\n.\n{company.name}", f"<p>{said}</p>", said, documents)


def document(company: Company, kind: str, id_: str, language: str, as_of: date) -> Attachment:
    assert as_of.isoformat() == DAY
    return Attachment(f"{id_}.pdf", "application/pdf", f"%PDF {kind} {id_} {language} of {company.company}".encode())


def writers() -> Writers:
    return Writers(read, render, document)


def clock() -> datetime:
    return NOON


@dataclass
class Postman:
    """A mail server's mind: what it has accepted, and what it does with whom."""

    contents: list[bytes] = field(default_factory=list)
    """What it has accepted."""
    refuses: dict[str, str] = field(default_factory=dict)
    """Recipient, or `sender`, or `everybody`, -> its reply."""
    drops: set[str] = field(default_factory=set)
    """Recipients after whose content it hangs up: accepted and not said."""
    hangs_up_once: set[str] = field(default_factory=set)
    """Recipients after whose name it hangs up, the first time."""
    before_reply: Callable[[int], None] = lambda count: None
    """Called with the number of mails accepted, before the client hears of the last."""
    sessions: Counter[int] = field(default_factory=Counter)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if "sender" in self.refuses:
            return self.refuses["sender"]
        envelope.mail_from = address
        return "250 go on"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.hangs_up_once:
            self.hangs_up_once.remove(address)
            server.transport.close()
        if refusal := self.refuses.get(address, self.refuses.get("everybody")):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.sessions[id(session)] += 1
        self.contents.append(envelope.content)
        self.before_reply(len(self.contents))
        if envelope.rcpt_tos[0] in self.drops:
            server.transport.close()
        return "250 taken"

    @property
    def accepted(self) -> list[EmailMessage]:
        """The mails that it has accepted, as a mailbox would read them."""
        return [message_from_bytes(content, EmailMessage, policy=policy.default) for content in self.contents]

    @property
    def ids(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(re.search(rb"Message-ID: <(.*?)@", content)[1].decode() for content in self.contents)

    @property
    def subjects(self) -> list[str]:
        return sorted(mail["Subject"] for mail in self.accepted)


@contextmanager
def mail_server(port: int | None = None, **options: Any) -> Iterator[Postman]:
    """A server on this machine, which TAJDID_SMTP_URL names until the end."""
    postman = Postman()
    controller = Controller(postman, hostname="127.0.0.1", port=port or free_port(), **options)
    controller.start()
    # Server and sender share an interpreter here; they should not wait long for each other.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    with environment(TAJDID_SMTP_URL=f"smtp://127.0.0.1:{controller.port}"):
        try:
            yield postman
        finally:
            sys.setswitchinterval(interval)
            controller.stop(no_assert=True)


@contextmanager
def environment(**names: str) -> Iterator[None]:
    """Settings as the environment of a new process would give them."""
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        settings.cache_clear()


def sent_at(now: datetime = NOON) -> Outcome:
    """One delivery at a moment."""
    with session() as connection:
        return deliver(connection, lambda: now, writers)


def later(**time: int) -> datetime:
    return NOON + timedelta(**time)


def open_club(folder: Path, **company: Any) -> None:
    """A club that can write mails, with three members: a and b by mail, c by telephone."""
    folder.mkdir(exist_ok=True)
    numbers = {"whatsapp": "+966 50 000 0003", "phone": "0096650000000٣"}
    club(
        folder,
        company={"email_from": "billing@club.example"} | company,
        customers=[
            {"customer": "a", "name": "Amal", "email": "a@example.com"},
            {"customer": "b", "name": "Badr", "email": "b@example.com"},
            {"customer": "c", "name": "Cyrus"} | numbers,
        ],
    )


def queue(kind: str, subject: str, customer: str = "a", **columns: Any) -> int:
    """One message of the outbox; returns its id."""
    plain = {"company": "club", "channel": "email", "language": "en", "on_date": DAY, "run_id": 1}
    values = plain | {"kind": kind, "subject": subject, "customer": customer} | columns
    with transaction() as connection:
        return connection.execute(sa.insert(messages).values(values).returning(messages.c.message_id)).scalar_one()


def queue_expiring(kind: str, subject: str, expires_on: str = "2028-06-01", remaining: int = 1) -> None:
    """A message about a lot of customer a that expires on a day, and the lot."""
    credit_type = kind.removesuffix("_expiring")
    queue(kind, subject, facts={"credit_type": credit_type, "expires_on": expires_on, "quantity": "1"})
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tajdid.lots (customer, credit_type, source, source_id, quantity, remaining, starts_on,"
            f" expires_on, run_id) VALUES ('a', '{credit_type}', 'charge', '{subject}', 1, {remaining}, '2028-01-01',"
            f" '{expires_on}', 1)"
        )


def queue_many(count: int) -> None:
    """So many receipts, each for a customer of its own."""
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tajdid.customers (customer, company, kind, name, email)"
            f" SELECT 'n' || n, 'club', 'person', 'N ' || n, n || '@example.com' FROM generate_series(1, {count}) AS n;"
            "INSERT INTO tajdid.messages (kind, subject, customer, company, channel, language, on_date, run_id)"
            " SELECT 'payment_received', 'p' || n, 'n' || n, 'club', 'email', 'en', '2028-02-29', 1"
            f" FROM generate_series(1, {count}) AS n"
        )


def stands() -> dict[str, str]:
    """Subject -> status, with why where there is a why: `dead 550`."""
    rows = sa.text("SELECT subject, concat_ws(' ', status, why) FROM tajdid.messages ORDER BY message_id")
    with transaction() as connection:
        return {subject: status for subject, status in connection.execute(rows)}


def attempts() -> list[tuple[str, int, str, str]]:
    """Of each attempt its subject, number, outcome and reply."""
    rows = sa.text(
        "SELECT subject, attempt, outcome, reply FROM tajdid.deliveries JOIN tajdid.messages USING (message_id)"
        " ORDER BY subject, delivery_id"
    )
    with transaction() as connection:
        return [tuple(row) for row in connection.execute(rows)]


def statuses() -> Counter[str]:
    with transaction() as connection:
        return Counter(connection.execute(sa.select(messages.c.status)).scalars())
