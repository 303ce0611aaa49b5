"""May a refund be paid out, and from which payments? Unapplied credit only, all or nothing (L6.4)."""

from __future__ import annotations

from tests.factories import arrive, club, nightly, only, seen

FIRST, SECOND, THIRD = "2028-02-28", "2028-02-29", "2028-03-01"


def saver(tmp_path, *amounts: int, **also) -> None:
    """A customer without debts who has paid the given amounts on the first day: p1, p2, …"""
    club(tmp_path, payments=[{"amount": amount, "paid_on": FIRST} for amount in amounts], **also)
    nightly(FIRST)


def refund(tmp_path, *refunds, on: str = SECOND) -> None:
    """Refunds of a day, and that day's run."""
    arrive(tmp_path, refunds=[{"refunded_on": on} | row for row in refunds])
    nightly(on)


def credit() -> list[tuple[str, str, str]]:
    return seen("customer_credit", "customer currency amount")


def refused() -> list[str]:
    return [record for (record,) in seen("rejects", "record", reason="refund_exceeds_credit")]


def test_refund_is_paid_up_to_the_unapplied_credit_all_or_nothing(store, tmp_path):
    """L6.4: a cent less, exactly, a cent more."""
    amounts = {"less": "99.99", "exact": "100.00", "more": "100.01"}
    club(tmp_path, payments=[{"customer": name, "amount": 100, "paid_on": FIRST} for name in amounts])
    refund(tmp_path, *({"refund": name, "customer": name, "amount": amounts[name]} for name in amounts))
    assert credit() == [("less", "SAR", "0.01"), ("more", "SAR", "100.00")]
    assert refused() == ["more"]


def test_refused_refund_is_a_reject_of_the_business_day_and_takes_nothing(store, tmp_path):
    """L6.4, intake.md: stage apply, with its reason and the day that refused it; it is decided once."""
    saver(tmp_path, 100)
    refund(tmp_path, {"amount": 100.01, "refunded_on": FIRST})
    arrive(tmp_path, payments=[{"payment": "p2", "amount": 500, "paid_on": THIRD}])
    nightly(THIRD)
    assert seen("rejects", "stage entity record reason on_date") == [
        ("apply", "refunds", "r1", "refund_exceeds_credit", SECOND)
    ]
    assert credit() == [("u", "SAR", "600.00")]
    assert seen("postings", "amount", source="r1") == []


def test_refunds_of_a_day_follow_one_another_and_a_refused_one_leaves_the_credit_to_the_next(store, tmp_path):
    """L6.4: by (refunded_on, refund); z was asked for the day before.

    100   z 50 yes (50 left)   a 60 no   b 50 yes (0 left)   c 0.01 no
    """
    saver(tmp_path, 100)
    asked = {"b": 50, "c": "0.01", "a": 60}
    refund(
        tmp_path,
        *({"refund": name, "amount": amount} for name, amount in asked.items()),
        {"refund": "z", "amount": 50, "refunded_on": FIRST},
    )
    assert refused() == ["a", "c"]
    assert credit() == []


def test_refund_returns_the_oldest_payment_first(store, tmp_path):
    """L6.4, L6.2: by (paid_on, payment), p1 and p2 of one day, "a" of the day after.

    p1 30 | p2 30 | a 30      refund 40: p1 whole and 10 of p2
    """
    saver(tmp_path, 30, 30)
    arrive(tmp_path, payments=[{"payment": "a", "amount": 30, "paid_on": SECOND}])
    refund(tmp_path, {"amount": 40})
    assert seen("payments", "payment allocated unapplied") == [
        ("a", "0.00", "30.00"),
        ("p1", "0.00", "0.00"),
        ("p2", "0.00", "20.00"),
    ]


def test_two_refunds_of_a_day_take_one_payment_after_the_other(store, tmp_path):
    """L6.4: r1 takes p1 and part of p2, r2 the rest of p2 and part of p3."""
    saver(tmp_path, 30, 30, 30)
    refund(tmp_path, {"amount": 40}, {"amount": 40})
    assert refused() == []
    assert seen("payments", "payment unapplied") == [("p1", "0.00"), ("p2", "0.00"), ("p3", "10.00")]
    taken = "SELECT refund, payment, amount_minor FROM tajdid.refund_allocations ORDER BY refund, payment"
    assert [tuple(row) for row in store.exec_driver_sql(taken)] == [
        *(("r1", "p1", 3000), ("r1", "p2", 1000)),
        *(("r2", "p2", 2000), ("r2", "p3", 2000)),
    ]


def test_refund_waits_for_its_day(store, tmp_path):
    """L1.5: before, on, and (loaded late) after."""
    saver(tmp_path, 100)
    arrive(tmp_path, refunds=[{"amount": 10, "refunded_on": SECOND}])
    nightly(FIRST)
    assert credit() == [("u", "SAR", "100.00")]
    nightly(SECOND)
    assert credit() == [("u", "SAR", "90.00")]
    refund(tmp_path, {"refund": "late", "amount": 20, "refunded_on": "2027-12-31"}, on=THIRD)
    assert credit() == [("u", "SAR", "70.00")]
    assert only("postings", "on_date", source="late", account="cash") == THIRD


def test_refund_is_paid_once_however_often_its_day_runs(store, tmp_path):
    """L1.8."""
    saver(tmp_path, 100)
    refund(tmp_path, {"amount": 10})
    nightly(SECOND)
    assert credit() == [("u", "SAR", "90.00")]
    assert only("postings", "amount", source="r1", account="cash") == "-10.00"


def test_refund_is_of_the_customers_own_credit_in_its_own_currency(store, tmp_path):
    """L6.4: another customer's money, and another currency, do not count."""
    customers = [{"customer": "u"}, {"customer": "rich"}]
    club(
        tmp_path,
        customers=customers,
        payments=[
            {"customer": "rich", "amount": 500, "paid_on": FIRST},
            {"amount": "50.000", "currency": "KWD", "paid_on": FIRST},
            {"amount": 20, "paid_on": FIRST},
        ],
    )
    nightly(FIRST)
    refund(tmp_path, {"amount": "20.01"}, {"amount": "20.000", "currency": "KWD"}, {"customer": "rich", "amount": 500})
    assert refused() == ["r1"]
    assert credit() == [("u", "KWD", "30.000"), ("u", "SAR", "20.00")]


def test_money_that_paid_an_invoice_is_not_refunded(store, tmp_path):
    """L6.4: of 200, 115 have paid, 85 are left; the debt comes first even on the day of the refund."""
    club(tmp_path, plan={"grace_days": ""}, memberships=[{"started_on": FIRST}])
    nightly(FIRST)
    arrive(tmp_path, payments=[{"amount": 200, "paid_on": SECOND}])
    refund(tmp_path, {"amount": 86}, {"amount": 85})
    assert refused() == ["r1"]
    assert credit() == []
    assert only("invoices", "status") == "paid"


def test_refund_comes_after_the_payments_and_before_the_renewals_of_its_day(store, tmp_path):
    """L1.6: the money of the morning is returned, so that the invoice of the same day stays open."""
    club(
        tmp_path,
        memberships=[{"started_on": FIRST}],
        payments=[{"amount": 115, "paid_on": FIRST}],
        refunds=[{"amount": 115, "refunded_on": FIRST}],
    )
    nightly(FIRST)
    assert refused() == []
    assert only("invoices", "paid status") == ("0.00", "open")
    assert only("payments", "allocated unapplied") == ("0.00", "0.00")
