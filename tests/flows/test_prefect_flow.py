"""The flows as Prefect runs them: names, tasks, artifact, failure. One throw-away server for all that need it."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from prefect.client.orchestration import get_client
from sqlalchemy.exc import IntegrityError, OperationalError

from flows.approve import approve
from flows.backfill_flow import backfill
from flows.clock import business_date
from flows.delivery import delivery
from flows.intake import intake
from flows.nightly import nightly
from flows.recipe import FLOWS, NIGHTLY
from flows.undo import undo
from models.errors import AuditBroken, Undelivered, UnreadableFile, WrongUsage
from reports.days import did_anything
from tasks.database import is_transient, transaction
from tasks.delivery import alone
from tasks.settings import settings
from tests.support import load_folder, view
from tests.tasks import posting

CORE = Path(__file__).parents[1] / "scenarios" / "core" / "in"
DAY = date(2027, 12, 27)


def flow_runs():
    with get_client(sync_client=True) as client:
        return client.read_flow_runs()


def artifacts():
    with get_client(sync_client=True) as client:
        return client.read_artifacts()


def task_names(flow_run_id, count: int, within_s: float = 30):
    """The names of a flow run's tasks, as soon as there are so many: the server records them a little later."""
    deadline = time.monotonic() + within_s
    with get_client(sync_client=True) as client:
        while True:
            names = [task.name for task in client.read_task_runs() if task.flow_run_id == flow_run_id]
            # Known by a made-up name first, and by ours a little later still.
            if sum(" " in name for name in names) >= count or time.monotonic() > deadline:
                return names
            time.sleep(0.1)


def test_nightly_run_says_what_and_for_which_day_and_ends_with_a_table(prefect_api, own_database):
    load_folder(CORE)
    (day,) = nightly(DAY, False)
    assert day.results[0].step == "payments"
    run = next(run for run in flow_runs() if run.name == "nightly 2027-12-27")
    assert run.state_name == "Completed"
    table = next(artifact for artifact in artifacts() if artifact.flow_run_id == run.id)
    assert table.key == "nightly-days"
    assert "business date 2027-12-27" in table.description
    assert "invoiced" in table.data
    assert "/index.html" in table.description, "where the reports are"
    assert "received" in table.description and "0 broken; missing 0, extra 0." in table.description
    steps = [f"{step.name} 2027-12-27 1/1" for step in NIGHTLY]
    assert sorted(task_names(run.id, len(steps))) == sorted(steps)
    (again,) = nightly(DAY, False)
    assert not did_anything(again.results)
    assert "Nothing was due: " in artifacts_of("nightly-days")[-1]


def test_dry_run_is_rolled_back_and_says_so(prefect_api, own_database):
    load_folder(CORE)
    nightly(DAY, True)
    assert view("runs") == []
    assert any(run.name == "nightly 2027-12-27 dry run" for run in flow_runs())


def test_broken_audit_fails_the_flow_run(prefect_api, own_database):
    load_folder(CORE)
    nightly(DAY, False)
    engine = sa.create_engine(own_database)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE tajdid.memberships SET paid_until = paid_until + 1 WHERE status = 'grace'"))
    engine.dispose()
    with pytest.raises(AuditBroken, match="m00009-1"):
        nightly(date(2027, 12, 28), False)
    failed = next(run for run in flow_runs() if run.name == "nightly 2027-12-28")
    assert failed.state_name == "Failed"
    assert [run["state"] for run in view("runs") if str(run["as_of"]) == "2027-12-28" and run["flow"] == "nightly"] == [
        "failed"
    ]


@pytest.mark.parametrize(
    ("scheduled", "zone", "expected"),
    [
        ("2026-11-20T22:00:00", "Asia/Riyadh", "2026-11-21"),
        ("2026-11-20T20:59:59", "Asia/Riyadh", "2026-11-20"),
        ("2026-03-29T00:30:00", "Europe/London", "2026-03-29"),
        ("2026-11-20T20:30:00", "Asia/Tehran", "2026-11-21"),
    ],
)
def test_scheduled_run_works_for_the_day_it_was_meant_for(monkeypatch, scheduled, zone, expected):
    monkeypatch.setenv("TAJDID_TIMEZONE", zone)
    settings.cache_clear()
    at = datetime.fromisoformat(scheduled).replace(tzinfo=UTC)
    assert str(business_date(None, at)) == expected
    assert business_date(date(2020, 1, 1), at) == date(2020, 1, 1)
    settings.cache_clear()


class Failure(Exception):
    """What a driver raises, with a SQLSTATE."""

    def __init__(self, pgcode: str | None) -> None:
        super().__init__("failure")
        self.pgcode = pgcode


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (OperationalError("SELECT", {}, Failure("40P01")), True),
        (OperationalError("SELECT", {}, Failure("57P01")), True),
        (OperationalError("SELECT", {}, Failure("08006")), True),
        (OperationalError("SELECT", {}, Failure(None)), True),
        (IntegrityError("INSERT", {}, Failure("23505")), False),
        (AuditBroken(DAY, ["x"]), False),
    ],
)
def test_only_what_a_retry_can_mend_is_retried(error, transient):
    assert is_transient(error) is transient


def test_backfill_shows_its_rehearsal_and_has_a_run_for_each_day(prefect_api, own_database):
    load_folder(CORE)
    began = DAY + timedelta(30)
    nightly(began, False)
    first, last = began + timedelta(1), began + timedelta(2)
    wish = {"flow_name": "nightly", "first_day": first, "last_day": last, "requested_by": "ops"}
    backfill(**wish, reason="no power")
    runs = {run.name: run for run in flow_runs()}
    run = runs[f"backfill nightly {first} to {last}"]
    assert {"Completed"} == {runs[name].state_name for name in (run.name, f"nightly {first}", f"nightly {last}")}
    tables = {table.key: table for table in artifacts() if table.flow_run_id == run.id}
    assert "reminders" in tables["backfill-foreseen"].data and "2 days done" in tables["backfill-days"].description
    backfill(**wish, reason="once more")
    assert "nothing is left to do" in artifacts_of("backfill-foreseen")[-1]


def test_intake_flow_loads_the_inbox_and_is_red_for_an_unreadable_file(
    prefect_api, own_database, tmp_path, monkeypatch
):
    monkeypatch.setenv("TAJDID_INBOX", str(tmp_path))
    settings.cache_clear()
    shutil.copy(CORE / "companies.csv", tmp_path)
    (tmp_path / "plans.csv").write_text("plan,compny\n", encoding="utf-8")
    for path in tmp_path.iterdir():
        os.utime(path, (1, 1))
    with pytest.raises(UnreadableFile, match="compny"):
        intake()
    assert "2 new files" in artifacts_of("intake-files")[-1]
    intake()
    assert "Nothing is new" in artifacts_of("intake-files")[-1]


def test_delivery_is_red_where_the_mail_server_is_down_and_green_when_it_has_sent(
    prefect_api, own_database, tmp_path, monkeypatch
):
    posting.open_club(tmp_path)
    posting.queue("payment_received", "p1")
    monkeypatch.setitem(FLOWS, "delivery", (alone(posting.clock, posting.writers),))
    with posting.environment(TAJDID_SMTP_URL="smtp://127.0.0.1:1"), pytest.raises(Undelivered, match="be reached"):
        delivery(DAY, False)
    with posting.mail_server() as server:
        delivery(DAY, False)
    assert server.subjects == ["payment_received p1 Amal"]
    states = sorted(run.state_name for run in flow_runs() if run.name == "delivery 2027-12-27")
    assert states == ["Completed", "Failed"]
    assert "1 sent" in artifacts_of("delivery-days")[-1]


def test_forms_say_what_was_undone_and_that_nothing_is_held(prefect_api, own_database):
    load_folder(CORE)
    (done,) = nightly(DAY + timedelta(60), False)
    with transaction() as connection:
        of = sa.text("SELECT run_id FROM tajdid.runs WHERE flow = 'renewals' AND parent_id = :top")
        run_id = connection.execute(of, {"top": done.run_id}).scalar_one()
    undo(run_id, "wrong price")
    assert "dry run, rolled back" in artifacts_of("undo")[-1]
    undo(run_id, "wrong price", False)
    assert "by run" in artifacts_of("undo")[-1]
    with pytest.raises(WrongUsage, match="holds nothing"):
        approve(run_id, "looks right", "ops")


def artifacts_of(key: str) -> list[str]:
    """The descriptions of the artifacts of a key, oldest first."""
    found = sorted((one for one in artifacts() if one.key == key), key=lambda one: one.created)
    return [one.description for one in found]
