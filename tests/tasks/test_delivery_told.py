"""What a run of delivery says of messages that wait: for a template, for their next attempt, for paper."""

from __future__ import annotations

import sys

import pytest

from flows import cli
from models.errors import Undelivered, WrongUsage
from reports.documents.document import CannotWrite
from tasks.channels.channel import Reply
from tasks.delivery_claims import Claimed
from tasks.delivery_decisions import confirm
from tasks.delivery_post import MOST_ATTEMPTS, UNWRITTEN, settled
from tests.tasks import posting as p


@pytest.fixture
def tajdid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command that ends well; returns what it says."""

    def run(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["tajdid", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert ended.value.code == 0, said.err
        return said.out

    return run


def test_a_broken_template_is_told_once_with_its_place_and_how_many_wait(folder, caplog):
    p.queue("payment_received", "misspelt")
    p.queue("points_earned", "misspelt")
    with p.mail_server(), pytest.raises(Undelivered) as told:
        p.sent_at()
    said = str(told.value)
    assert said.count("Template messages/dunning.j2, line 3 of company club cannot be used") == 1
    assert "Messages that it kept from going out now: 2" in said
    assert caplog.text.count("could not be written or sent: BrokenTemplate") == 2
    assert "Amal" not in said + caplog.text


def test_mails_that_go_out_without_a_document_are_counted(folder, monkeypatch, caplog):
    def without_glyph(*_: object) -> None:
        raise CannotWrite("invoice CLUB-1 cannot be typeset: no font has U+5F20.")

    p.queue("invoice_issued", "CLUB-2028-000001", "b")
    monkeypatch.setattr(p, "document", without_glyph)
    with p.mail_server():
        assert p.sent_at().note == "Sent without a document that cannot be made, see the log: 1."
    assert "goes out without its invoice: invoice CLUB-1 cannot be typeset" in caplog.text


def test_messages_that_are_tried_again_later_are_told(folder):
    p.queue("payment_received", "p1")
    with p.mail_server() as server:
        server.refuses["a@example.com"] = "451 later"
        assert p.sent_at().note == "Tried again, since they have failed: 1, the first at 12:01."
        assert p.sent_at(p.later(days=-1)).note.endswith("the first at 2028-02-29 12:01.")
        server.refuses.clear()
        assert p.sent_at(p.later(seconds=60)).note == ""


def test_letters_are_listed_and_confirmed_when_they_are_posted(folder, tajdid):
    letter = p.queue("closure_accepted", "m1", channel="letter")
    mail = p.queue("payment_received", "p1")
    said = tajdid("messages", "letters")
    assert "closure_accepted" in said and "Letters that wait for paper: 1." in said and "Amal" not in said
    with pytest.raises(WrongUsage, match="is queued; expected one that is unknown or a letter that waits for paper"):
        confirm([mail], "posted", "ops")
    tajdid("messages", "confirm", letter, "--reason", "posted")
    assert p.stands() == {"m1": "sent", "p1": "queued"}
    assert "Letters that wait for paper: 0." in tajdid("messages", "letters")


def test_letters_that_are_not_worth_printing_any_more_are_let_be(folder, tajdid):
    p.queue("grace_started", "m1", channel="letter")  # nobody is in grace
    p.queue("payment_received", "p1", channel="letter")
    assert "Letters that wait for paper: 1." in tajdid("messages", "letters")
    with p.mail_server():
        done = p.sent_at()
    assert (done.counts["suppressed"], done.counts["waiting"]) == (1, 1)
    assert p.stands() == {"m1": "suppressed not_in_grace", "p1": "queued"}
    assert done.note == "1 letters of club wait for paper."


def test_what_failed_and_has_no_way_out_now_is_not_promised(folder):
    p.queue("payment_received", "p1")
    with p.mail_server() as server:
        server.refuses["a@example.com"] = "451 later"
        p.sent_at()
    with p.environment(TAJDID_SMS_URL="http://127.0.0.1:9/"):
        assert p.sent_at(p.later(days=2)).note == "1 of club by email wait for TAJDID_SMTP_URL."


def test_what_cannot_be_written_never_dies_of_it():
    tried = Claimed(1, "club", "email", "a", 10 * MOST_ATTEMPTS, p.NOON)
    assert settled(tried, Reply("retry", UNWRITTEN), p.NOON).fate == "retry"
