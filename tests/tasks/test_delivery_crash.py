"""A sender may be killed anywhere: no message is lost, none is sent twice, and what nobody can know is unknown."""

from __future__ import annotations

import os
import signal

import pytest
import sqlalchemy as sa

from tasks.channels.channel import reference
from tasks.database import transaction
from tasks.delivery_decisions import confirm, resend
from tests import processes
from tests.tasks import posting as p


def killed(server: p.Postman, count: int) -> None:
    """A sender in a process of its own, killed when the server has just accepted so many mails, before it says so."""
    child = processes.start(p.sent_at)
    server.before_reply = lambda accepted: os.kill(child.pid, signal.SIGKILL) if accepted == count else None
    assert processes.ended(child) == [-signal.SIGKILL]
    server.before_reply = lambda accepted: None


def unknown_by_reference() -> dict[str, int]:
    query = sa.text("SELECT message_id, company, kind, subject, key FROM tajdid.messages WHERE status = 'unknown'")
    with transaction() as connection:
        return {reference(*row[1:]): row.message_id for row in connection.execute(query)}


@pytest.mark.parametrize("strike", range(1, 60, 6))
def test_killed_by_statement_nothing_is_lost_and_nothing_sent_twice(folder, strike):
    """Wherever between two statements it dies."""
    p.queue_many(12)
    with p.mail_server() as server, p.environment(TAJDID_SMTP_CONNECTIONS="2"):
        child = processes.start(processes.dying_at_statement, strike, p.sent_at)
        assert processes.ended(child) in ([-signal.SIGKILL], [0])
        p.sent_at()
        unknown = unknown_by_reference()
        assert len(unknown) <= 2 and set(server.ids.values()) <= {1}
        assert len(server.ids.keys() | unknown.keys()) == 12
    assert p.statuses() == p.Counter(sent=12 - len(unknown)) + p.Counter(unknown=len(unknown))


def test_killed_twice_all_messages_arrive_and_none_twice(folder):
    """What is unknown is at most a message a connection; the server's log settles it by the Message-ID."""
    p.queue_many(60)
    with p.mail_server() as server, p.environment(TAJDID_SMTP_CONNECTIONS="4"):
        killed(server, 15)
        killed(server, 35)
        p.sent_at()
        unknown = unknown_by_reference()
        assert 0 < len(unknown) <= 8
        assert len(server.ids.keys() | unknown.keys()) == 60
        arrived = server.ids.keys() & unknown.keys()
        assert arrived
        confirm([unknown[name] for name in arrived], "in the server's log", "ops")
        if missing := unknown.keys() - arrived:
            resend([unknown[name] for name in missing], "not in the server's log", "ops")
        p.sent_at()
    assert p.statuses() == {"sent": 60}
    assert len(server.ids) == 60 and set(server.ids.values()) == {1}


def test_what_a_killed_sender_had_only_claimed_goes_out_by_the_next(folder):
    p.queue("payment_received", "p1")
    with transaction() as connection:
        gone = {"status": "sending", "sender": 7 << 40, "claimed_at": p.NOON}
        connection.execute(sa.update(p.messages).values(gone))
    with p.mail_server():
        assert p.sent_at().counts["sent"] == 1


def test_what_a_living_sender_has_is_left_to_it(folder):
    p.queue("payment_received", "p1")
    p.queue("payment_received", "p2")
    with transaction() as connection, p.mail_server() as server:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(7 << 40)))
        with transaction() as other:
            claimed = {"status": "sending", "sender": 7 << 40, "claimed_at": p.NOON, "offered_at": p.NOON}
            other.execute(sa.update(p.messages).where(p.messages.c.subject == "p1").values(claimed))
        assert p.sent_at().counts["sent"] == 1
        assert p.stands() == {"p1": "sending", "p2": "sent"}
        connection.rollback()
        assert p.sent_at().counts == {"sent": 0, "retry": 0, "dead": 0, "unknown": 1, "suppressed": 0, "waiting": 0}
    assert p.stands()["p1"] == "unknown sender_lost"
    assert server.subjects == ["payment_received p2 Amal"]


def test_the_bytes_of_a_message_are_the_same_at_each_attempt(folder):
    p.queue("invoice_issued", "CLUB-2028-000001")
    with p.mail_server() as server:
        server.drops.add("a@example.com")
        p.sent_at()
        server.drops.clear()
        resend(list(unknown_by_reference().values()), "the server has forgotten it", "ops")
        p.sent_at(p.later(hours=3))
    first, second = server.contents
    assert first == second
    assert p.attempts() == [
        ("CLUB-2028-000001", 1, "unknown", "lost_after_data"),
        ("CLUB-2028-000001", 1, "sent", "250"),
    ]
