"""Up to which day is a membership paid? (L3.3), and what does the view show as its current period?"""

from __future__ import annotations

from tests.factories import arrive, club, flow, night, nightly, only

KEPT = {"interval_unit": "week", "grace_days": "", "on_expiry": "collect"}
LAST = "2028-03-14"


def standing() -> tuple[str, str, str]:
    return only("memberships", "paid_until grace_until status")


def three_weeks(tmp_path, **membership) -> None:
    """Weeks from 29 Feb, 7 Mar and 14 Mar, billed on the last day: CLUB-2028-000001 to …3, of 115.00 each."""
    plan = KEPT | {"grace_days": 30}
    club(tmp_path, plan=plan, memberships=[{"started_on": "2028-02-29"} | membership])
    nightly(LAST)


def pay(tmp_path, number: int, amount: int = 115) -> None:
    named = {"payment": f"p{number}-{amount}", "invoice": f"CLUB-2028-00000{number}"}
    arrive(tmp_path, payments=[named | {"amount": amount, "paid_on": LAST}])
    flow("payments", LAST)


def test_paid_until_is_the_start_of_the_first_unpaid_period_where_nothing_is_paid(store, tmp_path):
    """L3.3: [open)[open)[open)."""
    three_weeks(tmp_path)
    assert only("memberships", "paid_until") == "2028-02-29"


def test_period_paid_before_an_older_one_does_not_count_until_that_is_paid(store, tmp_path):
    """L3.3.

    29 Feb ---- 7 Mar ---- 14 Mar ---- 21 Mar
       open       paid        open              paid_until 29 Feb
       paid       paid        open              paid_until 14 Mar
       paid       paid        paid              paid_until 21 Mar
    """
    three_weeks(tmp_path)
    reached = []
    for number in (2, 1, 3):
        pay(tmp_path, number)
        reached.append(only("memberships", "paid_until"))
    assert reached == ["2028-02-29", "2028-03-14", "2028-03-21"]


def test_period_is_paid_with_the_last_cent_of_its_invoice(store, tmp_path):
    """L3.3, L6.3."""
    three_weeks(tmp_path)
    pay(tmp_path, 1, amount=100)
    assert only("memberships", "paid_until") == "2028-02-29"
    pay(tmp_path, 1, amount=15)
    assert only("memberships", "paid_until") == "2028-03-07"


def test_carried_period_counts_as_paid(store, tmp_path):
    """L3.2, L3.3: [carried)[open)[open)."""
    three_weeks(tmp_path, started_on="2028-02-01", paid_until="2028-03-07")
    assert only("memberships", "paid_until") == "2028-03-07"
    pay(tmp_path, 1)
    assert only("memberships", "paid_until") == "2028-03-14"


def test_void_period_is_as_if_it_had_not_been(store, tmp_path):
    """L3.3, L3.5: a paid week, an unpaid one that becomes void, and paid_until is the end of the first.

    29 Feb -- paid -- 7 Mar -- void -- 14 Mar
                            10 Mar expired
    """
    club(tmp_path, plan=KEPT | {"grace_days": 3, "on_expiry": "void"}, memberships=[{"started_on": "2028-02-29"}])
    flow("renewals", "2028-02-29")
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": "2028-02-29"}])
    for on in ("2028-02-29", "2028-03-07", "2028-03-10"):
        night(on)
    assert only("memberships", "status paid_until period_starts_on") == ("expired", "2028-03-07", "2028-02-29")


def test_paid_until_is_the_start_of_the_first_period_where_all_are_void(store, tmp_path):
    """L3.3: and there is no current period."""
    club(tmp_path, plan=KEPT | {"grace_days": 1, "on_expiry": "void"}, memberships=[{"started_on": "2028-02-29"}])
    nightly("2028-02-29", "2028-03-01")
    assert only("memberships", "status paid_until period_starts_on period_ends_on") == (
        *("expired", "2028-02-29"),
        *(None, None),
    )


def test_current_period_is_the_last_that_has_begun(store, tmp_path):
    """L3.3: lead 7 has billed the next week long before it begins.

    29 Feb ------- 7 Mar ------- 14 Mar
              6 Mar: the first
                   7 Mar: the second
    """
    carried = {"started_on": "2028-02-29", "paid_until": "2028-03-07"}
    club(tmp_path, plan=KEPT | {"lead_days": 7}, memberships=[carried])
    nightly("2028-03-06")
    assert only("memberships", "period_starts_on period_ends_on") == ("2028-02-29", "2028-03-07")
    nightly("2028-03-07")
    assert only("memberships", "period_starts_on period_ends_on") == ("2028-03-07", "2028-03-14")
