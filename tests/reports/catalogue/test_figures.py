"""What single figures mean: days that are used, amounts of a month, months of a company, renewals in time and late."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from models.rules.months import calendar_of, months
from models.rules.recurring import monthly
from reports.catalogue import BY_NAME
from tests.factories import club, day, night, nightly
from tests.support import load_rows


def told(store: sa.Connection, name: str, on: str) -> list[dict[str, object]]:
    """The rows of a report for the club."""
    return [dict(row._mapping) for row in store.execute(BY_NAME[name].query("club", day(on)))]


def test_each_day_earns_the_same_but_a_frozen_one(store, tmp_path):
    """L4.3, L10: net 100.00, March of 31 days, frozen from the 11th and moved by 5 days.

    1 March     11      16                        1 April   6 April
    |-- 10 days -|frozen-|-- 21 days ----------------------|
    """
    club(
        tmp_path,
        memberships=[{"started_on": "2028-03-01", "auto_renew": "false"}],
        payments=[{"amount": 115, "paid_on": "2028-03-01"}],
        freezes=[{"starts_on": "2028-03-11", "resumes_on": "2028-03-16"}],
    )
    for on in ("2028-03-01", "2028-03-11", "2028-03-16"):
        night(on)
    earned = {
        on: sum(row["recognised"] for row in told(store, "deferred_revenue", on))
        for on in ("2028-03-01", "2028-03-10", "2028-03-12", "2028-03-16", "2028-04-04", "2028-04-05", "2028-04-06")
    }
    assert [str(amount) for amount in earned.values()] == [
        "3.23", "32.26", "32.26", "35.48", "96.77", "100.00", "100.00",
    ]  # fmt: skip
    assert [str(row["closing"]) for row in told(store, "deferred_revenue", "2028-03-31")] == ["16.13"]


def test_what_voids_a_period_takes_back_what_it_had_earned(store, tmp_path):
    """L3.5: unpaid in the week from 28 February, void on 4 March: 5 days had been earned by then."""
    club(
        tmp_path,
        plan={"interval_unit": "week", "price": 70},
        memberships=[{"started_on": "2028-02-28", "auto_renew": "false"}],
    )
    nightly("2028-02-28", "2028-03-04")
    columns = ("month", "opening", "billed", "credited", "recognised", "reversed", "closing")
    assert [tuple(str(row[name]) for name in columns) for row in told(store, "deferred_revenue", "2028-03-04")] == [
        ("2028-02-01", "0.00", "70.00", "0.00", "20.00", "0.00", "50.00"),
        ("2028-03-01", "50.00", "0.00", "70.00", "30.00", "50.00", "0.00"),
    ]


@pytest.mark.parametrize(
    ("net", "interval", "amount"),
    [
        (10000, ("month", 1, "gregorian"), 10000),
        (10000, ("month", 3, "jalali"), 3333),
        (10001, ("month", 2, "gregorian"), 5001),  # half away from zero
        (120000, ("year", 1, "jalali"), 10000),
        (10000, ("week", 4, "gregorian"), 10870),
        (1000, ("day", 1, "hijri"), 30437),
        (10000, ("month", 1, "hijri"), 10307),
        (0, ("month", 1, "gregorian"), 0),
    ],
)
def test_amount_of_a_month(store, net, interval, amount):
    values = [sa.cast(net, sa.BigInteger), *(sa.literal(value) for value in interval)]
    assert store.execute(sa.select(monthly(*values))).scalar_one() == amount


@pytest.mark.parametrize(
    ("currency", "on", "last_three"),
    [
        ("SAR", "2028-03-10", ["2028-01-01", "2028-02-01", "2028-03-01"]),
        ("SAR", "2028-01-01", ["2027-11-01", "2027-12-01", "2028-01-01"]),
        ("IRR", "2028-03-19", ["2027-12-22", "2028-01-21", "2028-02-20"]),  # 29 Esfand 1406
        ("IRR", "2028-03-20", ["2028-01-21", "2028-02-20", "2028-03-20"]),  # 1 Farvardin 1407
    ],
)
def test_months_are_those_in_which_the_company_counts(store, tmp_path, currency, on, last_three):
    company = {"company": "club", "name": "Club", "timezone": "Asia/Tehran", "invoice_prefix": "CLUB"}
    load_rows(tmp_path, {"companies": [company | {"currency": currency}]})
    m = months("club", day(on)).c
    rows = store.execute(sa.select(m.starts_on, m.until).order_by(m.number)).all()
    assert len(rows) == 13
    assert [row.starts_on.isoformat() for row in rows[-3:]] == last_three
    assert [row.until for row in rows] == [*(row.starts_on for row in rows[1:]), day(on) + timedelta(1)]
    assert calendar_of(currency) == ("jalali" if currency == "IRR" else "gregorian")


def test_renewals_are_on_time_in_grace_waiting_or_lost(store, tmp_path):
    """Five weeks that end on 13 March; the next one is due at once, and void on the 18th."""
    paid = {"early": "2028-03-12", "today": "2028-03-13", "late": "2028-03-15", "back": "2028-03-19", "never": None}
    names = {name: {"membership": name, "customer": name, "started_on": "2028-03-06"} for name in paid}
    first = [{"customer": name, "amount": 115, "paid_on": "2028-03-06"} for name in paid]
    later = [{"customer": name, "amount": 115, "paid_on": on} for name, on in paid.items() if on]
    club(
        tmp_path,
        plan={"interval_unit": "week", "terms_days": 0, "on_expiry": "collect"},
        memberships=[*names.values()],
        payments=[*first, *later],
    )
    nightly("2028-03-06", "2028-03-19")
    columns = ("ended", "on_time", "in_grace", "waiting", "lost", "rate", "rate_on_time")
    shown = {
        on: [tuple(row[name] for name in columns) for row in told(store, "renewal_rate", on)]
        for on in ("2028-03-12", "2028-03-13", "2028-03-17", "2028-03-19")
    }
    assert shown == {
        "2028-03-12": [],
        "2028-03-13": [(5, 2, 0, 3, 0, Decimal(1), Decimal(1))],
        "2028-03-17": [(5, 2, 1, 2, 0, Decimal(1), Decimal("0.6667"))],
        "2028-03-19": [(5, 2, 1, 0, 2, Decimal("0.6000"), Decimal("0.4000"))],
    }


def test_different_currencies_stand_in_rows_of_their_own(store, tmp_path):
    club(
        tmp_path,
        plans=[{"plan": "riyal"}, {"plan": "dinar", "currency": "KWD", "price": "100.000"}],
        memberships=[{"plan": name, "started_on": "2028-03-01"} for name in ("riyal", "dinar")],
    )
    night("2028-03-01")
    assert [(row["currency"], str(row["open"])) for row in told(store, "aging", "2028-03-01")] == [
        ("KWD", "115.000"),
        ("SAR", "115.00"),
    ]
    revenue = {row["currency"]: str(row["closing"]) for row in told(store, "mrr", "2028-03-01")}
    assert revenue == {"KWD": "100.000", "SAR": "100.00"}


def test_a_method_is_one_however_it_is_written(store, tmp_path):
    methods = {"a": "card", "b": "CARD", "c": "Barter", "d": None}
    club(
        tmp_path,
        customers=[{"customer": "u"}],
        payments=[
            {"payment": one, "amount": "10", "paid_on": "2028-03-01", "method": by} for one, by in methods.items()
        ],
    )
    nightly("2028-03-01")
    rows = store.execute(BY_NAME["payments"].query("club", day("2028-03-01"))).all()
    assert [(row.method, row.payments) for row in rows] == [("Barter", 1), ("card", 2), (None, 1)]
