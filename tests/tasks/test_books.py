"""Which double entry does each event write? (L10) A debit is positive."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from tests.factories import arrive, club, nightly, seen

FIRST, SECOND, THIRD = "2028-02-28", "2028-02-29", "2028-03-01"
KEPT = {"grace_days": "", "on_expiry": "collect"}
ONE = "CLUB-2028-000001"

Transaction = tuple[str, str, dict[str, str]]


def transactions(on: str) -> list[Transaction]:
    """Each transaction of a day in the order written: its source, its currency, account by account."""
    of: dict[str, tuple[str, str, dict[str, str]]] = {}
    for row in seen("postings", "transaction source currency account amount", on_date=on):
        number, source, currency, account, amount = row
        of.setdefault(number, (source, currency, {}))[2][account] = amount
    return [of[number] for number in sorted(of)]


# Event by event ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "entry"),
    [
        ({}, {"receivable": "115.00", "deferred_revenue": "-100.00", "tax": "-15.00"}),
        ({"tax_included": "true"}, {"receivable": "100.00", "deferred_revenue": "-86.96", "tax": "-13.04"}),
        ({"tax_rate": "0"}, {"receivable": "100.00", "deferred_revenue": "-100.00"}),
    ],
)
def test_issue_is_receivable_against_deferred_revenue_and_tax(store, tmp_path, plan, entry):
    """L10: on the day of issue, one transaction an invoice; an account of zero has no posting."""
    club(tmp_path, plan=KEPT | plan, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    assert transactions(FIRST) == [(ONE, "SAR", entry)]


def test_each_invoice_of_a_day_is_a_transaction_of_its_own_in_its_own_currency(store, tmp_path):
    """L10."""
    dinar = {"plan": "dinar", "currency": "KWD", "price": "10.125", "tax_rate": "0.05"}
    club(
        tmp_path,
        plans=[KEPT, KEPT | dinar],
        memberships=[{"started_on": FIRST}, {"started_on": FIRST, "plan": "dinar"}],
    )
    nightly(FIRST)
    assert transactions(FIRST) == [
        (ONE, "SAR", {"receivable": "115.00", "deferred_revenue": "-100.00", "tax": "-15.00"}),
        ("CLUB-2028-000002", "KWD", {"receivable": "10.631", "deferred_revenue": "-10.125", "tax": "-0.506"}),
    ]


@pytest.mark.parametrize(
    ("payment", "entries"),
    [
        ({"amount": 115, "invoice": ONE}, [{"cash": "115.00", "receivable": "-115.00"}]),
        ({"amount": 100, "membership": "m1"}, [{"cash": "100.00", "receivable": "-100.00"}]),
        (
            {"amount": 120, "invoice": ONE},
            [{"cash": "120.00", "receivable": "-115.00", "customer_credit": "-5.00"}],
        ),
        (
            {"amount": 120},
            [
                {"cash": "120.00", "customer_credit": "-120.00"},
                {"receivable": "-115.00", "customer_credit": "115.00"},
            ],
        ),
    ],
    ids=["all to its invoice", "part of it", "more than it", "points nowhere: credit, then allocation"],
)
def test_payment_is_cash_against_receivable_where_it_points_and_customer_credit_where_not(
    store, tmp_path, payment, entries
):
    """L10: what unapplied credit pays is a transaction of its own."""
    club(tmp_path, plan=KEPT, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    arrive(tmp_path, payments=[payment | {"paid_on": SECOND}])
    nightly(SECOND)
    assert transactions(SECOND) == [("p1", "SAR", entry) for entry in entries]


def test_allocation_of_credit_is_booked_for_each_payment_and_invoice_that_meet(store, tmp_path):
    """L10, L6.2: p1 60 and p2 100 meet 115 and 115."""
    club(tmp_path, plan=KEPT, memberships=[{"started_on": SECOND}, {"started_on": SECOND}])
    arrive(tmp_path, payments=[{"amount": amount, "paid_on": FIRST} for amount in (60, 100)])
    nightly(FIRST)
    nightly(SECOND)
    met = [(source, entry) for source, _, entry in transactions(SECOND) if "deferred_revenue" not in entry]
    assert met == [
        ("p1", {"receivable": "-60.00", "customer_credit": "60.00"}),
        ("p2", {"receivable": "-55.00", "customer_credit": "55.00"}),
        ("p2", {"receivable": "-45.00", "customer_credit": "45.00"}),
    ]


def test_credit_note_is_the_reverse_of_its_invoice_after_the_money_on_it_went_back(store, tmp_path):
    """L3.5, L10: 40 had been paid; the return takes them out of the receivable's settlement."""
    club(tmp_path, plan={"grace_days": 2, "interval_unit": "week"}, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    arrive(tmp_path, payments=[{"amount": 40, "paid_on": SECOND}])
    nightly(SECOND, THIRD)
    assert transactions(THIRD) == [
        ("p1", "SAR", {"receivable": "40.00", "customer_credit": "-40.00"}),
        ("CLUB-2028-000002", "SAR", {"receivable": "-115.00", "deferred_revenue": "100.00", "tax": "15.00"}),
    ]


def test_refund_is_customer_credit_against_cash(store, tmp_path):
    """L10."""
    club(
        tmp_path,
        payments=[{"amount": 70, "paid_on": FIRST}, {"amount": 50, "paid_on": FIRST}],
        refunds=[{"amount": 80, "refunded_on": SECOND}],
    )
    nightly(FIRST, SECOND)
    assert transactions(SECOND) == [("r1", "SAR", {"customer_credit": "80.00", "cash": "-80.00"})]


def test_what_does_not_happen_is_not_booked(store, tmp_path):
    """L10: carried periods, zero totals, what waits for its day, what is refused, a day run twice."""
    club(
        tmp_path,
        memberships=[{"started_on": FIRST, "paid_until": THIRD}, {"started_on": FIRST, "discount_percent": 100}],
        payments=[{"amount": 115, "paid_on": THIRD}],
        refunds=[{"amount": 1, "refunded_on": FIRST}],
    )
    nightly(FIRST)
    nightly(FIRST, SECOND)
    assert seen("postings", "source account amount") == []


# A story, day by day -------------------------------------------------------------------------------------------------


Sums = dict[tuple[str, str], Decimal]


def sums(view: str, amount: str, where: dict[str, str] | None = None) -> Sums:
    """Sums by company and currency, those of zero left out; a customer's company is the first letter of its name."""
    totals: Sums = defaultdict(Decimal)
    owner = "customer" if view == "customer_credit" else "company"
    for of, currency, value in seen(view, f"{owner} currency {amount}", **(where or {})):
        totals[of[0], currency] += Decimal(value)
    return {key: total for key, total in totals.items() if total}


def check_books() -> None:
    """Every transaction sums to zero, and the accounts are what the documents and payments say."""
    by_transaction: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for *key, amount in seen("postings", "transaction company currency amount"):
        by_transaction[tuple(key)] += Decimal(amount)
    assert set(by_transaction.values()) <= {Decimal(0)}
    assert len({number for number, _, _ in by_transaction}) == len(by_transaction), "a transaction in two currencies"
    assert sums("postings", "amount", {"account": "receivable"}) == sums("invoices", "open")
    credit = {key: -total for key, total in sums("postings", "amount", {"account": "customer_credit"}).items()}
    assert credit == sums("customer_credit", "amount")


def test_receivable_is_what_is_open_and_customer_credit_what_is_unapplied_on_every_day(store, tmp_path):
    """L10: two companies, two currencies.

    a, SAR   28 Feb billed   29 Feb pays 40 and 30   2 Mar expires, money back        3 Mar refund of 50
    b, KWD   28 Feb billed   1 Mar pays 20.000       1 Mar and 3 Mar billed again     4 Mar expires, 9.369 back
    """
    every_other_day = {"interval_unit": "day", "interval_count": 2, "grace_days": 3}
    kuwait = {"plan": "b", "company": "b", "currency": "KWD", "price": "10.125", "tax_rate": "0.05"}
    club(
        tmp_path,
        companies=[{"company": "a"}, {"company": "b", "currency": "KWD"}],
        plans=[every_other_day | {"plan": "a", "company": "a"}, every_other_day | kuwait],
        customers=[{"customer": "a1", "company": "a"}, {"customer": "b1", "company": "b"}],
        memberships=[
            {"membership": "ma", "customer": "a1", "started_on": FIRST},
            {"membership": "mb", "customer": "b1", "started_on": FIRST, "plan": "b"},
        ],
        payments=[
            {"customer": "a1", "amount": 40, "paid_on": SECOND, "membership": "ma"},
            {"customer": "a1", "amount": 30, "paid_on": SECOND},
            {"customer": "b1", "amount": "20.000", "paid_on": THIRD, "currency": "KWD"},
            {"customer": "b1", "amount": "6.00", "paid_on": THIRD},
        ],
        refunds=[{"customer": "a1", "amount": 50, "refunded_on": "2028-03-03"}],
    )
    for on in (FIRST, SECOND, THIRD, "2028-03-02", "2028-03-03", "2028-03-04"):
        nightly(on)
        check_books()
    assert seen("memberships", "membership status") == [("ma", "expired"), ("mb", "expired")]
    assert {kind for (kind,) in seen("invoices", "kind")} == {"membership", "credit_note"}
    # a: 70 paid, 50 refunded; b: 20.000 paid, 10.631 for the first period; its second became void, half paid.
    assert seen("customer_credit", "customer currency amount") == [
        ("a1", "SAR", "20.00"),
        ("b1", "KWD", "9.369"),
        ("b1", "SAR", "6.00"),
    ]
