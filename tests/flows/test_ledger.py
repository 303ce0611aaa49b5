"""The ledger of runs: which day may run, which are due, and what becomes of a pass that failed (L1.7, L1.8)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows import cli
from flows.business_day import Call, Day, run_days
from flows.recipe import NIGHTLY
from models.errors import AuditBroken, ClosedDay, DaysMissed, TajdidError
from models.metadata import SCHEMA
from tasks.database import transaction
from tasks.runs import last_completed, perform
from tests import processes as p
from tests.support import load_folder, run_daily, view

DAY = p.FIRST


def day(number: int) -> date:
    """The day so many days after the first one."""
    return DAY + timedelta(number)


def run(flow: str, as_of: date, call: Call = perform) -> list[Day]:
    return list(run_days(flow, as_of, call))


def steps_of(days: list[Day]) -> list[str]:
    """The steps that were done, day by day."""
    return [result.step for one in days for result in one.results]


def rows_of(flow: str) -> list[dict[str, Any]]:
    """The ledger's own rows of a flow, oldest first."""
    query = f"SELECT run_id, as_of, state, attempts, error FROM {SCHEMA}.runs WHERE flow = :flow ORDER BY run_id"
    with transaction() as connection:
        return [dict(row._mapping) for row in connection.execute(sa.text(query), {"flow": flow})]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs the command line in this process; returns its exit code and what it said, spaces made single."""
    monkeypatch.delenv("PREFECT_API_URL")

    def tajdid(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tajdid", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        captured = capfd.readouterr()
        return ended.value.code, " ".join((captured.out + captured.err).split())

    return tajdid


@pytest.mark.parametrize("flow", ["nightly", "payments", "renewals", "grace"])
def test_a_closed_day_is_refused_with_both_dates(store: sa.Connection, tmp_path: Path, flow: str):
    p.small_club(tmp_path)
    run(flow, day(2))
    before = p.contents()
    with pytest.raises(ClosedDay) as refused:
        run(flow, day(1))
    assert str(day(1)) in str(refused.value)
    assert str(day(2)) in str(refused.value)
    assert refused.value.exit_code == 2
    p.assert_same(p.contents(), before)


@pytest.mark.parametrize("words", [("nightly",), ("run", "renewals"), ("nightly", "--dry-run")])
def test_the_command_says_in_one_line_why_a_closed_day_is_refused(
    own_database: str, command: Callable[..., tuple[int, str]], words: tuple[str, ...]
):
    run("nightly", day(2))
    code, said = command(*words, "--as-of", str(day(1)))
    assert code == 2
    assert f"for {day(1)} is refused: {day(2)} has" in said
    assert "Traceback" not in said


def test_a_day_that_has_begun_closes_the_days_before_it(store: sa.Connection):
    run("nightly", day(0))
    with pytest.raises(Stopped):
        run("nightly", day(2), stopping_at("renewals", day(2)))
    assert last_completed("nightly") == day(1)
    with pytest.raises(ClosedDay):
        run("nightly", day(1))


def test_the_first_run_ever_starts_with_its_own_day(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    assert [one.as_of for one in run("nightly", day(20))] == [day(20)]
    assert {row["issued_on"] for row in view("invoices")} == {day(20)}


def test_missed_days_are_done_oldest_first_and_then_the_day_itself(store: sa.Connection):
    run("nightly", day(0))
    days = run("nightly", day(4))
    assert [one.as_of for one in days] == [day(1), day(2), day(3), day(4)]
    assert steps_of(days) == [step.name for step in NIGHTLY] * 4
    assert [(row["as_of"], row["state"]) for row in rows_of("nightly")] == [(day(n), "completed") for n in range(5)]


def test_a_flow_alone_does_its_own_day_only_and_remembers_it(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    assert [one.as_of for one in run("renewals", day(0))] == [day(0)]
    assert [one.as_of for one in run("renewals", day(3))] == [day(3)]
    for flow in ("renewals", "payments", "nightly"):
        with pytest.raises(ClosedDay):
            run(flow, day(2))
    assert (last_completed("renewals"), last_completed("payments"), last_completed("nightly")) == (day(3), None, None)
    assert steps_of(run("payments", day(3))) == ["payments", "refunds"]


@pytest.mark.parametrize("flow", ["payments", "renewals", "grace"])
def test_a_flow_alone_may_run_one_day_ahead_of_the_nightly_and_not_further(
    store: sa.Connection, tmp_path: Path, flow: str
):
    """Numbers are given in order of issue (L6.1): behind what a flow issued for a later day, no day could be done."""
    p.small_club(tmp_path)
    run("nightly", day(0))
    before = p.contents()
    with pytest.raises(DaysMissed) as refused:
        run(flow, day(2))
    assert str(day(0)) in str(refused.value)
    assert str(day(2)) in str(refused.value)
    assert refused.value.exit_code == 2
    p.assert_same(p.contents(), before)
    run(flow, day(1))
    assert steps_of(run("nightly", day(2))) == [step.name for step in NIGHTLY] * 2
    p.assert_sound(day(2))


def test_a_day_repeated_without_news_is_only_audited_and_what_is_due_delivered(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    run("nightly", day(0))
    assert steps_of(run("nightly", day(0))) == ["audit", "delivery"]
    load_folder(tmp_path)
    assert steps_of(run("nightly", day(0))) == ["audit", "delivery"]
    (tmp_path / "close_reasons.csv").write_text("company,reason,label,customer_may_choose\nc-sa,moved,Moved,true\n")
    load_folder(tmp_path)
    assert steps_of(run("nightly", day(0))) == [step.name for step in NIGHTLY]
    assert steps_of(run("nightly", day(0))) == ["audit", "delivery"]


def test_the_audit_may_run_for_any_day_and_closes_none(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    run_daily(day(0), day(2))
    for any_day in (day(-30), day(0), day(2), day(1)):
        assert [result.counts["broken"] for one in run("audit", any_day) for result in one.results] == [0]
    assert [one.as_of for one in run("nightly", day(3))] == [day(3)]
    assert steps_of(run("audit", day(1))) == ["audit"]


class Stopped(TajdidError):
    """What goes wrong in these tests, in words for people."""


def stopping_at(step: str, as_of: date, error: Exception | None = None) -> Call:
    """Does parts of steps, but the one step on the one day fails."""

    def call(doing: Any, of: Any, shard: Any) -> Any:
        if (doing.name, of.as_of) == (step, as_of):
            raise error or Stopped("The disk is full; free some space and run the day again.")
        return perform(doing, of, shard)

    return call


def test_a_failed_step_is_taken_up_by_the_same_run_and_what_was_done_is_not_redone(
    store: sa.Connection, tmp_path: Path
):
    p.small_club(tmp_path)
    with pytest.raises(Stopped):
        run("nightly", day(1), stopping_at("grace", day(1)))
    [failed] = rows_of("nightly")
    assert (failed["state"], failed["attempts"]) == ("failed", 1)
    assert failed["error"] == "The disk is full; free some space and run the day again."
    assert last_completed("nightly") is None
    [again] = run("nightly", day(1))
    assert again.run_id == failed["run_id"]
    before = [step.name for step in NIGHTLY].index("grace")
    assert [result.repeated for result in again.results] == [True] * before + [False] * (len(NIGHTLY) - before)
    assert rows_of("nightly") == [failed | {"state": "completed", "attempts": 2, "error": None}]
    assert {row["state"] for row in view("runs")} == {"completed"}
    assert set(p.recorded_steps().values()) == {1}


def test_a_failed_day_is_done_before_the_days_behind_it(store: sa.Connection):
    run("nightly", day(0))
    with pytest.raises(Stopped):
        run("nightly", day(3), stopping_at("refunds", day(2)))
    assert [(row["as_of"], row["state"]) for row in rows_of("nightly")][1:] == [
        (day(1), "completed"),
        (day(2), "failed"),
    ]
    assert [one.as_of for one in run("nightly", day(4))] == [day(2), day(3), day(4)]


def test_a_first_day_ever_that_failed_is_not_lost(store: sa.Connection):
    with pytest.raises(Stopped):
        run("nightly", day(0), stopping_at("renewals", day(0)))
    assert [one.as_of for one in run("nightly", day(2))] == [day(0), day(1), day(2)]
    p.assert_sound(day(2))


def test_a_repetition_that_failed_is_not_left_behind(store: sa.Connection, tmp_path: Path):
    run("nightly", day(0))
    p.small_club(tmp_path)
    with pytest.raises(Stopped):
        run("nightly", day(0), stopping_at("renewals", day(0)))
    run("nightly", day(1))
    p.assert_sound(day(1))


def test_an_error_of_the_machine_is_kept_without_what_it_says_about_members(store: sa.Connection):
    with pytest.raises(RuntimeError):
        run("nightly", day(0), stopping_at("renewals", day(0), RuntimeError("INSERT … (Fatima, +966 50 000 0000)")))
    assert [row["error"] for row in rows_of("nightly")] == ["RuntimeError"]


REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no more room'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON tajdid.invoices EXECUTE FUNCTION refuse();
"""


def test_a_statement_that_the_database_refuses_fails_the_day_in_one_line_and_keeps_nothing_of_its_step(
    own_database: str, tmp_path: Path, command: Callable[..., tuple[int, str]]
):
    p.small_club(tmp_path)
    with transaction() as connection:
        connection.execute(sa.text(REFUSE))
    code, said = command("nightly", "--as-of", str(day(0)))
    assert (code, "no more room" in said, "Traceback" in said) == (1, True, False)
    assert [row["state"] for row in rows_of("nightly")] == ["failed"]
    assert (view("invoices"), view("periods")) == ([], [])
    names = [step.name for step in NIGHTLY]
    assert {step for _, step, _ in p.recorded_steps()} == set(names[: names.index("renewals")])
    with transaction() as connection:
        connection.execute(sa.text("DROP TRIGGER refuse ON tajdid.invoices"))
    assert command("nightly", "--as-of", str(day(0)))[0] == 0
    assert view("invoices")
    p.assert_sound(day(0))


def last_invoice(store: sa.Connection) -> str:
    """The number of an invoice of which a message tells."""
    return store.execute(sa.text("SELECT max(subject) FROM tajdid.messages WHERE kind = 'invoice_issued'")).scalar_one()


def tell_of(store: sa.Connection, subject: str, other: str) -> None:
    """Make the message about one thing tell of another: what the audit must find, or find mended."""
    update = sa.text("UPDATE tajdid.messages SET subject = :other WHERE subject = :subject AND kind = 'invoice_issued'")
    store.execute(update, {"subject": subject, "other": other})


def test_a_broken_invariant_holds_up_its_day_and_the_days_behind_it_until_mended(
    store: sa.Connection, tmp_path: Path, command: Callable[..., tuple[int, str]]
):
    p.small_club(tmp_path)
    run_daily(day(0), day(2))
    number = last_invoice(store)
    tell_of(store, number, "nothing")
    for asked in (day(3), day(3), day(5)):
        code, said = command("nightly", "--as-of", str(asked))
        assert (code, f"audit of {day(3)} found 1 broken row" in said) == (3, True)
    assert last_completed("nightly") == day(2)
    held = rows_of("nightly")[-1]
    assert (held["as_of"], held["state"], held["attempts"]) == (day(3), "failed", 3)
    tell_of(store, "nothing", number)
    mended = run("nightly", day(5))
    assert [(one.as_of, one.run_id == held["run_id"]) for one in mended] == [
        (day(3), True),
        (day(4), False),
        (day(5), False),
    ]
    assert [result.step for result in mended[0].results if not result.repeated] == ["audit", "delivery"]
    p.assert_sound(day(5))


def test_a_broken_invariant_is_named_with_its_rule_and_record(store: sa.Connection, tmp_path: Path):
    p.small_club(tmp_path)
    run("nightly", day(0))
    number = last_invoice(store)
    tell_of(store, number, "nothing")
    with pytest.raises(AuditBroken) as broken:
        run("nightly", day(1))
    assert f"unsaid_invoices (L3.6) {number}" in str(broken.value)
    assert rows_of("nightly")[-1]["error"] == str(broken.value)
