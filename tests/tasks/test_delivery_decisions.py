"""What a person may decide about a message, and what not; and the command line that says so."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import cli
from models.errors import WrongUsage
from tasks.channels.channel import reference
from tasks.database import transaction
from tasks.delivery_decisions import confirm, dismiss, resend
from tests.tasks import posting as p

BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
CLAIMED = {"sender": 7 << 40, "claimed_at": BEFORE, "offered_at": BEFORE}
STATES = {
    "queued": {},
    "sending": {"sender": 7 << 40, "claimed_at": p.NOON},
    "sent": {"sent_at": p.NOON},
    "retry": {"why": "451", "next_attempt_at": p.NOON},
    "dead": {"why": "550", "attempts": 3},
    "unknown": {"why": "lost_after_data", **CLAIMED},
    "suppressed": {"why": "too_old"},
    "cancelled": {},
}
BECOMES = {
    resend: {"dead": "queued", "unknown": "queued", "suppressed": "queued"},
    confirm: {"unknown": "sent"},
    dismiss: {
        "queued": "suppressed dismissed",
        "retry": "suppressed dismissed",
        "dead": "suppressed dismissed",
        "unknown": "unknown lost_after_data",
    },
}


@pytest.fixture
def ids(store: sa.Connection, tmp_path: Path) -> dict[str, int]:
    """A message in each state, by its state."""
    p.open_club(tmp_path / "club")
    return {state: p.queue("payment_received", state, status=state, **values) for state, values in STATES.items()}


@pytest.mark.parametrize("decide", BECOMES, ids=[decide.__name__ for decide in BECOMES])
def test_each_decision_is_for_some_states_and_refused_for_the_others(ids, decide):
    for state, message_id in ids.items():
        before = p.stands()
        if state in BECOMES[decide]:
            decide([message_id], "looked it up", "ops")
            assert p.stands() == before | {state: BECOMES[decide][state]}
        else:
            with pytest.raises(WrongUsage, match=f"Message {message_id} is {state}; expected"):
                decide([message_id], "looked it up", "ops")
            assert p.stands() == before


def test_one_that_cannot_be_decided_leaves_the_others_as_they_are(ids):
    with pytest.raises(WrongUsage, match="is sent"):
        resend([ids["dead"], ids["sent"]], "why not", "ops")
    with pytest.raises(WrongUsage, match="is not known"):
        resend([ids["dead"], 10**12], "why not", "ops")
    with pytest.raises(WrongUsage, match="reason is empty"):
        resend([ids["dead"]], " ", "ops")
    assert p.stands()["dead"] == "dead 550"


def test_who_decided_and_why_stays_with_the_message_and_its_tries_begin_anew(ids, store):
    resend([ids["dead"]], "the address was mended", "ops")
    m = p.messages.c
    kept = sa.select(m.decision, m.decided_by, m.attempts).where(m.message_id == ids["dead"])
    assert store.execute(kept).one() == ("the address was mended", "ops", 0)


def test_the_command_lists_what_waits_and_decides_on_it(folder, monkeypatch, capsys):
    lost = p.queue("payment_received", "lost", status="unknown", **STATES["unknown"])
    gone = p.queue("payment_received", "gone", status="unknown", **STATES["unknown"])
    dead = p.queue("payment_received", "dead", status="dead", **STATES["dead"])

    def tajdid(*words: object) -> str:
        monkeypatch.setattr(sys, "argv", ["tajdid", "messages", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        return capsys.readouterr().out

    said = tajdid("list")
    assert "3 wait for a decision" in said and reference("club", "payment_received", "lost", "") in said
    assert "Amal" not in said and "example.com" not in said
    tajdid("confirm", lost, "--reason", "seen")
    tajdid("retry", dead, "--reason", "mended")
    tajdid("dismiss", gone, "--reason", "let it be")
    assert "No message waits" in tajdid("list")
    assert p.stands() == {"lost": "sent", "gone": "unknown lost_after_data", "dead": "queued"}
    with transaction() as connection:
        assert connection.execute(sa.select(sa.func.count(p.messages.c.decided_at))).scalar_one() == 3
