"""WhatsApp and SMS over HTTP: what is asked of the service, and what its answer makes of the message."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from models.errors import Undelivered
from tasks.channels import web
from tasks.channels.channel import reference
from tasks.channels.web import digits_of
from tests.tasks import posting as p

SENDERS = 'whatsapp_sender = "1066"\nsms_sender = "CLUB"\n'
REFERENCE = reference("club", "payment_received", "p1", "")


@dataclass
class Service:
    """A web service: what it was asked, and how it answers."""

    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    hangs_up: bool = False
    url: str = ""


@contextmanager
def service(folder: Path, said: str = SENDERS) -> Iterator[Service]:
    """A service on this machine that both channels are set to, and a company that may send by them."""
    of = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            of.asked.append((self.path, dict(self.headers), content))
            if of.hangs_up:
                self.connection.close()
                return
            body = json.dumps(of.body).encode()
            self.send_response_only(of.status)
            for name, value in (of.headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    of.url = f"http://127.0.0.1:{server.server_port}"
    (folder / "companies" / "club").mkdir(parents=True, exist_ok=True)
    (folder / "companies" / "club" / "company.toml").write_text(said, encoding="utf-8")
    names = {
        "TAJDID_COMPANIES": str(folder / "companies"),
        "TAJDID_SMS_URL": f"{of.url}/sms",
        "TAJDID_SMS_TOKEN": "tok",
    }
    names |= {"TAJDID_WHATSAPP_URL": f"{of.url}/v23.0", "TAJDID_WHATSAPP_TOKEN": "hush"}
    with p.environment(**names):
        try:
            yield of
        finally:
            server.shutdown()
            server.server_close()


def test_whatsapp_is_asked_with_the_number_of_the_company_and_of_the_customer(folder):
    p.queue("payment_received", "p1", "c", channel="whatsapp")
    with service(folder) as asked:
        assert p.sent_at().counts["sent"] == 1
    [(path, headers, content)] = asked.asked
    assert (path, headers["Authorization"]) == ("/v23.0/1066/messages", "Bearer hush")
    assert headers["Idempotency-Key"] == content["biz_opaque_callback_data"] == REFERENCE
    assert (content["to"], content["type"]) == ("966500000003", "text")
    assert content["text"]["body"] == "payment_received p1 Cyrus"
    assert p.attempts() == [("p1", 1, "sent", "200")]


def test_where_a_template_was_approved_whatsapp_gets_the_text_as_its_parameter(folder):
    p.queue("payment_received", "p1", "c", channel="whatsapp", language="fa")
    with service(folder, f'{SENDERS}whatsapp_template = "news"') as asked:
        p.sent_at()
    content = asked.asked[0][2]
    assert content["type"] == "template"
    assert content["template"]["name"] == "news" and content["template"]["language"] == {"code": "fa"}
    [body] = content["template"]["components"]
    assert body["parameters"] == [{"type": "text", "text": "payment_received p1 Cyrus"}]


def test_sms_is_asked_with_what_any_gateway_needs(folder):
    p.queue("payment_received", "p1", "c", channel="sms")
    with service(folder) as asked:
        assert p.sent_at().counts["sent"] == 1
    [(path, headers, content)] = asked.asked
    assert (path, headers["Authorization"], headers["Idempotency-Key"]) == ("/sms", "Bearer tok", REFERENCE)
    told = {"from": "CLUB", "to": "+966500000003", "text": "payment_received p1 Cyrus", "reference": REFERENCE}
    assert content == told


@pytest.mark.parametrize(
    ("channel", "answer", "status"),
    [
        ("sms", {"status": 429}, "retry 429"),
        ("sms", {"status": 503}, "retry 503"),
        ("sms", {"status": 400}, "dead 400"),
        ("sms", {"status": 404}, "dead 404"),
        ("sms", {"hangs_up": True}, "unknown no_answer"),
        (
            "whatsapp",
            {"status": 400, "body": {"error": {"code": 131026, "message": "+966500000003"}}},
            "dead 400/131026",
        ),
        ("whatsapp", {"status": 400, "body": {"error": {"code": 130429}}}, "retry 400/130429"),
        ("whatsapp", {"status": 500, "body": []}, "retry 500"),
    ],
)
def test_an_answer_makes_of_a_message_what_it_means(folder, channel, answer, status):
    p.queue("payment_received", "p1", "c", channel=channel)
    with service(folder) as asked:
        for name, value in answer.items():
            setattr(asked, name, value)
        p.sent_at()
        p.sent_at()  # what may have gone out is not asked for again
    assert p.stands() == {"p1": status} and len(asked.asked) == 1


def test_an_answer_that_does_not_come_in_time_leaves_the_message_unknown(folder, monkeypatch):
    p.queue("payment_received", "p1", "c", channel="sms")
    monkeypatch.setattr(web, "TIMEOUT_S", 0.2)
    with service(folder) as asked:
        release = threading.Event()
        asked.body = type("Slow", (dict,), {})()
        monkeypatch.setattr(json, "dumps", _slow(json.dumps, release))
        p.sent_at()
        release.set()
    assert p.stands() == {"p1": "unknown no_answer"}


def _slow(dumps, release):
    """Keeps the service, and nobody else, from answering."""

    def wait(content, *args, **options):
        if type(content).__name__ == "Slow":
            release.wait(5)
        return dumps(content, *args, **options)

    return wait


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "600"}, timedelta(minutes=10)),
        (
            {"Retry-After": "Tue, 29 Feb 2028 09:20:00 GMT", "Date": "Tue, 29 Feb 2028 09:00:00 GMT"},
            timedelta(minutes=20),
        ),
        ({"Retry-After": "5"}, timedelta(minutes=1)),
        ({"Retry-After": "soon"}, timedelta(minutes=1)),
        ({"Retry-After": "999999999"}, timedelta(days=1)),
    ],
)
def test_a_service_that_asks_for_time_is_given_it(folder, headers, waits):
    p.queue("payment_received", "p1", "c", channel="sms")
    with service(folder) as asked:
        asked.status, asked.headers = 429, headers
        p.sent_at()
    with p.transaction() as connection:
        query = p.sa.select(p.messages.c.next_attempt_at)
        assert connection.execute(query).scalar_one() == p.NOON + waits


@pytest.mark.parametrize("status", [401, 403])
def test_a_service_that_refuses_the_token_stops_its_channel_without_telling_it(folder, status):
    p.queue("payment_received", "p1", "c", channel="whatsapp")
    p.queue("payment_received", "p2", "c", channel="whatsapp")
    with service(folder) as asked:
        asked.status = status
        with pytest.raises(Undelivered) as stopped:
            p.sent_at()
    assert "WhatsApp Cloud API refuses its token" in str(stopped.value) and "hush" not in str(stopped.value)
    assert p.stands() == {"p1": "queued", "p2": "queued"} and p.attempts() == []


def test_a_service_that_is_not_there_stops_its_channel_and_no_other(folder):
    p.queue("payment_received", "p1", "c", channel="whatsapp")
    p.queue("payment_received", "p2", "c", channel="sms")
    gone = p.environment(TAJDID_WHATSAPP_URL="http://127.0.0.1:1")
    with service(folder), gone, pytest.raises(Undelivered, match="cannot be reached"):
        p.sent_at()
    assert p.stands() == {"p1": "queued", "p2": "sent"}


def test_a_company_without_a_sender_waits(folder):
    p.queue("payment_received", "p1", "c", channel="sms")
    p.queue("payment_received", "p2", "c", channel="whatsapp")
    with service(folder, "") as asked:
        done = p.sent_at()
    assert asked.asked == [] and done.counts["waiting"] == 2
    assert "sms_sender in company.toml" in done.note and "whatsapp_sender in company.toml" in done.note


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        ("+966 50-000 0003", "966500000003"),
        ("00966500000003", "966500000003"),
        ("۰۰۹۸۹۱۲۱۲۳۴۵۶۷", "989121234567"),
        ("٩٦٦٥٠٠٠٠٠٠٠٣", "966500000003"),
        ("none", ""),
        ("12", ""),
        ("1" * 16, ""),
    ],
)
def test_a_number_is_its_digits(number, digits):
    assert digits_of(number) == digits
