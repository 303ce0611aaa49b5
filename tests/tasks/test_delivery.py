"""What becomes of a message (L1.6): sent once, tried again, dead, unknown; and when it waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.errors import Undelivered
from tasks import audit, database, delivery_post
from tasks.channels import smtp
from tasks.channels.channel import Reply
from tasks.database import rehearsal, session, transaction
from tasks.delivery import deliver
from tasks.delivery_claims import Claimed
from tasks.delivery_post import MOST_ATTEMPTS, settled
from tests.factories import day
from tests.tasks import posting as p


def test_without_a_server_messages_stay_queued_and_delivery_says_so(folder):
    p.queue("payment_received", "p1")
    done = p.sent_at()
    assert done.counts == {"sent": 0, "retry": 0, "dead": 0, "unknown": 0, "suppressed": 0, "waiting": 1}
    assert done.note == "Nothing is sent: set one of TAJDID_SMTP_URL, TAJDID_WHATSAPP_URL, TAJDID_SMS_URL."
    assert p.stands() == {"p1": "queued"}


def test_a_message_is_sent_once_however_often_delivery_runs(folder):
    p.queue("payment_received", "p1")
    p.queue("invoice_issued", "CLUB-2028-000001", "b")
    with p.mail_server() as server:
        first, again = p.sent_at(), p.sent_at()
    assert (first.counts["sent"], again.counts) == (2, again.counts | dict.fromkeys(again.counts, 0))
    assert p.stands() == {"p1": "sent", "CLUB-2028-000001": "sent"}
    assert server.subjects == ["invoice_issued CLUB-2028-000001 Badr", "payment_received p1 Amal"]
    [bill] = [mail for mail in server.accepted if mail["Subject"].startswith("invoice")]
    assert [(part.get_filename(), part.get_content()) for part in bill.iter_attachments()] == [
        ("CLUB-2028-000001.pdf", b"%PDF invoice CLUB-2028-000001 en of club")
    ]
    assert p.attempts() == [("CLUB-2028-000001", 1, "sent", "250"), ("p1", 1, "sent", "250")]


def test_what_is_refused_for_now_is_tried_again_after_a_pause(folder):
    p.queue("payment_received", "p1")
    with p.mail_server() as server:
        server.refuses["a@example.com"] = "451 later"
        assert p.sent_at().counts["retry"] == 1
        assert p.stands() == {"p1": "retry 451"}
        assert p.sent_at(p.later(seconds=59)).counts["retry"] == 0
        server.refuses.clear()
        assert p.sent_at(p.later(seconds=60)).counts["sent"] == 1
    assert p.attempts() == [("p1", 1, "retry", "451"), ("p1", 2, "sent", "250")]


def test_the_pauses_grow_and_the_last_attempt_is_the_last():
    minutes = []
    for attempts in range(MOST_ATTEMPTS - 1):
        made = settled(Claimed(1, "club", "email", "a", attempts, p.NOON), Reply("retry", "451"), p.NOON)
        minutes.append((made.next_attempt_at - p.NOON) // timedelta(minutes=1))
    assert minutes[:7] == [1, 5, 15, 60, 240, 240, 240] and set(minutes[5:]) == {240}
    last = settled(Claimed(1, "club", "email", "a", MOST_ATTEMPTS - 1, p.NOON), Reply("retry", "451"), p.NOON)
    assert (last.fate, last.said, last.next_attempt_at) == ("dead", "451", None)


def test_what_is_refused_for_good_is_dead_and_holds_up_nobody_else(folder):
    p.queue("payment_received", "p1", "a")
    p.queue("payment_received", "p2", "b")
    p.queue("payment_received", "p3", "c")  # without an address
    with p.mail_server() as server:
        server.refuses["a@example.com"] = "550 unknown"
        done = p.sent_at()
    assert (done.counts["sent"], done.counts["dead"]) == (1, 2)
    assert p.stands() == {"p1": "dead 550", "p2": "sent", "p3": "dead no_address"}


def test_a_connection_lost_after_the_content_is_unknown_and_never_sent_again(folder):
    p.queue("payment_received", "p1", "a")
    p.queue("payment_received", "p2", "b")
    with p.mail_server() as server:
        server.drops.add("a@example.com")
        assert p.sent_at().counts["unknown"] == 1
        p.sent_at(p.later(days=1))
    assert p.stands() == {"p1": "unknown lost_after_data", "p2": "sent"}
    assert set(server.ids.values()) == {1}


def test_a_connection_lost_before_the_content_costs_nothing(folder):
    p.queue("payment_received", "p1", "a")
    with p.mail_server() as server:
        server.hangs_up_once.add("a@example.com")
        assert p.sent_at().counts["sent"] == 1
    assert p.attempts() == [("p1", 1, "sent", "250")]


def test_a_server_that_is_not_there_stops_the_run_and_costs_no_message_an_attempt(folder):
    p.queue_many(30)
    with p.environment(TAJDID_SMTP_URL="smtp://127.0.0.1:1"), pytest.raises(Undelivered) as stopped:
        p.sent_at()
    assert "127.0.0.1:1 cannot be reached" in str(stopped.value)
    assert stopped.value.exit_code == 1
    assert p.statuses() == {"queued": 30} and p.attempts() == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_that_refuses_the_password_stops_the_run_without_telling_it(folder):
    p.queue_many(3)
    with p.mail_server(auth_required=True, auth_require_tls=False, authenticator=lambda *_: False):
        url = p.settings().smtp_url.get_secret_value()
        named = url.replace("//", "//me:hush%40@")
        with p.environment(TAJDID_SMTP_URL=named), pytest.raises(Undelivered) as stopped:
            p.sent_at()
    assert "refuses the user and password" in str(stopped.value)
    assert "hush" not in str(stopped.value)
    assert p.statuses() == {"queued": 3}


def test_a_server_that_refuses_everybody_is_not_given_everybody(folder):
    p.queue_many(100)
    with p.mail_server() as server, p.environment(TAJDID_SMTP_CONNECTIONS="2"):
        server.refuses["everybody"] = "554 relay access denied"
        with pytest.raises(Undelivered, match=r"in a row \(554\)"):
            p.sent_at()
    assert p.statuses()["dead"] <= 22 and p.statuses()["queued"] >= 78


def test_a_company_whose_sender_is_refused_does_not_stop_the_others(folder):
    p.club(folder / "two", companies=[{"company": "two", "name": "Two", "email_from": "no address"}])
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tajdid.customers SELECT 'z', 'two', kind, name, birth_date, 'z@example.com'"
            " FROM tajdid.customers WHERE customer = 'a'"
        )
    p.queue("payment_received", "p1", "z", company="two")
    p.queue("payment_received", "p2", "a")
    with p.mail_server(), pytest.raises(Undelivered, match="two: its email_from is no address"):
        p.sent_at()
    assert p.stands() == {"p1": "queued", "p2": "sent"}


def test_what_cannot_be_written_waits_for_better_templates_and_is_told(folder, caplog):
    p.queue("payment_received", "unwritable")
    p.queue("payment_received", "p2")
    with p.mail_server(), pytest.raises(Undelivered, match="1 messages could not be written or sent"):
        p.sent_at()
    assert p.stands() == {"unwritable": "retry unwritten", "p2": "sent"}
    assert "Amal" not in caplog.text and "KeyError" in caplog.text


def test_an_error_that_nobody_foresaw_stops_no_other_message(folder, monkeypatch):
    p.queue("payment_received", "p1", "a")
    p.queue("payment_received", "p2", "b")
    compose = smtp.compose

    def poisoned(parcel):
        if parcel.message.subject == "p1":
            raise ValueError("Amal")
        return compose(parcel)

    monkeypatch.setattr(smtp, "compose", poisoned)
    with p.mail_server(), pytest.raises(Undelivered, match="1 messages could not be written or sent"):
        p.sent_at()
    assert p.stands() == {"p1": "retry ValueError", "p2": "sent"}


def test_what_was_sent_before_the_run_failed_is_known_to_be_sent(folder, monkeypatch):
    p.queue_many(6)
    monkeypatch.setattr(delivery_post, "BATCH", 3)
    read, asked = p.read, []

    def failing(connection, message_ids):
        asked.append(message_ids)
        if len(asked) == 2:
            raise OSError("no more")
        return read(connection, message_ids)

    monkeypatch.setattr(p, "read", failing)
    with p.mail_server() as server:
        with pytest.raises(OSError, match="no more"):
            p.sent_at()
        assert p.statuses() == {"sent": 3, "queued": 3}
        assert p.sent_at().counts["sent"] == 3
    assert set(server.ids.values()) == {1}


def test_more_messages_than_a_batch_go_out_by_no_more_connections_than_are_allowed(folder):
    p.queue_many(210)
    with p.mail_server() as server, p.environment(TAJDID_SMTP_CONNECTIONS="3"):
        assert p.sent_at().counts["sent"] == 210
    assert len(server.ids) == 210 and len(server.sessions) <= 3


def test_two_senders_at_once_send_each_message_once(folder):
    p.queue_many(210)
    with p.mail_server() as server:
        children = [p.processes.start(p.sent_at) for _ in range(2)]
        assert p.processes.ended(*children) == [0, 0]
    assert set(server.ids.values()) == {1} and p.statuses() == {"sent": 210}


@pytest.mark.parametrize(
    ("at", "sent"),
    [
        ("2028-02-29T04:59:59", []),  # quiet until eight in Riyadh
        ("2028-02-29T05:00:00", ["d", "r", "x"]),
        ("2028-02-29T17:59:59", ["d", "r", "x"]),
        ("2028-02-29T18:00:00", []),  # from nine in the evening
        ("2028-03-03T09:00:00", ["r"]),  # a Friday: receipts only
        ("2028-03-04T09:00:00", ["r"]),
        ("2028-03-05T09:00:00", ["d", "r", "x"]),  # Sunday, a working day
    ],
)
def test_quiet_hours_and_weekends_are_the_companys(folder, at, sent):
    wish(folder, "quiet_mail = true")
    p.queue("payment_received", "r")
    p.queue_expiring("points_expiring", "x")
    p.queue_expiring("credits_expiring", "d")
    with p.mail_server(), p.environment(TAJDID_COMPANIES=str(folder / "companies")):
        done = p.sent_at(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert sorted(subject for subject, status in p.stands().items() if status == "sent") == sent
    assert done.counts["waiting"] == 3 - len(sent)


def wish(folder: Path, words: str) -> None:
    """What the club wishes, in the folder of companies that `TAJDID_COMPANIES` names."""
    (folder / "companies" / "club").mkdir(parents=True)
    (folder / "companies" / "club" / "company.toml").write_text(words)


def test_mail_rings_nobody_and_waits_for_no_morning(folder):
    p.queue("payment_received", "r")
    with p.mail_server():
        assert p.sent_at(datetime(2028, 2, 29, 22, tzinfo=UTC)).counts["sent"] == 1


def test_delivery_by_itself_judges_by_the_day_that_it_is_run_for(folder):
    """A store whose days lie in the past is not behind, and its messages are no old news, on a day of its own."""
    p.queue("payment_received", "r")
    with p.mail_server(), session() as connection:
        late = deliver(connection, lambda: p.later(days=400), p.writers, today=p.NOON.date())
        assert late.counts["sent"] == 1


def test_what_lacks_a_way_out_waits_and_is_told(folder):
    p.club(folder / "two", companies=[{"company": "two", "name": "Two"}])
    p.queue("payment_received", "p1", company="two")
    p.queue("payment_received", "p2", channel="letter")
    p.queue("payment_received", "p3", channel="sms")
    with p.mail_server():
        done = p.sent_at()
    assert done.counts["waiting"] == 3
    assert done.note == (
        "1 letters of club wait for paper; 1 of club by sms wait for TAJDID_SMS_URL; "
        "1 of two by email wait for email_from in companies.csv."
    )


def test_nothing_is_sent_before_the_missed_days_are_made_up(folder):
    p.queue("payment_received", "p1")
    with transaction() as connection:
        connection.exec_driver_sql(
            "INSERT INTO tajdid.runs (flow, as_of, state, finished_at)"
            " VALUES ('nightly', '2028-02-27', 'completed', now())"
        )
    with p.mail_server():
        done = p.sent_at()
        assert done.counts["waiting"] == 1 and "up to 2028-02-27" in done.note
        with transaction() as connection:
            connection.exec_driver_sql("UPDATE tajdid.runs SET as_of = '2028-02-28'")
        assert p.sent_at().counts["sent"] == 1


def test_a_rehearsal_counts_what_would_be_sent_and_sends_nothing(folder):
    p.queue_many(205)
    p.queue("payment_received", "old", on_date="2028-01-01")
    with p.mail_server() as server:
        with rehearsal() as connection:
            foretold = deliver(connection, p.clock, p.writers)
        assert server.accepted == [] and p.statuses() == {"queued": 206}
        assert p.sent_at().counts == foretold.counts
    assert (foretold.counts["sent"], foretold.counts["suppressed"]) == (205, 1)


def test_a_delivery_leaves_a_store_that_the_audit_finds_sound(folder):
    p.queue_many(5)
    with p.mail_server() as server:
        server.refuses |= {"1@example.com": "450 later", "2@example.com": "550 no"}
        server.drops.add("3@example.com")
        p.sent_at()
    with transaction() as connection:
        assert audit.breaks(connection, day(p.DAY)) == []
        plan = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert connection.execute(sa.text(plan)).scalar_one() == 0
    assert database.engine().pool.checkedout() == 0
