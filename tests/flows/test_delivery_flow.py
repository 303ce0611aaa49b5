"""Delivery as the last stage of a day, and alone: what its trouble does to the day, to the ledger, to the command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows import business_day, cli
from flows.recipe import FLOWS, NIGHTLY
from tasks import delivery
from tasks.database import transaction
from tests.factories import club, seen
from tests.support import view
from tests.tasks import posting as p

DOWN = "smtp://127.0.0.1:1"
Tajdid = Callable[..., tuple[int, str]]


@pytest.fixture
def tajdid(
    own_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Tajdid:
    """The command line at noon of 29 February 2028, for a club whose member is billed on that day."""
    member = {"customer": "u", "name": "Amal", "email": "a@example.com"}
    company = {"email_from": "billing@club.example"}
    club(tmp_path / "club", company=company, memberships=[{"started_on": p.DAY}], customers=[member])
    step = delivery.after_night(p.clock, p.writers)
    monkeypatch.setattr(business_day, "NIGHTLY", (*NIGHTLY[:-1], step))
    monkeypatch.setitem(FLOWS, "delivery", (step,))
    monkeypatch.delenv("PREFECT_API_URL")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tajdid", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return ended.value.code, " ".join((captured.out + captured.err).split())

    return run


def runs(flow: str) -> list[tuple[str, str]]:
    """State and error of each run of a flow, oldest first."""
    query = sa.text("SELECT state, coalesce(error, '') AS error FROM tajdid.runs WHERE flow = :flow ORDER BY run_id")
    with transaction() as connection:
        return [tuple(row) for row in connection.execute(query, {"flow": flow})]


def test_a_night_delivers_what_it_has_to_say(tajdid):
    with p.mail_server() as server:
        code, said = tajdid("nightly", "--as-of", p.DAY)
    assert (code, "delivery 1 sent" in said) == (0, True)
    assert server.subjects == ["invoice_issued CLUB-2028-000001 Amal"]
    [counts] = [row["counts"] for row in view("runs") if row["flow"] == "delivery"]
    assert counts == {"delivery": {"sent": 1, "retry": 0, "dead": 0, "unknown": 0, "suppressed": 0, "waiting": 0}}
    assert seen("messages", "kind status") == [("invoice_issued", "sent")]


def test_a_mail_server_that_is_down_holds_up_no_business_day_and_is_said(tajdid):
    with p.environment(TAJDID_SMTP_URL=DOWN):
        code, said = tajdid("nightly", "--as-of", p.DAY)
        assert (code, "books of the day are done" in said, "cannot be reached" in said) == (1, True, True)
        [(state, error)] = runs("nightly")
        assert state == "completed" and "cannot be reached" in error
        assert [state for state, _ in runs("delivery")] == ["failed"]
        assert [state for state, _ in runs("audit")] == ["completed"]
        assert tajdid("nightly", "--as-of", "2028-03-01")[0] == 1
    assert [state for state, _ in runs("nightly")] == ["completed", "completed"]
    assert ("invoice_issued", "queued") in seen("messages", "kind status")


def test_delivery_alone_fails_with_the_server_and_goes_on_when_it_is_back(tajdid):
    assert tajdid("nightly", "--as-of", p.DAY)[0] == 0
    words = ("run", "delivery", "--as-of", p.DAY)
    with p.environment(TAJDID_SMTP_URL=DOWN):
        code, said = tajdid(*words)
    assert (code, "cannot be reached" in said, "tajdid run delivery" in said) == (1, True, True)
    assert [state for state, _ in runs("delivery")] == ["completed", "failed"]
    with p.mail_server() as server:
        assert tajdid(*words)[0] == 0
        assert tajdid("run", "delivery", "--as-of", "2028-02-01")[0] == 0  # of any date
    assert [state for state, _ in runs("delivery")] == ["completed", "completed", "completed"]
    assert len(server.accepted) == 1
    code, said = tajdid("status")
    assert code == 0 and "Undelivered messages: 0." in said
    assert said.count("delivery") == 1  # the quarter-hourly runs leave room for the nights


def test_without_a_server_the_stage_says_so_and_the_night_is_done(tajdid):
    code, said = tajdid("nightly", "--as-of", p.DAY)
    assert (code, "Delivery: Nothing is sent: set one of TAJDID_SMTP_URL" in said) == (0, True)
    code, said = tajdid("status")
    assert "queued email 1 2028-02-29" in said


def test_a_dry_run_counts_and_sends_nothing(tajdid):
    with p.mail_server() as server:
        code, said = tajdid("nightly", "--as-of", p.DAY, "--dry-run")
        assert (code, "delivery 1 sent" in said, server.accepted) == (0, True, [])
        assert tajdid("nightly", "--as-of", p.DAY)[0] == 0
        code, said = tajdid("run", "delivery", "--as-of", p.DAY, "--dry-run")
    assert (code, "delivery –" in said, len(server.accepted)) == (0, True, 1)
