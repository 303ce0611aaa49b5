"""The time machine: what it foretells is what happens, and the store is not touched."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from flows.forecast import forecast
from models.errors import WrongUsage
from models.payments import payments
from reports.forecast import weeks
from tasks.database import transaction
from tasks.forecasting import set_terms, suppose_payments
from tests import processes as p
from tests.factories import club as small
from tests.factories import nightly

LAST = p.FIRST + timedelta(3)
UNTIL = LAST + timedelta(10)


@pytest.fixture
def club(own_database, tmp_path):
    """Four nights of a club."""
    p.small_club(tmp_path, full=True)
    for n in range(4):
        p.nightly(p.FIRST + timedelta(n))
    return own_database


def foretold(*wishes: str, paying: bool = False, until: date = UNTIL) -> list[dict[str, str]]:
    return forecast(until, until, wishes, paying=paying)


def test_what_is_foretold_is_what_happens(club):
    told = foretold()
    assert [row["week"] for row in told] == [
        f"{LAST + timedelta(1)} to {LAST + timedelta(7)}",
        f"{LAST + timedelta(8)} to {UNTIL}",
    ]
    for n in range(4, 14):
        p.nightly(p.FIRST + timedelta(n))
    with transaction() as connection:
        assert told == weeks(connection, LAST + timedelta(1), UNTIL)
    assert any(row["invoices"] != "–" for row in told)


def test_store_is_not_touched_and_nothing_is_left_behind(club):
    counts, state = p.counts(), p.state()
    foretold("plan.grace_days=30", paying=True)
    assert p.counts() == counts
    p.assert_same(p.state(), state)
    with transaction() as connection:
        left = connection.execute(sa.text("SELECT datname FROM pg_database WHERE datname LIKE '%scratch%'"))
        assert left.scalars().all() == []


def expired(told: list[dict[str, str]]) -> int:
    return sum(int(row["expired"].replace("–", "0")) for row in told)


def test_other_terms_and_paying_members_change_what_comes(club):
    until = LAST + timedelta(14)
    nobody_pays = expired(foretold(until=until))
    assert expired(foretold("plan.grace_days=300", until=until)) < nobody_pays
    assert expired(foretold(paying=True, until=until)) < nobody_pays


def test_who_owes_from_before_goes_on_not_paying_and_all_others_pay_when_it_is_due(store, tmp_path):
    small(
        tmp_path,
        plan={"grace_days": 90, "terms_days": 5},
        memberships=[{"started_on": "2028-02-01"}, {"started_on": "2028-02-20", "customer": "v"}],
    )
    nightly("2028-02-01", "2028-02-20")
    first = date(2028, 2, 21)
    for n in range(10):
        suppose_payments(first + timedelta(n), first)
    assert [(row.customer, row.paid_on) for row in store.execute(sa.select(payments))] == [("v", date(2028, 2, 25))]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("plan.grace_days", "not understood"),
        ("plan.name=x", "expected plan.TERM=VALUE.* terms_days"),
        ("company.name=x", "not understood"),
        ("plan.grace_days=many", "--set plan.grace_days=many is refused"),
        ("plan.on_expiry=nothing", "is refused"),
        ("plan:nowhere.grace_days=3", "there is no plan nowhere"),
    ],
)
def test_wrong_wishes_are_refused(store, tmp_path, wish: str, said: str):
    p.small_club(tmp_path)
    with pytest.raises(WrongUsage, match=said), store.begin_nested():
        set_terms([wish])


@pytest.mark.parametrize("until", [p.FIRST - timedelta(1), p.FIRST + timedelta(400)])
def test_days_that_cannot_be_foretold_are_refused(store, until: date):
    with pytest.raises(WrongUsage, match="cannot be foretold; expected a day from"):
        forecast(until, p.FIRST)
