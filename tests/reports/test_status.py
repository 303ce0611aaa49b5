"""Does `tajdid status` say how the system stands: last runs, days behind, refusals, who waits, what is unsaid?"""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from reports.status import status
from tests.factories import arrive, club, day, flow, nightly
from tests.support import LOADED_ON, load_rows

AS_OF = "2028-02-29"
DAILY = {"interval_unit": "day", "grace_days": "", "on_expiry": "collect"}


def on(store: sa.Connection, text: str = AS_OF):
    return status(store, day(text))


def test_new_installation_has_run_nothing(store):
    stands = on(store)
    assert (stands.last_completed, stands.days_behind) == (None, None)
    assert (stands.runs, stands.rejects, stands.quarantined, stands.undelivered) == ([], [], [], [])


@pytest.mark.parametrize(
    ("today", "behind"),
    [("2028-02-28", -1), ("2028-02-29", 0), ("2028-03-01", 1), ("2028-03-10", 10)],
)
def test_days_behind_are_those_since_the_last_completed_night_today_included(store, tmp_path, today, behind):
    """L1.7: on the day itself nothing is missing, the day after one night is; a store that ran ahead says so."""
    club(tmp_path, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF)
    stands = on(store, today)
    assert (stands.last_completed, stands.days_behind) == (date(2028, 2, 29), behind)


def test_flow_that_ran_alone_and_a_night_that_failed_are_no_completed_night(store, tmp_path):
    """L1.8."""
    club(tmp_path, memberships=[{"started_on": AS_OF}])
    nightly(AS_OF)
    flow("payments", "2028-03-01")
    store.exec_driver_sql(
        "INSERT INTO tajdid.runs (flow, as_of, state, finished_at, error)"
        " VALUES ('nightly', '2028-03-06', 'failed', now(), 'The disk is full')"
    )
    stands = on(store, "2028-03-06")
    assert (stands.last_completed, stands.days_behind) == (date(2028, 2, 29), 6)
    assert stands.runs[0]["state"] == "failed"
    assert stands.runs[0]["error"] == "The disk is full"


def test_runs_are_the_last_ten_newest_first_without_their_parts(store, tmp_path):
    """One row a pass: the flows that a night is made of are not shown beside it."""
    club(tmp_path)
    days = [f"2028-02-{number}" for number in range(10, 21)]
    for on_day in days[:-1]:
        flow("payments", on_day)
    nightly(days[-1])
    shown = [(run["flow"], run["as_of"].isoformat(), run["state"]) for run in on(store).runs]
    assert shown == [
        ("nightly", days[-1], "completed"),
        *(("payments", on_day, "completed") for on_day in reversed(days[1:-1])),
    ]


def test_rejects_are_counted_by_stage_entity_and_reason_newest_first(store, tmp_path):
    """contract.md: what the intake and the business day refused."""
    club(tmp_path, refunds=[{"amount": 1, "refunded_on": AS_OF}, {"amount": 2, "refunded_on": AS_OF}])
    stray = {"customer": "nobody", "amount": 1, "currency": "SAR", "paid_on": AS_OF}
    load_rows(
        tmp_path / "stray",
        {"payments": [{"payment": "a"} | stray, {"payment": "b"} | stray, {"payment": "c", "customer": "u"}]},
    )
    nightly(AS_OF)
    counts = [(r["stage"], r["entity"], r["reason"], r["count"], r["last_on"]) for r in on(store).rejects]
    assert counts == [
        ("apply", "refunds", "refund_exceeds_credit", 2, day(AS_OF)),
        ("intake", "payments", "missing_value", 1, LOADED_ON),
        ("intake", "payments", "unknown_customer", 2, LOADED_ON),
    ]


def test_who_waits_for_a_person_is_named_until_released(store, tmp_path):
    """L3.6."""
    club(tmp_path, plan=DAILY, memberships=[{"started_on": "2027-01-25"}, {"started_on": AS_OF}])
    nightly(AS_OF)
    (waiting,) = on(store).quarantined
    assert (waiting["membership"], waiting["on_date"], waiting["reason"]) == ("m1", day(AS_OF), "too_many_periods")
    assert "check started_on and paid_until" in waiting["message"]
    store.exec_driver_sql("UPDATE tajdid.quarantine SET released_at = clock_timestamp()")
    assert on(store).quarantined == []


def test_messages_that_nobody_has_been_sent_are_counted(store, tmp_path):
    """contract.md: undelivered messages; one an invoice, one a payment."""
    club(tmp_path, plan=DAILY, memberships=[{"started_on": "2028-02-28"}, {"started_on": AS_OF}])
    nightly(AS_OF)
    assert unsaid(store) == [("queued", "letter", "", 3)]
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": AS_OF}])
    nightly(AS_OF)
    assert unsaid(store) == [("queued", "letter", "", 4)]


def unsaid(store: sa.Connection) -> list[tuple[str, str, str, int]]:
    return [(row["status"], row["channel"], row["why"], row["count"]) for row in on(store).undelivered]


def test_undelivered_messages_are_told_by_status_and_reason_but_not_what_a_person_has_decided(store, tmp_path):
    club(tmp_path, plan=DAILY, memberships=[{"started_on": "2028-02-26"}])
    nightly(AS_OF)
    claimed = "sender = 7, claimed_at = '2028-02-29', offered_at = '2028-02-29'"
    for place, values in enumerate(
        (f"status = 'unknown', why = 'sender_lost', {claimed}", "status = 'dead', why = '550'", "status = 'cancelled'")
    ):
        store.exec_driver_sql(
            f"UPDATE tajdid.messages SET {values} WHERE message_id ="
            f" (SELECT message_id FROM tajdid.messages ORDER BY message_id OFFSET {place} LIMIT 1)"
        )
    lost, dead, waits = (
        ("unknown", "letter", "sender_lost", 1),
        ("dead", "letter", "550", 1),
        ("queued", "letter", "", 1),
    )
    assert unsaid(store) == [dead, waits, lost]
    decided = "decision = 'seen', decided_by = 'ops', decided_at = '{}'"
    store.exec_driver_sql(f"UPDATE tajdid.messages SET {decided.format('2028-03-01')} WHERE status = 'unknown'")
    assert unsaid(store) == [dead, waits]
    # It was sent again, and is unknown again.
    store.exec_driver_sql(f"UPDATE tajdid.messages SET {decided.format('2028-02-28')} WHERE status = 'unknown'")
    assert unsaid(store) == [dead, waits, lost]
