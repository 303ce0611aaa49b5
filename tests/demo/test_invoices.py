"""Which invoices the demo's payers expect: a freeze, a closure, a renewal change them (L3.6, L3.7, L4.3, L5.3)."""

from datetime import date
from itertools import islice

from models.demo.closures import Closure
from models.demo.companies import COMPANIES
from models.demo.customers import Customer
from models.demo.freezes import Freeze
from models.demo.invoices import ExpectedInvoice, expected_invoices
from models.demo.memberships import Membership, period_on
from models.demo.plans import PLANS
from models.demo.renewals import Renewal
from models.demo.requests import Requests
from models.demo.setting import Setting

SETTING = Setting(date(2028, 1, 3), 75, 10, 1447)
KUWAIT = COMPANIES[2]
NOTHING = Requests([], [], [])


def member(
    plan: str,
    started_on: date,
    *,
    paid_until: date | None = None,
    first_billed: int = 0,
    auto_renew: bool | None = None,
) -> Membership:
    """A member of the club in Kuwait."""
    return Membership(
        code="DHW-M00001",
        customer=Customer("DHW-C00001", KUWAIT, "person", "Oliver Bennett", None, 1, {}),
        plan=next(offered for offered in PLANS if offered.code == plan),
        started_on=started_on,
        paid_until=paid_until,
        auto_renew=auto_renew,
        quantity=None,
        unit_price=None,
        discount_percent=None,
        anchor=started_on,
        first_billed=first_billed,
    )


CARRIED = member("dhow-month", date(2027, 11, 10), paid_until=date(2028, 1, 10), first_billed=2)
"""Billed on the 5th for a month from the 10th on: January, February, March."""


def expected(membership: Membership, requests: Requests) -> list[ExpectedInvoice]:
    return list(islice(expected_invoices(SETTING, membership, requests), 20))


def starts(invoices: list[ExpectedInvoice]) -> list[tuple[int, int]]:
    return [(invoice.starts_on.month, invoice.starts_on.day) for invoice in invoices]


def frozen(first_day: date, resumes_on: date, changed: tuple[date, date] | None = None) -> Requests:
    return Requests([Freeze(CARRIED, first_day, first_day, resumes_on, "Travel", changed)], [], [])


def closed(requested_on: date, effective: str, closes_on: date) -> Requests:
    return Requests([], [Closure(CARRIED, requested_on, "customer", effective, "price", None, closes_on)], [])


def test_without_requests_each_period_is_billed_ahead() -> None:
    invoices = expected(CARRIED, NOTHING)
    assert starts(invoices) == [(1, 10), (2, 10), (3, 10)]
    assert [invoice.issued_on for invoice in invoices] == [date(2028, 1, 5), date(2028, 2, 5), date(2028, 3, 5)]
    assert invoices[0].ends_on == invoices[1].starts_on


def test_a_freeze_moves_what_is_billed_after_it() -> None:
    """L4.3: [10 Jan, 10 Feb) frozen from 20 Jan to 30 Jan ends on 20 Feb, which becomes the anchor."""
    assert starts(expected(CARRIED, frozen(date(2028, 1, 20), date(2028, 1, 30)))) == [(1, 10), (2, 20), (3, 20)]


def test_a_changed_freeze_counts_as_it_was_changed() -> None:
    """L4.4: back on 23 Jan instead."""
    requests = frozen(date(2028, 1, 20), date(2028, 1, 30), changed=(date(2028, 1, 22), date(2028, 1, 23)))
    assert starts(expected(CARRIED, requests)) == [(1, 10), (2, 13), (3, 13)]


def test_nothing_is_billed_while_a_member_is_frozen() -> None:
    """L4.2: the period from 12 Mar on is billed when the freeze is over, not on 7 Mar."""
    invoices = expected(CARRIED, frozen(date(2028, 2, 8), date(2028, 3, 10)))
    assert starts(invoices) == [(1, 10), (3, 12)]
    assert invoices[1].issued_on == date(2028, 3, 10)


def test_a_freeze_that_will_be_refused_moves_nothing() -> None:
    refused = Freeze(CARRIED, date(2028, 1, 20), date(2028, 1, 20), date(2028, 4, 1), "Travel", refused="freeze_limit")
    assert starts(expected(CARRIED, Requests([refused], [], []))) == [(1, 10), (2, 10), (3, 10)]


def test_a_closure_ends_the_billing_when_it_is_asked_for() -> None:
    """L5.3: `period_end` stops renewal at once."""
    assert starts(expected(CARRIED, closed(date(2028, 1, 20), "period_end", date(2028, 2, 10)))) == [(1, 10)]
    assert starts(expected(CARRIED, closed(date(2028, 1, 20), "now", date(2028, 1, 20)))) == [(1, 10)]


def test_nobody_pays_ahead_for_a_period_that_begins_after_the_closing() -> None:
    """Asked for on 6 Feb, when the invoice from 10 Feb on is out: it will be credited (L5.3)."""
    assert starts(expected(CARRIED, closed(date(2028, 2, 6), "period_end", date(2028, 2, 10)))) == [(1, 10)]


def test_a_pass_is_billed_once_and_again_for_each_renewal() -> None:
    """L3.7: on its day; a period renewed before its end begins at that end."""
    guest = member("dhow-guest", date(2028, 1, 10))
    renewal = Renewal(guest, date(2028, 1, 18), date(2028, 1, 20), date(2028, 1, 30))
    assert starts(expected(guest, NOTHING)) == [(1, 10)]
    invoices = expected(guest, Requests([], [], [renewal]))
    assert starts(invoices) == [(1, 10), (1, 20)]
    assert (invoices[1].issued_on, invoices[1].lapses_on) == (date(2028, 1, 18), date(2028, 1, 21))


def test_a_carried_pass_is_billed_for_its_renewals_only() -> None:
    guest = member("dhow-guest", date(2027, 12, 28), paid_until=date(2028, 1, 7), first_billed=1)
    renewal = Renewal(guest, date(2028, 1, 7), date(2028, 1, 7), date(2028, 1, 17))
    assert starts(expected(guest, NOTHING)) == []
    assert starts(expected(guest, Requests([], [], [renewal]))) == [(1, 7)]


def test_the_period_on_a_day_is_known_before_on_and_after_its_edges() -> None:
    assert period_on(CARRIED, date(2027, 11, 9)) is None
    assert period_on(CARRIED, date(2028, 1, 9)) == (date(2027, 11, 10), date(2028, 1, 10))
    assert period_on(CARRIED, date(2028, 1, 10)) == (date(2028, 1, 10), date(2028, 2, 10))
    assert period_on(CARRIED, date(2028, 2, 9)) == (date(2028, 1, 10), date(2028, 2, 10))
    guest = member("dhow-guest", date(2028, 1, 10))
    assert period_on(guest, date(2028, 1, 19)) == (date(2028, 1, 10), date(2028, 1, 20))
    assert period_on(guest, date(2028, 1, 20)) is None
