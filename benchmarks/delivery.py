"""How fast is delivery, how far from plain aiosmtplib, and does a sender that is killed twice lose or double a mail?

    python benchmarks/delivery.py --size 10000

A mail server in a process of its own notes the Message-ID of each mail that it has accepted. To it go, in turn

    floor      ready-made mails of the same bytes, by plain aiosmtplib over the same number of connections
    delivery   the same messages out of a store: claimed, written, offered, sent, recorded
    nothing    a delivery with nothing due, in the store of `size` messages
    killed     the messages out of a fresh store, the sender killed after a third and after two thirds of them; those of
               which nobody knows are looked up in the server's notes, confirmed or sent again

Nothing is shown unless the server has accepted each message exactly once, in each of these. The last line is one JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import sqlalchemy as sa
from aiosmtpd.smtp import SMTP as Server
from aiosmtplib import SMTP

from benchmarks import databases
from models.messages import messages
from reports.company import Company
from reports.messages.message import Attachment, Message, Rendered
from tasks.channels.channel import Parcel, reference
from tasks.channels.mime import compose
from tasks.company_folders import companies_of_store
from tasks.database import session, transaction
from tasks.delivery import deliver
from tasks.delivery_decisions import confirm, resend
from tasks.delivery_post import Writers
from tasks.settings import settings

NOON = datetime(2028, 2, 29, 9, tzinfo=UTC)
FORK = multiprocessing.get_context("fork")
MESSAGE_ID = re.compile(rb"^Message-ID: <([^@]*)@", re.MULTILINE)
STORE = """
INSERT INTO tajdid.companies (company, name, timezone, currency, language, invoice_prefix, email_from)
    VALUES ('c1', 'نادي الواحة', 'Asia/Riyadh', 'SAR', 'ar', 'C', 'billing@club.example');
INSERT INTO tajdid.customers (customer, company, kind, name, email)
    SELECT 'cu' || n, 'c1', 'person', 'عضو ' || n, n || '@example.com' FROM generate_series(1, {size}) n;
INSERT INTO tajdid.messages (kind, subject, customer, company, channel, language, on_date, facts, run_id)
    SELECT 'payment_received', 'p' || n, 'cu' || n, 'c1', 'email', 'ar', '2028-02-29', '{{"amount_minor": 23000}}', 0
    FROM generate_series(1, {size}) n;
"""
TEXT = "عزيزي {name}، وصلتنا دفعتك {subject}. شكرًا لك.\n" * 8


def main() -> None:
    """Measure, prove, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=10_000, help="messages")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--latency-ms", type=float, default=0, help="how long the server takes to accept a mail")
    arguments = parser.parse_args()
    size, connections = arguments.size, arguments.connections
    with databases.server() as server, mail_server(arguments.latency_ms / 1000) as accepted:
        os.environ["TAJDID_SMTP_CONNECTIONS"] = str(connections)
        prepare(server, size)
        figures = {"floor": floor(accepted, connections), "delivery": in_one_go(server, accepted, size)}
        figures |= {"nothing": timed(send)}
        proof = killed(server, accepted, size)
    rates = {f"{name}_per_second": round(size / figures[name]) for name in ("floor", "delivery")}
    shown = {"size": size, "connections": connections, "latency_ms": arguments.latency_ms} | rates
    shown |= {"ratio": round(figures["delivery"] / figures["floor"], 2)}
    print(json.dumps(shown | {"nothing_due_seconds": round(figures["nothing"], 4)} | proof))


class Accepted:
    """The notes of the mail server: a line a mail that it has accepted."""

    def __init__(self, path: Path) -> None:
        self._path, self._seen = path, 0

    def forget(self) -> None:
        """Count anew from here."""
        self._seen = self._path.stat().st_size

    def ids(self) -> Counter[str]:
        """How often each reference was accepted."""
        with self._path.open("rb") as notes:
            notes.seek(self._seen)
            return Counter(notes.read().decode().split())

    def require_each_once(self, size: int) -> None:
        """Nothing lost and nothing doubled, or there is no figure."""
        found = self.ids()
        if len(found) != size or found.total() != size:
            raise SystemExit(
                f"{found.total()} mails were accepted of {len(found)} messages; expected {size} of {size}."
            )


@contextmanager
def mail_server(latency_s: float) -> Iterator[Accepted]:
    """A server in a process of its own, which TAJDID_SMTP_URL names."""
    with tempfile.TemporaryDirectory() as folder:
        notes, port = Path(folder) / "accepted", FORK.Value("i", 0)
        notes.touch()
        process = FORK.Process(target=lambda: asyncio.run(_serve(notes, port, latency_s)), daemon=True)
        process.start()
        while not port.value:
            time.sleep(0.01)
        os.environ["TAJDID_SMTP_URL"] = f"smtp://127.0.0.1:{port.value}"
        settings.cache_clear()
        try:
            yield Accepted(notes)
        finally:
            process.kill()


async def _serve(notes: Path, port: Any, latency_s: float) -> None:
    with notes.open("ab", buffering=0) as file:

        class Handler:
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                await asyncio.sleep(latency_s)
                found = MESSAGE_ID.search(envelope.content)
                assert found
                file.write(found[1] + b"\n")
                return "250 taken"

        loop = asyncio.get_running_loop()
        serving = await loop.create_server(lambda: Server(Handler(), hostname="bench"), "127.0.0.1", 0)
        port.value = serving.sockets[0].getsockname()[1]
        await serving.serve_forever()


def prepare(server: str, size: int) -> None:
    """The store to be copied."""
    databases.use(server, databases.PREPARED, databases.EMPTY)
    with transaction() as connection:
        connection.exec_driver_sql(STORE.format(size=size))
    databases.vacuum()


def floor(accepted: Accepted, connections: int) -> float:
    """Seconds of plain aiosmtplib for the same bytes."""
    with transaction() as connection:
        (company,) = companies_of_store(connection)
        all_ids = list(connection.execute(sa.select(messages.c.message_id)).scalars())
        due = read(connection, all_ids)
    parcels = [Parcel(one, company, f"{one.customer[2:]}@example.com", NOON, render(one, company)) for one in due]
    mails = [(parcel.to, compose(parcel)) for parcel in parcels]
    accepted.forget()
    seconds = timed(lambda: asyncio.run(_plainly(mails, connections)))
    accepted.require_each_once(len(parcels))
    return seconds


async def _plainly(mails: list[tuple[str, bytes]], connections: int) -> None:
    hostname, port = os.environ["TAJDID_SMTP_URL"].removeprefix("smtp://").split(":")

    async def line() -> None:
        async with SMTP(hostname=hostname, port=int(port)) as smtp:
            while mails:
                to, content = mails.pop()
                await smtp.mail("billing@club.example")
                await smtp.rcpt(to)
                await smtp.data(content)

    await asyncio.gather(*(line() for _ in range(connections)))


def in_one_go(server: str, accepted: Accepted, size: int) -> float:
    """Seconds of a delivery that nobody disturbs."""
    databases.use(server, databases.STEP, databases.PREPARED)
    databases.checkpoint(server)
    accepted.forget()
    seconds = timed(send)
    accepted.require_each_once(size)
    return seconds


def killed(server: str, accepted: Accepted, size: int) -> dict[str, int]:
    """A sender that is killed twice, what is known then, and the proof that in the end each message arrived once."""
    databases.use(server, databases.FLOOR, databases.PREPARED)
    accepted.forget()
    for part in (1, 2):
        kill(begin(), accepted, size * part // 3)
    send()
    arrived, unknown = accepted.ids(), unknown_messages()
    lost = size - len(arrived.keys() | unknown.keys())
    doubled = sum(count > 1 for count in arrived.values())
    if lost or doubled:
        raise SystemExit(f"{lost} mails were lost and {doubled} doubled; expected none.")
    seen = [unknown[name] for name in unknown if name in arrived]
    unseen = [unknown[name] for name in unknown if name not in arrived]
    if seen:
        confirm(seen, "in the server's notes", "benchmark")
    if unseen:
        resend(unseen, "not in the server's notes", "benchmark")
    send()
    accepted.require_each_once(size)
    with transaction() as connection:
        left = connection.execute(sa.select(sa.func.count()).where(messages.c.status != "sent")).scalar_one()
    if left:
        raise SystemExit(f"{left} messages are not sent; expected none.")
    return {"killed": 2, "lost": 0, "doubled": 0, "unknown_arrived": len(seen), "unknown_sent_again": len(unseen)}


def begin() -> ForkProcess:
    """A sender in a process of its own."""
    databases.leave()
    process = FORK.Process(target=send, daemon=True)
    process.start()
    return process


def kill(process: ForkProcess, accepted: Accepted, after: int) -> None:
    """Kill a sender as soon as the server has accepted so many mails in all."""
    while accepted.ids().total() < after:
        if process.exitcode is not None:
            raise SystemExit("The sender ended before it was killed; expected it to be at work.")
        time.sleep(0.005)
    process.kill()
    process.join()
    if process.exitcode != -signal.SIGKILL:
        raise SystemExit(f"The sender ended with {process.exitcode} before it was killed.")


def unknown_messages() -> dict[str, int]:
    """Reference -> number of each message of which nobody knows."""
    m = messages.c
    rows = sa.select(m.message_id, m.company, m.kind, m.subject, m.key).where(m.status == "unknown")
    with transaction() as connection:
        return {reference(*row[1:]): row.message_id for row in connection.execute(rows)}


def send() -> None:
    """One delivery."""
    with session() as connection:
        deliver(connection, lambda: NOON, lambda: Writers(read, render, _no_document))


def read(connection: sa.Connection, message_ids: Sequence[int]) -> list[Message]:
    """The outbox as it stands; a name made of the customer's id."""
    m = messages.c
    columns = (
        m.message_id,
        m.company,
        m.kind,
        m.subject,
        m.key,
        m.customer,
        m.customer,
        m.language,
        m.on_date,
        m.facts,
    )
    wanted = m.message_id == sa.func.any(sa.cast(list(message_ids), sa.ARRAY(sa.BigInteger)))
    return [Message(*row) for row in connection.execute(sa.select(*columns).where(wanted))]


def render(message: Message, company: Company) -> Rendered:
    """A text of a few lines and a page of the same."""
    text = TEXT.format(name=message.name, subject=message.subject)
    return Rendered(f"وصلتنا دفعتك {message.subject}", text, f"<p dir=rtl>{text}</p>", text[:100])


def _no_document(company: Company, kind: str, id_: str, language: str, as_of: date) -> Attachment:
    raise LookupError(kind)


def timed(work: Any) -> float:
    """Seconds that `work` takes."""
    return databases.timed(work)[0]


if __name__ == "__main__":
    main()
