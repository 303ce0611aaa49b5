"""Who gets credits that no period gives (L7.2)? Points kept from the older system, packages bought, presents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from models.demo.companies import Company
from models.demo.credits import POINTS
from models.demo.customers import Customer
from models.demo.memberships import Membership
from models.demo.requests import Requests
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted

KEPT_SHARE = 0.28
"""How many of those who were members before the demo bring points along."""
KEPT_POINTS = {"himma": 900, "sepidar": 4000, "dhow": 1200}
"""How many at the most, mostly."""
KEPT_DAYS = ((None, 60), (30, 20), (60, 20))
BOUGHT_SHARE = 0.05
BOUGHT = {"himma": "pt-session", "sepidar": "mentoring", "dhow": "pt-session"}
"""What is sold in packages."""
PRESENT_SHARE = 0.25
"""How many VIPs are given a present."""
PRESENTS = {"himma": ("guest-pass", "2"), "sepidar": ("class-hour", "1.5"), "dhow": ("guest-pass", "3")}


@dataclass(frozen=True)
class Charge:
    """Credits charged, usable in `[starts_on, expires_on)`; `membership`: whose holder they are for."""

    membership: Membership
    credit_type: str
    quantity: Decimal
    charged_on: date
    starts_on: date
    expires_on: date | None

    @property
    def customer(self) -> Customer:
        """Who holds them."""
        return self.membership.customer


def charges_of(
    setting: Setting, company: Company, memberships: Iterable[Membership], requests: Requests
) -> list[Charge]:
    """The charges of `company` during the demo, in order of their days."""
    chance = setting.stream("charges", company.code)
    persons = [membership for membership in memberships if membership.customer.kind == "person"]
    charged = [charge for membership in persons for charge in _charges(setting, membership, chance)]
    present = (charge for charge in charged if charge.charged_on < requests.left_on(charge.membership))
    return sorted(present, key=lambda charge: charge.charged_on)


def charge_rows(company: Company, charges: Iterable[Charge]) -> list[Row]:
    """The charges as they stand in credit_charges.csv, numbered in order."""
    return [
        row(
            "credit_charges",
            charge=f"{company.prefix}-T{number:05d}",
            customer=charge.customer.code,
            credit_type=charge.credit_type,
            quantity=charge.quantity,
            charged_on=charge.charged_on,
            starts_on=charge.starts_on,
            expires_on=charge.expires_on,
        )
        for number, charge in enumerate(charges, start=1)
    ]


def _charges(setting: Setting, membership: Membership, chance: Random) -> Iterator[Charge]:
    if membership.paid_until and chance.random() < KEPT_SHARE:
        yield _kept_points(setting, membership, chance)
    day = max(setting.any_day(chance), membership.started_on)
    if chance.random() < BOUGHT_SHARE:
        yield _package(membership, day, chance)
    if membership.customer.category == "vip" and chance.random() < PRESENT_SHARE:
        yield _present(membership, day)


def _kept_points(setting: Setting, membership: Membership, chance: Random) -> Charge:
    """Carried over on the first day; some of them must be used during the demo."""
    most = KEPT_POINTS[membership.customer.company.code]
    points = Decimal(chance.randrange(most // 20, most) * (3 if chance.random() < 0.1 else 1))
    days = weighted(KEPT_DAYS, chance)
    first = setting.first_day
    return Charge(membership, POINTS, points, first, first, first + timedelta(days=days) if days else None)


def _package(membership: Membership, day: date, chance: Random) -> Charge:
    """Five or ten, to be used in two or three months, sometimes only from next week on."""
    starts_on = day + timedelta(days=7 if chance.random() < 0.15 else 0)
    expires_on = starts_on + timedelta(days=chance.choice((60, 90)))
    credit_type = BOUGHT[membership.customer.company.code]
    return Charge(membership, credit_type, Decimal(chance.choice((5, 5, 10))), day, starts_on, expires_on)


def _present(membership: Membership, day: date) -> Charge:
    """To be used within two weeks."""
    credit_type, quantity = PRESENTS[membership.customer.company.code]
    return Charge(membership, credit_type, Decimal(quantity), day, day, day + timedelta(days=14))
