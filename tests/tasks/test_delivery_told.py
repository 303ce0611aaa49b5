"""What a run of delivery says of messages that wait: for a template, for their next attempt, for paper."""

from __future__ import annotations

import sys

import pytest

from flows import cli
from models.errors import Undelivered
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
    assert "So many messages wait for it: 2" in said
    assert "Amal" not in said + caplog.text


def test_messages_that_are_tried_again_later_are_told(folder):
    p.queue("payment_received", "p1")
    with p.mail_server() as server:
        server.refuses["a@example.com"] = "451 later"
        assert p.sent_at().note == "1 that failed are tried again, the first at 12:01."
        assert p.sent_at().note == "1 that failed are tried again, the first at 12:01."
        server.refuses.clear()
        assert p.sent_at(p.later(seconds=60)).note == ""


def test_letters_are_listed_and_confirmed_when_they_are_posted(folder, tajdid):
    letter = p.queue("grace_started", "m1", channel="letter")
    mail = p.queue("payment_received", "p1")
    said = tajdid("messages", "letters")
    assert "grace_started" in said and "1 letters wait for paper." in said and "Amal" not in said
    with pytest.raises(SystemExit), pytest.MonkeyPatch.context() as words:
        words.setattr(sys, "argv", ["tajdid", "messages", "confirm", str(mail), "--reason", "posted"])
        cli.main()
    tajdid("messages", "confirm", letter, "--reason", "posted")
    assert p.stands() == {"m1": "sent", "p1": "queued"}
    assert "No letter waits for paper." in tajdid("messages", "letters")
