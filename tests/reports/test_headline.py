"""A run that did nothing says why."""

from __future__ import annotations

from reports.headline import headlines, why_quiet
from tasks.step import StepResult
from tests.factories import club, day, nightly


def test_empty_store(store):
    assert why_quiet(store, day("2028-02-01")) == "the store holds no membership. Load some: tajdid intake PATH"


def test_next_billing_day_and_payments_to_come(store, tmp_path):
    members = [{"started_on": "2028-01-31", "paid_until": "2028-02-29"}, {"started_on": "2028-03-09"}]
    club(tmp_path, memberships=members, payments=[{"amount": "10", "paid_on": "2028-03-05"}])
    nightly("2028-02-01")
    assert why_quiet(store, day("2028-02-01")) == (
        "memberships active or in grace: 1 of 2; the next is billed on 2028-02-29."
        " Payments that wait for their day: 1, the first for 2028-03-05."
    )


def test_who_renews_no_more_is_not_to_be_billed(store, tmp_path):
    club(tmp_path, memberships=[{"started_on": "2028-01-31", "paid_until": "2028-02-29", "auto_renew": "false"}])
    nightly("2028-02-01")
    assert "none is to be billed" in why_quiet(store, day("2028-02-01"))


def test_delivery_alone_does_not_speak_of_billing(store):
    idle = StepResult("delivery", day("2028-02-01"), {"sent": 0}, {}, note="Why.")
    said = headlines(store, idle.as_of, [idle])
    assert said[0] == "Nothing was done." and "Why." in said[1] and "membership" not in " ".join(said)
