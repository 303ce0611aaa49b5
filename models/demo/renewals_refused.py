"""Who asks for another period in vain (L3.7)? People who, as other records tell, left, owe, or have just renewed."""

from collections.abc import Iterable
from datetime import timedelta

from models.demo.companies import Company
from models.demo.payments import Bill
from models.demo.renewals import Renewal
from models.demo.requests import Requests
from models.demo.setting import Setting

TWICE_SHARE = 0.12
"""How many of those who renewed before the end click once more the next day."""
REGRET_SHARE = 0.07
"""How many of those who left would rather stay."""
FROZEN_SHARE = 0.02
"""How many of those who stand still want to go on at once."""
DEBTOR_SHARE = 0.6
"""How many of those who lost a membership that they still owe for want another period."""


def refused_renewals_of(setting: Setting, company: Company, requests: Requests, bills: Iterable[Bill]) -> list[Renewal]:
    """Requests that come twice, after the farewell, or with a debt: few, and each refused for its own reason."""
    chance = setting.stream("refused renewals", company.code)
    asked = [
        Renewal(renewal.membership, renewal.requested_on + timedelta(days=1), refused="already_renewed")
        for renewal in requests.renewals
        if renewal.requested_on + timedelta(days=1) < renewal.starts_on and chance.random() < TWICE_SHARE
    ]
    asked += [
        Renewal(closure.membership, day, refused="closed" if closure.closes_on <= day else "closing")
        for closure in requests.closures
        if not closure.refused and chance.random() < REGRET_SHARE
        for day in (closure.requested_on + timedelta(days=chance.randrange(1, 9)),)
    ]
    asked += [
        Renewal(freeze.membership, freeze.first_day + timedelta(days=1), refused="frozen")
        for freeze in requests.freezes
        if not freeze.refused and chance.random() < FROZEN_SHARE
    ]
    asked += [
        Renewal(bill.membership, bill.invoice.pay_by + timedelta(days=chance.randrange(1, 15)), refused="has_debt")
        for bill in bills
        if bill.is_lost and bill.invoice.collects and chance.random() < DEBTOR_SHARE
    ]
    return [renewal for renewal in asked if setting.covers(renewal.requested_on)]
