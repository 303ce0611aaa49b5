"""A membership's year, drawn as a timeline."""

from __future__ import annotations

from tests.factories import arrive, club, night, only, seen

MONTH_ENDS = [
    "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30",
    "2027-07-31", "2027-08-31", "2027-09-30", "2027-10-31", "2027-11-30",
    "2027-12-31", "2028-01-31", "2028-02-29",
]  # fmt: skip


def test_year_of_a_member_anchored_on_31_january_who_always_pays(store, tmp_path):
    """L1.3, L3.6: month ends never drift, no day is billed twice and none is left out.

    31 Jan 27   28 Feb   31 Mar   30 Apr   ...   31 Dec   31 Jan 28   29 Feb 28
       |--paid--|--paid--|--paid--|--- ... ---|--paid--|--paid--|--paid--
    """
    club(tmp_path, memberships=[{"started_on": "2027-01-31"}])
    days = ["2027-01-31", *MONTH_ENDS]
    for number, on in enumerate(days, start=1):
        arrive(tmp_path, payments=[{"payment": f"p{number}", "amount": "115.00", "paid_on": on}])
        night(on)
    periods = sorted(seen("periods", "starts_on ends_on state"))
    assert [(starts, ends) for starts, ends, _ in periods[:-1]] == list(zip(days, MONTH_ENDS, strict=False))
    assert {state for *_, state in periods} == {"paid"}
    assert only("memberships", "status paid_until") == ("active", "2028-03-31")
    assert seen("customer_credit", "amount") == []


def test_year_of_a_member_who_pays_late_once_leaves_and_never_comes_back(store, tmp_path):
    """L3.4, L3.5, L6.2: quarterly, 7 days of grace, void on expiry.

    1 Mar 27        1 Jun           1 Sep           1 Dec
      |-- paid 1 Mar -|-- paid 5 Jun -|-- 40 of 115 paid, 8 Sep expired: void, 40 free again
      active          grace  active   grace   expired
    """
    club(tmp_path, plan={"interval_count": 3, "grace_days": 7}, memberships=[{"started_on": "2027-03-01"}])
    arrive(
        tmp_path,
        payments=[
            {"payment": "p1", "amount": "115.00", "paid_on": "2027-03-01"},
            {"payment": "p2", "amount": "115.00", "paid_on": "2027-06-05"},
            {"payment": "p3", "amount": "40.00", "paid_on": "2027-09-03"},
        ],
    )
    found = {}
    for on in ("2027-03-01", "2027-06-01", "2027-06-05", "2027-09-01", "2027-09-03", "2027-09-08", "2027-12-01"):
        night(on)
        found[on] = only("memberships", "status")
    # What is paid on the morning of the day that bills it meets the new invoice the same day.
    assert list(found.values()) == ["active", "grace", "active", "grace", "grace", "expired", "expired"]
    assert sorted(seen("periods", "starts_on ends_on state")) == [
        ("2027-03-01", "2027-06-01", "paid"),
        ("2027-06-01", "2027-09-01", "paid"),
        ("2027-09-01", "2027-12-01", "void"),
    ]
    assert only("customer_credit", "currency amount") == ("SAR", "40.00")
    assert only("memberships", "paid_until") == "2027-09-01"
