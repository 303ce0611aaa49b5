"""What does a notice cost, under which number, due when, and who pays it? (L8.2)"""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import arrive, club, day, flow, night, only, seen

START = "2028-02-01"
"""Billed and due on this day."""
PATIENT = {"terms_days": 0, "grace_days": "", "auto_renew": "false"}
FEE = {"days_overdue": 3, "fee": 20}


def after(days: int) -> str:
    """So many days after the first of February."""
    return (day(START) + timedelta(days)).isoformat()


def owes(tmp_path, *days: int, **also) -> None:
    """A member who does not pay, billed on 1 February, and the dunning of some days after it."""
    club(tmp_path, **{"plan": PATIENT, "memberships": [{"started_on": START}], "dunning_levels": [FEE]} | also)
    flow("payments", START)
    flow("renewals", START)
    for each in days:
        flow("dunning", after(each))


def fees(columns: str) -> list[tuple]:
    return seen("invoices", columns, kind="fee")


def test_fee_is_an_invoice_of_its_own_without_tax(store, tmp_path):
    """L8.2: of the same customer and membership, for no period; the notice names it."""
    owes(tmp_path, 3)
    number = "CLUB-2028-000002"
    assert fees("invoice company customer membership period_starts_on issued_on currency") == [
        (number, "club", "u", "m1", None, after(3), "SAR")
    ]
    assert fees("net tax total paid open status corrects") == [
        ("20.00", "0.00", "20.00", "0.00", "20.00", "open", None)
    ]
    assert seen("notices", "invoice level fee_invoice") == [("CLUB-2028-000001", 1, number)]
    assert seen("postings", "account amount on_date", source=number) == [
        ("fee_income", "-20.00", after(3)),
        ("receivable", "20.00", after(3)),
    ]


def test_fee_has_no_tax_even_where_prices_include_it(store, tmp_path):
    """L8.2."""
    owes(tmp_path, 3, plan=PATIENT | {"tax_included": "true"})
    assert fees("net tax total") == [("20.00", "0.00", "20.00")]


@pytest.mark.parametrize("terms_days", [0, 10])
def test_fee_is_due_after_the_terms_of_the_plan(store, tmp_path, terms_days):
    """L8.2: counted from the day of the notice."""
    owes(tmp_path, terms_days + 3, plan=PATIENT | {"terms_days": terms_days})
    assert fees("issued_on due_on") == [(after(terms_days + 3), after(2 * terms_days + 3))]


@pytest.mark.parametrize("fee", ["", "0", "0.00"])
def test_level_without_a_fee_issues_none(store, tmp_path, fee):
    """L8.2, readings 35."""
    owes(tmp_path, 3, dunning_levels=[FEE | {"fee": fee}])
    assert fees("invoice") == []
    assert seen("notices", "level fee_invoice") == [(1, None)]


@pytest.mark.parametrize(("currency", "fee"), [("KWD", "1.125"), ("JPY", "150")])
def test_fee_is_in_the_currency_of_the_company(store, tmp_path, currency, fee):
    """L2.4: three decimals, and none."""
    company = {"currency": currency}
    owes(tmp_path, 3, company=company, plan=PATIENT | company, dunning_levels=[FEE | {"fee": fee}])
    assert fees("currency total") == [(currency, fee)]


def test_each_level_has_a_fee_of_its_own(store, tmp_path):
    """L8.2: the one that was passed over costs nothing."""
    levels = [{"days_overdue": days, "fee": fee} for days, fee in {3: 5, 7: 10, 14: 20}.items()]
    owes(tmp_path, 4, 15, 16, dunning_levels=levels)
    assert fees("issued_on total") == [(after(4), "5.00"), (after(15), "20.00")]


def test_fee_is_never_dunned(store, tmp_path):
    """L8.2: a hundred days overdue; the letters list it, no notice is about it."""
    levels = [FEE, {"days_overdue": 100}]
    owes(tmp_path, 3, 50, 100, 103, dunning_levels=levels)
    assert seen("notices", "invoice level noticed_on") == [
        ("CLUB-2028-000001", 1, after(3)),
        ("CLUB-2028-000001", 2, after(100)),
    ]
    listed = "SELECT facts -> 'invoices' FROM tajdid.messages WHERE kind = 'dunning' AND on_date = '2028-05-11'"
    (invoices,) = store.exec_driver_sql(listed).scalars().all()
    assert [(row["invoice"][-1], row["days"]) for row in invoices] == [("1", 100), ("2", 97)]


def test_fee_that_is_open_alone_is_not_dunned(store, tmp_path):
    """L8.2: the membership invoice is paid by name on the fourth day."""
    owes(tmp_path, 3, dunning_levels=[FEE, {"days_overdue": 5}])
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": after(4), "invoice": "CLUB-2028-000001"}])
    flow("payments", after(4))
    for days in (5, 8, 100):
        flow("dunning", after(days))
    assert seen("notices", "level") == [(1,)]
    assert fees("status") == [("open",)]


def test_fee_does_not_keep_a_member_from_being_active(store, tmp_path):
    """L3.3: a period is paid when its own invoice is."""
    club(tmp_path, plan=PATIENT, memberships=[{"started_on": START}], dunning_levels=[FEE])
    for days in (0, 3):
        night(after(days))
    arrive(tmp_path, payments=[{"amount": 115, "paid_on": after(4)}])
    night(after(4))
    assert only("memberships", "status paid_until") == ("active", "2028-03-01")
    assert fees("open") == [("20.00",)]


def test_fee_invoices_are_numbered_by_the_invoices_that_they_chase(store, tmp_path):
    """L6.1: after all others of the day; whatever the levels and customers; each company by itself.

    1 b, 2 z (1 Feb)    3 c (3 Feb)    on the 6th: 4 is billed, then the fees of 1, 2, 3
    """
    starts = {"z": START, "b": START, "c": after(2), "a": after(5)}
    levels = [{"days_overdue": 3, "fee": 10}, {"days_overdue": 5, "fee": 20}]
    club(
        tmp_path,
        plan=PATIENT,
        memberships=[{"membership": name, "customer": f"of {name}", "started_on": on} for name, on in starts.items()],
        dunning_levels=levels,
    )
    for days in (0, 2, 5):
        night(after(days))
    assert seen("invoices", "invoice kind membership total", issued_on=after(5)) == [
        ("CLUB-2028-000004", "membership", "a", "115.00"),
        ("CLUB-2028-000005", "fee", "b", "20.00"),
        ("CLUB-2028-000006", "fee", "z", "20.00"),
        ("CLUB-2028-000007", "fee", "c", "10.00"),
    ]


def test_fees_of_invoices_of_the_year_before_come_first(store, tmp_path):
    """L6.1: 000002 of 2027 was issued before 000001 of 2028."""
    started = {"b": "2027-12-30", "a": "2028-01-01"}
    club(
        tmp_path,
        plan=PATIENT,
        memberships=[
            {"membership": "x", "started_on": "2027-12-30"},
            *({"membership": name, "started_on": on} for name, on in started.items()),
        ],
        dunning_levels=[FEE],
    )
    for on in ("2027-12-30", "2028-01-01", "2028-01-04"):
        night(on)
    assert seen("invoices", "invoice membership", kind="fee") == [
        ("CLUB-2028-000002", "b"),
        ("CLUB-2028-000003", "x"),
        ("CLUB-2028-000004", "a"),
    ]


# Paid -----------------------------------------------------------------------------------------------------------------


def test_money_that_comes_free_on_the_day_pays_the_fee_of_that_day(store, tmp_path):
    """L1.6: unapplied credit comes again after dunning.

    day 3: m1 expires, its 60 come free; m2 is noticed: 23 pay its invoice, 20 the fee, 17 stay
    """
    cheap = {"plan": "cheap", "price": 20, "on_expiry": "collect"}
    club(
        tmp_path,
        plans=[PATIENT | {"grace_days": 3}, PATIENT | cheap],
        memberships=[{"started_on": START}, {"started_on": START, "plan": "cheap"}],
        payments=[{"amount": 60, "paid_on": after(1), "membership": "m1"}],
        dunning_levels=[FEE],
    )
    for days in (0, 1, 2, 3):
        night(after(days))
    assert seen("invoices", "membership kind paid status", membership="m2") == [
        ("m2", "fee", "20.00", "paid"),
        ("m2", "membership", "23.00", "paid"),
    ]
    assert seen("customer_credit", "amount") == [("17.00",)]


def in_dollars(tmp_path, *days: int) -> None:
    """A debt in dollars, and credit in the company's currency, in which its fee is."""
    dollars = PATIENT | {"currency": "USD"}
    owes(tmp_path, *days, plan=dollars, payments=[{"amount": 50, "paid_on": START}])


def test_unapplied_credit_pays_a_fee_on_the_day_on_which_it_is_issued(store, tmp_path):
    """L1.6, L8.2: fifty riyals have waited for a debt in riyals."""
    in_dollars(tmp_path, 3)
    assert fees("currency paid status") == [("SAR", "20.00", "paid")]
    assert seen("customer_credit", "currency amount") == [("SAR", "30.00")]


def test_fee_in_another_currency_than_the_plans_passes_the_audit(store, tmp_path):
    """L8.2: a fee is in the company's currency, whatever the plan's is."""
    in_dollars(tmp_path, 3)
    flow("audit", after(3))


def test_payment_may_name_a_fee(store, tmp_path):
    """L6.2, readings 24: by its number; a payment that does not meets the older debt first."""
    owes(tmp_path, 3)
    named = {"amount": 20, "paid_on": after(4), "invoice": "CLUB-2028-000002"}
    arrive(tmp_path, payments=[named, {"payment": "p2", "amount": 20, "paid_on": after(4)}])
    flow("payments", after(4))
    flow("renewals", after(4))
    assert seen("invoices", "kind paid") == [("fee", "20.00"), ("membership", "20.00")]


@pytest.mark.parametrize("on_expiry", ["void", "collect"])
def test_fee_stays_when_the_membership_closes(store, tmp_path, on_expiry):
    """L5.3: unpaid invoices of periods are credited; a fee is for none."""
    club(
        tmp_path,
        plan=PATIENT | {"on_expiry": on_expiry},
        memberships=[{"started_on": START}],
        dunning_levels=[FEE],
        closures=[{"requested_on": after(5)}],
    )
    for days in (0, 3, 5):
        night(after(days))
    assert fees("status open") == [("open", "20.00")]
