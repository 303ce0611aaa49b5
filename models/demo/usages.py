"""When do members use what they hold (L7.3)? Portion by portion, mostly within what is there.

Looks at one lot at a time, though what is used may come from another: each portion fits into the sum all the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from models.demo.charges import Charge
from models.demo.companies import Company
from models.demo.credits import POINTS, expected_lots, type_named
from models.demo.memberships import Membership
from models.demo.payments import Bill
from models.demo.requests import Requests
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted

EAGERNESS = ((0, 34), (40, 26), (75, 22), (100, 18))
"""How many percent of a lot its holder uses."""
TOO_MUCH_LIKELIHOOD = 0.012
"""How many portions are larger than all that is there."""
NOTES = {
    "himma": ("مع المدرب ماجد", "مع المدربة هند", "حضور مسائي", "برفقة ضيف"),
    "sepidar": ("کلاس عصر", "با استاد کریمی", "جلسهٔ آنلاین", "گروه سه‌شنبه"),
    "dhow": ("Court 2", "With coach Dana", "Family visit", "Evening"),
}


@dataclass(frozen=True)
class Holding:
    """So much of a credit type, and the days on which it can be used."""

    membership: Membership
    credit_type: str
    quantity: Decimal
    days: Sequence[date]


@dataclass(frozen=True)
class Usage:
    """One use, before it has its number."""

    membership: Membership
    credit_type: str
    quantity: Decimal
    used_on: date
    note: str | None


def usages_of(
    setting: Setting, company: Company, *, bills: Iterable[Bill], charges: Iterable[Charge], requests: Requests
) -> list[Usage]:
    """What is used at `company` during the demo, in order of days."""
    chance = setting.stream("usages", company.code)
    holdings = [*_granted(setting, bills, requests), *_charged(setting, charges, requests)]
    used = [usage for holding in holdings if holding.days for usage in _used(holding, chance)]
    return sorted(used, key=lambda usage: usage.used_on)


def usage_rows(company: Company, usages: Iterable[Usage]) -> list[Row]:
    """The usages as they stand in credit_usages.csv, numbered in order."""
    return [
        row(
            "credit_usages",
            usage=f"{company.prefix}-U{number:06d}",
            customer=usage.membership.customer.code,
            credit_type=usage.credit_type,
            quantity=usage.quantity,
            used_on=usage.used_on,
            membership=usage.membership.code,
            note=usage.note,
        )
        for number, usage in enumerate(usages, start=1)
    ]


def _granted(setting: Setting, bills: Iterable[Bill], requests: Requests) -> Iterator[Holding]:
    for lot in expected_lots(bills):
        membership = lot.bill.membership
        days = _days(setting, membership, lot.usable_from, lot.expires_on, requests)
        yield Holding(membership, lot.credit_type, lot.quantity, days)


def _charged(setting: Setting, charges: Iterable[Charge], requests: Requests) -> Iterator[Holding]:
    for charge in charges:
        if charge.credit_type != POINTS:
            days = _days(setting, charge.membership, charge.starts_on, charge.expires_on or date.max, requests)
            yield Holding(charge.membership, charge.credit_type, charge.quantity, days)


def _days(setting: Setting, membership: Membership, first: date, end: date, requests: Requests) -> list[date]:
    """The demo's days of `[first, end)` on which the member is there: neither gone nor frozen."""
    first, end = max(first, setting.first_day), min(end, setting.ends_on, requests.left_on(membership))
    days = (first + timedelta(days=number) for number in range((end - first).days))
    freeze = requests.freeze_of(membership)
    return [day for day in days if freeze is None or not freeze.first_day <= day < freeze.ends_on]


def _used(holding: Holding, chance: Random) -> Iterator[Usage]:
    """Portions of what is held, up to what its holder cares for."""
    company = holding.membership.customer.company
    portions = type_named(company, holding.credit_type).portions
    left = holding.quantity * weighted(EAGERNESS, chance) / 100
    while left > 0:
        portion, day = Decimal(chance.choice(portions)), chance.choice(holding.days)
        if portion > left:
            return
        left -= portion
        if chance.random() < TOO_MUCH_LIKELIHOOD:
            portion += holding.quantity * 3
        note = chance.choice(NOTES[company.code]) if chance.random() < 0.12 else None
        yield Usage(holding.membership, holding.credit_type, portion, day, note)
