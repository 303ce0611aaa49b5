"""What is not worth saying any more is suppressed, and why: after an outage, a payment, an erasure, an opt-out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tasks.channels.open import open_channels
from tasks.company_folders import companies_of_store
from tasks.delivery_claims import NOBODY, claim
from tasks.delivery_post import openings
from tasks.erase import erase
from tests.factories import arrive, club, day, night, nightly
from tests.tasks import posting as p

CUSTOMER = {"customer": "u", "email": "u@example.com"}
COMPANY = {"email_from": "billing@club.example"}
LEVELS = [{"days_overdue": 1}, {"days_overdue": 5}]


@pytest.fixture
def told(store: sa.Connection) -> Callable[[str], dict[str, str]]:
    """Claims what is due at noon of a day; returns kind -> status and why, of the last message of each kind."""

    def claimed(on: str) -> dict[str, str]:
        now = datetime.combine(day(on), datetime.min.time(), UTC).replace(hour=9)
        companies = {company.company: company for company in companies_of_store(store)}
        with p.environment(TAJDID_SMTP_URL="smtp://127.0.0.1:1"):
            wide = openings(companies, open_channels(), now)
        claim(store, NOBODY, wide, now, most=100, longest_days=30)
        rows = store.exec_driver_sql(
            "SELECT kind, concat_ws(' ', status, why) FROM tajdid.messages ORDER BY message_id"
        )
        return dict(rows.all())

    return claimed


def month(folder: Path, started_on: str = "2028-02-28", **others) -> None:
    """A member by the month, reminded a week before the end; nothing is renewed but on request."""
    plan = {"reminder_days": "7", "auto_renew": "false", "terms_days": 0, "grace_days": 90, "on_expiry": "collect"}
    memberships = [{"started_on": started_on}]
    club(folder, company=COMPANY, plan=plan, memberships=memberships, customers=[CUSTOMER], **others)


@pytest.mark.parametrize(("on", "status"), [("2028-03-27", "sending"), ("2028-03-28", "suppressed period_ended")])
def test_a_reminder_is_worth_nothing_once_the_period_has_ended(told, tmp_path, on, status):
    month(tmp_path)
    night("2028-02-28")
    night("2028-03-21")
    assert told(on)["reminder"] == status


def test_a_reminder_to_who_has_renewed_since_is_suppressed(told, tmp_path):
    month(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-28"}])
    night("2028-02-28")
    night("2028-03-21")
    arrive(tmp_path, renewals=[{"requested_on": "2028-03-22"}])
    night("2028-03-22")
    assert told("2028-03-22")["reminder"] == "suppressed renewed"


@pytest.mark.parametrize(("effective", "why"), [("now", "not_active"), ("period_end", "closing")])
def test_a_reminder_to_who_leaves_is_suppressed(told, tmp_path, effective, why):
    month(tmp_path)
    night("2028-02-28")
    night("2028-03-21")
    arrive(tmp_path, closures=[{"requested_on": "2028-03-22", "effective": effective}])
    night("2028-03-22")
    found = told("2028-03-22")
    assert (found["reminder"], found["closure_accepted"]) == (f"suppressed {why}", "sending")


def test_a_reminder_of_a_period_that_a_freeze_has_moved_gives_way_to_the_new_one(told, tmp_path, store):
    month(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-28"}])
    night("2028-02-28")
    night("2028-03-21")
    arrive(tmp_path, freezes=[{"starts_on": "2028-03-22", "resumes_on": "2028-03-23"}])
    nightly("2028-03-22", "2028-03-23")
    told("2028-03-23")
    reminders = "SELECT concat_ws(' ', status, why) FROM tajdid.messages WHERE kind = 'reminder' ORDER BY message_id"
    assert store.exec_driver_sql(reminders).scalars().all() == ["suppressed period_moved", "sending"]


def test_who_opted_out_gets_no_reminders_but_is_told_what_is_due(told, tmp_path):
    month(tmp_path, dunning_levels=LEVELS)
    night("2028-02-28")
    night("2028-03-21")
    arrive(
        tmp_path, customers=[{"company": "club", "kind": "person", "name": "M", "tags": "vip;no-reminders"} | CUSTOMER]
    )
    found = told("2028-03-21")
    due = {"invoice_issued": "sending", "dunning": "sending", "grace_started": "sending"}
    assert found == due | {"reminder": "suppressed opted_out"}


def test_only_the_newest_letter_goes_out_and_none_once_all_is_paid(told, tmp_path, store):
    month(tmp_path, dunning_levels=LEVELS)
    night("2028-02-28")
    night("2028-02-29")
    night("2028-03-04")
    letters = "SELECT concat_ws(' ', status, why) FROM tajdid.messages WHERE kind = 'dunning' ORDER BY message_id"
    with store.begin_nested() as undone:
        told("2028-03-05")
        assert store.exec_driver_sql(letters).scalars().all() == ["suppressed superseded", "sending"]
        undone.rollback()
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-03-05"}])
    nightly("2028-03-05")
    told("2028-03-05")
    assert store.exec_driver_sql(letters).scalars().all() == ["suppressed superseded", "suppressed settled"]


def test_a_letter_to_who_must_not_be_dunned_any_more_is_suppressed(told, tmp_path, store):
    month(tmp_path, dunning_levels=LEVELS)
    nightly("2028-02-28", "2028-02-29")
    store.exec_driver_sql("UPDATE tajdid.customers SET dunning_blocked = true")
    assert told("2028-02-29")["dunning"] == "suppressed blocked"


def test_a_void_invoice_is_not_sent_and_its_expiry_is_told(told, tmp_path):
    plan = {"grace_days": 2, "on_expiry": "void"}
    club(tmp_path, company=COMPANY, plan=plan, memberships=[{"started_on": "2028-02-27"}], customers=[CUSTOMER])
    nightly("2028-02-27", "2028-02-29")
    late = {"invoice_issued": "suppressed void", "grace_started": "suppressed not_in_grace"}
    assert told("2028-02-29") == late | {"membership_expired": "sending"}


@pytest.mark.parametrize(("on", "status"), [("2028-03-30", "sending"), ("2028-03-31", "suppressed too_old")])
def test_what_is_older_than_a_month_is_not_said_any_more(told, tmp_path, on, status):
    p.open_club(tmp_path)
    p.queue("payment_received", "p1")
    assert told(on) == {"payment_received": status}


@pytest.mark.parametrize(("on", "status"), [("2028-03-05", "sending"), ("2028-03-06", "suppressed expired")])
@pytest.mark.parametrize("kind", ["points_expiring", "credits_expiring"])
def test_what_has_expired_is_not_about_to(told, tmp_path, kind, on, status):
    p.open_club(tmp_path)
    p.queue_expiring(kind, "a", "2028-03-06")
    assert told(on) == {kind: status}


def test_what_was_spent_since_is_not_about_to_expire(told, tmp_path):
    p.open_club(tmp_path)
    p.queue_expiring("points_expiring", "a", "2028-03-06", remaining=0)
    assert told("2028-03-01") == {"points_expiring": "suppressed spent"}


def test_of_reminders_that_had_to_wait_only_the_nearest_is_sent(store, told, tmp_path):
    """L9: Friday's and Saturday's wait for Sunday, which has one of its own."""
    month(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-28"}])
    nightly("2028-02-28")
    ends = {"period_ends_on": "2028-03-28", "plan": "gym", "renews": True}
    for key, on in (("3", "2028-03-24"), ("2", "2028-03-25"), ("1", "2028-03-26")):
        p.queue("reminder", "m1", "u", key=key, on_date=day(on), facts=ends | {"days_before": int(key)})
    told("2028-03-26")
    rows = store.exec_driver_sql("SELECT key, status FROM tajdid.messages WHERE kind = 'reminder' ORDER BY on_date")
    assert [tuple(row) for row in rows] == [("3", "suppressed"), ("2", "suppressed"), ("1", "sending")]


def test_who_has_paid_since_is_not_told_of_grace_or_expiry(told, tmp_path):
    month(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-28"}])
    nightly("2028-02-28")
    p.queue("grace_started", "m1", "u")
    p.queue("membership_expired", "m1", "u")
    found = told("2028-02-29")
    assert (found["grace_started"], found["membership_expired"]) == (
        "suppressed not_in_grace",
        "suppressed not_expired",
    )


def test_who_was_erased_hears_nothing(told, tmp_path):
    p.open_club(tmp_path)
    p.queue("payment_received", "p1")
    erase("a", "asked for it", "ops")
    assert told(p.DAY) == {"payment_received": "suppressed erased"}
