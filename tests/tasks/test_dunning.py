"""Which overdue invoices are noticed, at which level, on which day, and when does it stop? (L8.1, L8.3)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import arrive, club, day, flow, night, seen
from tests.tasks.repeating import assert_as_once_and_daily

START = "2028-02-01"
"""Billed and due on this day."""
PATIENT = {"terms_days": 0, "grace_days": "", "auto_renew": "false"}
LEVELS = [{"days_overdue": 3}, {"days_overdue": 7}, {"days_overdue": 14}]


def after(days: int) -> str:
    """The business date on which an invoice due on the first of February is so many days overdue."""
    return (day(START) + timedelta(days)).isoformat()


def owes(tmp_path, *days: int, **also) -> None:
    """A member who does not pay, billed on 1 February, and the dunning of some days after it."""
    club(tmp_path, **{"plan": PATIENT, "memberships": [{"started_on": START}], "dunning_levels": LEVELS} | also)
    flow("payments", START)
    flow("renewals", START)
    dunned(*days)


def dunned(*days: int) -> None:
    for each in days:
        flow("dunning", after(each))


def notices(**where: str) -> list[tuple[int, str]]:
    """level, how many days after the first of February"""
    return [(level, (day(on) - day(START)).days) for level, on in seen("notices", "level noticed_on", **where)]


# Levels ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([2], []),
        ([2, 3], [(1, 3)]),
        ([2, 3, 4, 5, 6], [(1, 3)]),
        ([3, 6, 7], [(1, 3), (2, 7)]),
        ([3, 7, 13, 14], [(1, 3), (2, 7), (3, 14)]),
        ([3, 7, 14, 15, 400], [(1, 3), (2, 7), (3, 14)]),
    ],
    ids=str,
)
def test_notice_is_written_on_the_day_on_which_a_level_is_reached(store, tmp_path, days, found):
    """L8.1: before, on and after each; `as_of - due_on >= days_overdue`."""
    owes(tmp_path, *days)
    assert notices() == found


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([8], [(2, 8)]),
        ([4, 15], [(1, 4), (3, 15)]),
        ([15, 16, 17], [(3, 15)]),
        ([7, 8], [(2, 7)]),
    ],
    ids=str,
)
def test_level_that_was_passed_over_is_not_sent_later(store, tmp_path, days, found):
    """L8.1: the highest one that is reached, once."""
    owes(tmp_path, *days)
    assert notices() == found


def test_day_is_counted_from_due_on(store, tmp_path):
    """L8.1: terms of ten days: due on 11 February, a first notice on the 14th."""
    owes(tmp_path, 12, 13, plan=PATIENT | {"terms_days": 10})
    assert notices() == [(1, 13)]


@pytest.mark.parametrize(
    ("levels", "days", "found"),
    [
        ([{"days_overdue": 0}], [0], [(1, 0)]),
        ([{"days_overdue": 3}, {"days_overdue": 3}], [3], [(2, 3)]),
        ([{"days_overdue": 7}, {"days_overdue": 3}], [3, 7], [(2, 3)]),
        ([{"level": 5, "days_overdue": 3}, {"level": 9, "days_overdue": 4}], [3, 4], [(5, 3), (9, 4)]),
        ([], [100], []),
    ],
    ids=["on the day it is due", "two on one day", "the higher one first", "with gaps", "no policy"],
)
def test_policy_may_have_any_levels(store, tmp_path, levels, days, found):
    """L8.1: the highest level counts, whatever its days."""
    owes(tmp_path, *days, dunning_levels=levels)
    assert notices() == found


def test_level_that_the_policy_gets_later_applies_to_what_has_reached_it(store, tmp_path):
    """L8.1: a fourth level for ten days; the invoice stands at the second."""
    owes(tmp_path, 7, 11)
    arrive(tmp_path, dunning_levels=[{"level": 4, "days_overdue": 10}])
    dunned(12)
    assert notices() == [(2, 7), (4, 12)]


def test_each_company_has_a_policy_of_its_own(store, tmp_path):
    """L8.1."""
    levels = [{"days_overdue": 3}, {"company": "other", "level": 1, "days_overdue": 5}]
    owes(
        tmp_path,
        *(3, 4, 5),
        companies=[{}, {"company": "other"}],
        plans=[PATIENT, PATIENT | {"plan": "elsewhere", "company": "other"}],
        customers=[{"customer": "v", "company": "other"}],
        memberships=[{"started_on": START}, {"started_on": START, "customer": "v", "plan": "elsewhere"}],
        dunning_levels=levels,
    )
    assert [(invoice, *row) for invoice in ("CLUB", "OTHER") for row in notices(invoice=f"{invoice}-2028-000001")] == [
        ("CLUB", 1, 3),
        ("OTHER", 1, 5),
    ]


# Stops ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "found"), [("115.00", [(1, 3)]), ("114.99", [(1, 3), (2, 7)])], ids=["paid", "a cent is missing"]
)
def test_paid_invoice_is_not_noticed_any_more(store, tmp_path, amount, found):
    """L8.3: paid on the seventh day; dunning comes after the payments."""
    owes(tmp_path, 3)
    arrive(tmp_path, payments=[{"amount": amount, "paid_on": after(7)}])
    flow("payments", after(7))
    dunned(7, 14) if amount == "115.00" else dunned(7)
    assert notices() == found


def test_void_invoice_is_not_noticed_any_more(store, tmp_path):
    """L8.3, L1.6: expired on the third day, before dunning, and credited."""
    club(tmp_path, plan=PATIENT | {"grace_days": 3}, memberships=[{"started_on": START}], dunning_levels=LEVELS)
    for days in (0, 2, 3, 7):
        night(after(days))
    assert notices() == []
    assert [kind for (kind,) in seen("messages", "kind") if kind == "dunning"] == []


def test_debt_of_who_has_left_is_noticed_on(store, tmp_path):
    """L8.1, L5.3: expired or closed, where the plan collects."""
    club(
        tmp_path,
        plan=PATIENT | {"grace_days": 1, "on_expiry": "collect"},
        memberships=[{"started_on": START}, {"started_on": START}],
        closures=[{"membership": "m2", "requested_on": after(1)}],
        dunning_levels=LEVELS,
    )
    for days in (0, 1, 3):
        night(after(days))
    assert dict(seen("memberships", "membership status")) == {"m1": "expired", "m2": "closed"}
    assert notices() == [(1, 3), (1, 3)]


def test_customer_who_is_blocked_gets_no_notice_no_fee_and_no_letter(store, tmp_path):
    """L8.3, readings 35: and from the day on which the block is lifted, the level that is reached by then."""
    blocked = {"customer": "u", "company": "club", "kind": "person", "name": "Member", "dunning_blocked": "true"}
    levels = [{"days_overdue": 3, "fee": 5}, {"days_overdue": 7, "fee": 10}]
    owes(tmp_path, 3, 7, customers=[blocked], dunning_levels=levels)
    assert (notices(), seen("invoices", "kind"), seen("messages", "kind")) == (
        [],
        [("membership",)],
        [("invoice_issued",)],
    )
    arrive(tmp_path, customers=[blocked | {"dunning_blocked": "false"}])
    dunned(8)
    assert notices() == [(2, 8)]


# Letters --------------------------------------------------------------------------------------------------------------


def letters(store) -> list[tuple]:
    """customer, level, template, and of each listed invoice its last digit, days and open amount; by day."""
    rows = store.exec_driver_sql(
        "SELECT customer, facts FROM tajdid.messages WHERE kind = 'dunning' ORDER BY on_date, customer"
    )
    return [
        (
            customer,
            *(facts["level"], facts["template"]),
            [(row["invoice"][-1], row["days"], row["open_minor"]) for row in facts["invoices"]],
        )
        for customer, facts in rows
    ]


WEEKS = {"plan": PATIENT | {"interval_unit": "week", "auto_renew": "true"}}


def test_one_letter_a_customer_and_day_lists_all_that_is_overdue_in_the_tone_of_the_highest_level(store, tmp_path):
    """L8.3: weeks due on the 1st, the 8th and the 15th; on the 15th the first is at level 3, the second at 2.

    the third is due on the 15th and not overdue yet
    """
    levels = [row | {"template": f"tone {n}"} for n, row in enumerate(LEVELS, start=1)]
    club(tmp_path, memberships=[{"started_on": START}], dunning_levels=levels, **WEEKS)
    for days in (0, 7, 14):
        night(after(days))
    assert letters(store) == [
        ("u", 2, "tone 2", [("1", 7, 11500)]),
        ("u", 3, "tone 3", [("1", 14, 11500), ("2", 7, 11500)]),
    ]
    assert seen("notices", "invoice level noticed_on") == [
        ("CLUB-2028-000001", 2, after(7)),
        ("CLUB-2028-000001", 3, after(14)),
        ("CLUB-2028-000002", 2, after(14)),
    ]


def test_letter_lists_what_is_overdue_without_a_notice_of_its_own_and_what_is_left_of_it(store, tmp_path):
    """L8.3: m1 is noticed; m2, due a day later, is one day overdue; of m1 15.00 are paid."""
    owes(
        tmp_path,
        plans=[PATIENT, PATIENT | {"plan": "later", "terms_days": 2}],
        memberships=[{"started_on": START}, {"started_on": START, "plan": "later"}],
        payments=[{"amount": 15, "paid_on": START}],
    )
    dunned(3)
    assert letters(store) == [("u", 1, None, [("1", 3, 10000), ("2", 1, 11500)])]


def test_letter_on_the_day_on_which_an_invoice_is_due_lists_it(store, tmp_path):
    """L8.1, L8.3: a level of zero days; whoever gets a letter is told of which invoice."""
    owes(tmp_path, 0, dunning_levels=[{"days_overdue": 0}])
    found = "SELECT facts -> 'invoices' -> 0 ->> 'invoice' FROM tajdid.messages WHERE kind = 'dunning'"
    assert store.exec_driver_sql(found).scalars().all() == ["CLUB-2028-000001"]


def test_no_letter_without_a_notice(store, tmp_path):
    """Readings 35: an overdue invoice alone says nothing on the days between two levels."""
    owes(tmp_path, 3, 4, 5, 6)
    assert len(letters(store)) == 1


def test_every_customer_gets_a_letter_of_their_own_debts(store, tmp_path):
    """L8.3: two customers, one with two memberships."""
    owes(tmp_path, 3, memberships=[{"started_on": START, "customer": name} for name in ("v", "u", "v")])
    assert letters(store) == [
        ("u", 1, None, [("2", 3, 11500)]),
        ("v", 1, None, [("1", 3, 11500), ("3", 3, 11500)]),
    ]


def test_second_run_of_a_day_writes_no_second_letter(store, tmp_path):
    """L8.3, L1.8: loaded after the first, m2 has reached a level too."""
    owes(tmp_path, 3)
    arrive(
        tmp_path,
        memberships=[{"membership": "m2", "started_on": START}],
        dunning_levels=[{"level": 7, "days_overdue": 0}],
    )
    flow("renewals", after(3))
    dunned(3)
    assert len(letters(store)) == 1
    assert len(notices()) == 3


def test_dunning_run_twice_or_late_is_as_once_and_daily(store, tmp_path):
    """L1.7, L1.8: levels with and without a fee, credit that pays a fee, a payment in between."""
    club(
        tmp_path,
        plan=PATIENT,
        memberships=[{"started_on": START}, {"started_on": START}],
        dunning_levels=[{"days_overdue": 1}, {"days_overdue": 2, "fee": 5}, {"days_overdue": 4, "fee": 10}],
        payments=[{"amount": 117, "paid_on": after(3)}],
    )
    state = assert_as_once_and_daily(store, START, after(4))
    assert state["notices"].total() == 5
