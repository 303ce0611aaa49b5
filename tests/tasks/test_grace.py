"""Active, grace or expired on a day? (L3.4)"""

from __future__ import annotations

import pytest

from tests.factories import arrive, club, flow, nightly, only, seen, statuses

KEPT = {"on_expiry": "collect"}
CARRIED = {"started_on": "2028-02-01", "paid_until": "2028-02-28"}


def status_on(*days: str) -> dict[str, str]:
    """The status of m1 after each of these nights in a row."""
    found = {}
    for on in days:
        nightly(on)
        found[on] = statuses()["m1"]
    return found


def test_member_is_active_before_paid_until_in_grace_from_it_and_expired_on_grace_until(store, tmp_path):
    """L3.4: at a month's end of a leap year; m1 with an open invoice, m2, which does not renew, without one.

    27 Feb   28 Feb       29 Feb   1 Mar         2 Mar
    active   paid_until,  grace    grace_until,  expired
             grace                 expired
    """
    club(tmp_path, plan={"grace_days": 2}, memberships=[CARRIED, CARRIED | {"auto_renew": "false"}])
    expected = {
        "2028-02-27": "active",
        "2028-02-28": "grace",
        "2028-02-29": "grace",
        "2028-03-01": "expired",
        "2028-03-02": "expired",
    }
    for on, status in expected.items():
        nightly(on)
        assert statuses() == {"m1": status, "m2": status}, on
    assert set(seen("memberships", "paid_until grace_until")) == {("2028-02-28", "2028-03-01")}


def test_no_grace_days_expire_the_member_on_paid_until(store, tmp_path):
    """L3.4: paid_until is the first day that is not paid."""
    club(tmp_path, plan={"grace_days": 0, "auto_renew": "false"}, memberships=[CARRIED])
    assert status_on("2028-02-27", "2028-02-28") == {"2028-02-27": "active", "2028-02-28": "expired"}


def test_empty_grace_days_let_grace_last(store, tmp_path):
    """L2.1, L3.4: four months later, and there is no day on which it ends."""
    club(tmp_path, plan={"grace_days": "", "auto_renew": "false"}, memberships=[CARRIED])
    assert status_on("2028-06-30") == {"2028-06-30": "grace"}
    assert only("memberships", "grace_until") is None


def test_grace_is_counted_from_the_issue_of_an_invoice_that_came_late(store, tmp_path):
    """L3.4: nobody loses a membership because billing was late.

    15 Feb started  ...  28 Feb loaded, billed     1 Mar grace    2 Mar: 28 Feb + 3, expired
    """
    club(tmp_path, plan={"grace_days": 3} | KEPT, memberships=[{"started_on": "2028-02-15"}])
    assert status_on("2028-02-28", "2028-03-01", "2028-03-02") == {
        "2028-02-28": "grace",
        "2028-03-01": "grace",
        "2028-03-02": "expired",
    }
    assert only("memberships", "paid_until grace_until") == ("2028-02-15", "2028-03-02")


def test_grace_is_counted_from_the_oldest_open_invoice_not_from_a_younger_one(store, tmp_path):
    """L3.4: billed on 27 Feb and again on 29 Feb; grace of 3 days is over on 1 March."""
    plan = {"interval_unit": "day", "interval_count": 2, "grace_days": 3}
    club(tmp_path, plan=plan | KEPT, memberships=[{"started_on": "2028-02-27"}])
    assert status_on("2028-02-27", "2028-02-29", "2028-03-01") == {
        "2028-02-27": "grace",
        "2028-02-29": "grace",
        "2028-03-01": "expired",
    }


def test_invoice_issued_before_paid_until_does_not_begin_the_grace(store, tmp_path):
    """L3.4: the later of the two counts; lead 5 issued on 23 Feb."""
    club(tmp_path, plan={"grace_days": 2, "lead_days": 5}, memberships=[CARRIED])
    nightly("2028-02-23")
    assert only("memberships", "status grace_until") == ("active", "2028-03-01")


def test_member_who_pays_in_grace_is_active_on_the_same_day(store, tmp_path):
    """L1.6: payments come before status."""
    club(tmp_path, plan={"grace_days": 2}, memberships=[CARRIED])
    nightly("2028-02-28")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-29"}])
    assert status_on("2028-02-29") == {"2028-02-29": "active"}
    assert only("memberships", "paid_until") == "2028-03-28"


@pytest.mark.parametrize(("paid_on", "status"), [("2028-03-01", "active"), ("2028-03-02", "expired")])
def test_member_who_pays_on_the_day_grace_ends_stays_and_on_the_day_after_is_too_late(store, tmp_path, paid_on, status):
    """L1.6, L3.4, L3.5: grace is over on 1 March; the invoice becomes void that evening."""
    club(
        tmp_path,
        plan={"grace_days": 2},
        memberships=[CARRIED],
        payments=[{"amount": 115, "paid_on": paid_on, "membership": "m1"}],
    )
    nightly("2028-02-28", "2028-03-02")
    assert statuses() == {"m1": status}


def test_part_of_the_price_does_not_lengthen_the_grace(store, tmp_path):
    """L3.3, L3.4: a cent is missing."""
    club(
        tmp_path,
        plan={"grace_days": 2} | KEPT,
        memberships=[CARRIED],
        payments=[{"amount": "114.99", "paid_on": "2028-02-29"}],
    )
    nightly("2028-02-28", "2028-03-01")
    assert statuses() == {"m1": "expired"}
    assert only("memberships", "grace_until") == "2028-03-01"


def money_comes_free(tmp_path) -> None:
    """On 1 March m1 expires; its 60 go back and, in the last stage of the day, pay m2, which has been in grace."""
    plans = [{"grace_days": 2}, {"plan": "other", "price": 50, "tax_rate": "0.2", "grace_days": 9, "terms_days": 30}]
    club(tmp_path, plans=plans, memberships=[CARRIED, CARRIED | {"plan": "other"}])
    nightly("2028-02-28")
    arrive(tmp_path, payments=[{"amount": 60, "paid_on": "2028-02-29", "membership": "m1"}])
    nightly("2028-02-29", "2028-03-01")


def test_money_that_comes_free_after_status_counts_on_the_next_day(store, tmp_path):
    """L1.6: what a later stage settles is seen by an earlier one on the next business day."""
    money_comes_free(tmp_path)
    assert seen("memberships", "membership status paid_until") == [
        ("m1", "expired", "2028-02-28"),
        ("m2", "grace", "2028-03-28"),
    ]
    nightly("2028-03-02")
    assert statuses() == {"m1": "expired", "m2": "active"}


def test_day_run_again_without_news_does_not_look_at_what_its_last_stage_settled(store, tmp_path):
    """L1.6, L1.7: a repeated day changes nothing; m2 is active on the next one."""
    money_comes_free(tmp_path)
    nightly("2028-03-01")
    assert statuses() == {"m1": "expired", "m2": "grace"}


def test_each_change_of_status_is_remembered_once_with_its_figures(store, tmp_path):
    """L3.1, L3.4, L3.5: pending, active, grace, expired; a day run twice remembers nothing twice."""
    club(tmp_path, plan={"grace_days": 1, "auto_renew": "false"}, memberships=[CARRIED])
    for on in ("2028-02-27", "2028-02-28", "2028-02-29"):
        nightly(on)
        nightly(on)
    changes = "SELECT on_date::text, from_status, to_status, paid_until::text, grace_until::text, rule"
    found = store.exec_driver_sql(f"{changes} FROM tajdid.status_changes ORDER BY run_id")
    assert [tuple(row) for row in found] == [
        ("2028-02-27", "pending", "active", "2028-02-28", "2028-02-29", "L3.1"),
        ("2028-02-28", "active", "grace", "2028-02-28", "2028-02-29", "L3.4"),
        ("2028-02-29", "grace", "expired", "2028-02-28", "2028-02-29", "L3.5"),
    ]


def test_grace_that_is_made_longer_brings_no_expired_member_back(store, tmp_path):
    """L3.5: only being paid past as_of does."""
    club(tmp_path, plan={"grace_days": 1, "auto_renew": "false"}, memberships=[CARRIED])
    nightly("2028-02-29")
    assert statuses() == {"m1": "expired"}
    store.exec_driver_sql("UPDATE tajdid.plans SET grace_days = 30")
    flow("grace", "2028-03-01")
    assert statuses() == {"m1": "expired"}


def test_member_billed_by_renewals_that_ran_alone_before_the_night_is_in_grace_that_night(store, tmp_path):
    """L1.8, L3.4: the night finds nothing to bill, and status as ever."""
    club(tmp_path, memberships=[CARRIED])
    nightly("2028-02-27")
    flow("renewals", "2028-02-28")
    assert status_on("2028-02-28") == {"2028-02-28": "grace"}
    assert only("memberships", "paid_until grace_until") == ("2028-02-28", "2028-03-04")


def test_status_is_decided_after_the_payments_of_the_night_though_grace_ran_alone_before_them(store, tmp_path):
    """L1.6, L1.8: nothing has arrived since, but the earlier stages of the night have not been there yet.

    29 Feb, noon: `run grace`     29 Feb, night: the payment of the day is taken in, then status
    """
    club(
        tmp_path,
        memberships=[CARRIED],
        payments=[{"amount": 115, "paid_on": "2028-02-29"}],
    )
    nightly("2028-02-28")
    flow("grace", "2028-02-29")
    assert status_on("2028-02-29") == {"2028-02-29": "active"}


def test_member_who_starts_tonight_and_has_no_grace_expires_tonight_though_grace_ran_alone_before(store, tmp_path):
    """L1.6, L3.1, L3.4: started by the renewals of the night; status comes after them."""
    club(tmp_path, plan={"grace_days": 0, "auto_renew": "false"}, memberships=[{"started_on": "2028-02-29"}])
    nightly("2028-02-28")
    flow("grace", "2028-02-29")
    assert status_on("2028-02-29") == {"2028-02-29": "expired"}
