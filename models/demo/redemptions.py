"""Who pays with points (L7.6)? Members who have gathered some, while an invoice of theirs is open.

The forecast takes the points that earlier bills earned and that were brought along, less what was redeemed before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from models.demo.charges import Charge
from models.demo.companies import Company
from models.demo.credits import POINTS
from models.demo.customers import Customer
from models.demo.loyalty import EarnedPoints, expected_points
from models.demo.memberships import Membership
from models.demo.payments import Bill
from models.demo.rows import Row, row
from models.demo.setting import Setting

LIKELIHOOD = 0.14
"""How many open bills of people with points are paid with them in part."""
REFUSED_LIKELIHOOD = 0.001
FEWEST_POINTS = 100
ROUND_POINTS = 50


@dataclass(frozen=True)
class Redemption:
    """One redemption; `refused` says why it will be refused, if it is meant to be."""

    customer: Customer
    membership: Membership | None
    points: Decimal
    requested_on: date
    refused: str | None = None


class Balance:
    """The points that one customer is expected to hold, day by day."""

    def __init__(self, gathered: Sequence[EarnedPoints]) -> None:
        """All that the customer will have gathered by the end."""
        self._gathered = gathered
        self._redeemed = Decimal(0)

    def on(self, day: date) -> Decimal:
        """What can be redeemed on `day`: what came in before it, as points go before they come in a day (L1.6)."""
        usable = (lot.points for lot in self._gathered if lot.earned_on < day < lot.expires_on)
        return max(sum(usable, Decimal(0)) - self._redeemed, Decimal(0))

    def take(self, points: Decimal) -> None:
        """Counts points as redeemed, from then on."""
        self._redeemed += points


def redemptions_of(
    setting: Setting, company: Company, bills: Iterable[Bill], charges: Iterable[Charge]
) -> list[Redemption]:
    """The redemptions that `company` is asked for during the demo, in order of their days."""
    chance = setting.stream("redemptions", company.code)
    balances = _balances(setting, company, bills := list(bills), charges)
    asked = [
        redemption
        for bill in sorted(bills, key=lambda bill: bill.invoice.issued_on)
        for redemption in _asked(setting, bill, balances[bill.membership.customer.code], chance)
    ]
    return sorted(asked, key=lambda redemption: redemption.requested_on)


def redemption_rows(company: Company, redemptions: Iterable[Redemption]) -> list[Row]:
    """The redemptions as they stand in redemptions.csv, numbered in order."""
    return [
        row(
            "redemptions",
            redemption=f"{company.prefix}-D{number:05d}",
            customer=redemption.customer.code,
            points=redemption.points,
            requested_on=redemption.requested_on,
            membership=redemption.membership.code if redemption.membership else None,
        )
        for number, redemption in enumerate(redemptions, start=1)
    ]


def _balances(
    setting: Setting, company: Company, bills: Iterable[Bill], charges: Iterable[Charge]
) -> defaultdict[str, Balance]:
    gathered: defaultdict[str, list[EarnedPoints]] = defaultdict(list)
    for lot in expected_points(setting, company, bills):
        gathered[lot.customer].append(lot)
    for charge in charges:
        if charge.credit_type == POINTS:
            code, expires_on = charge.customer.code, charge.expires_on or date.max
            gathered[code].append(EarnedPoints(code, charge.quantity, charge.starts_on, expires_on))
    empty: defaultdict[str, Balance] = defaultdict(lambda: Balance(()))
    empty.update((code, Balance(lots)) for code, lots in gathered.items())
    return empty


def _asked(setting: Setting, bill: Bill, balance: Balance, chance: Random) -> Iterator[Redemption]:
    """What is redeemed while a bill is open; now and then more than there is, or when nothing is open."""
    drawn, names_membership = chance.random(), chance.random() < 0.6
    customer, membership = bill.membership.customer, bill.membership if names_membership else None
    day = _open_day(bill, chance)
    if drawn < LIKELIHOOD and day and setting.covers(day) and balance.on(day) >= FEWEST_POINTS:
        points = _portion(balance.on(day), bill, chance)
        balance.take(points)
        yield Redemption(customer, membership, points, day)
    elif drawn > 1 - REFUSED_LIKELIHOOD and day and setting.covers(day):
        points = (balance.on(day) + FEWEST_POINTS) * 10
        yield Redemption(customer, membership, points, day, "insufficient_balance")
    elif drawn > 1 - 3 * REFUSED_LIKELIHOOD and bill.paid_on:
        after = bill.paid_on + timedelta(days=2)
        if setting.covers(after) and balance.on(after) >= FEWEST_POINTS:
            yield Redemption(customer, bill.membership, Decimal(FEWEST_POINTS), after, "no_open_invoice")


def _open_day(bill: Bill, chance: Random) -> date | None:
    """A day on which a bill is open before the payments of the day are taken and after them; None: there is none."""
    first = bill.invoice.issued_on + timedelta(days=1)
    end = bill.paid_on or bill.invoice.pay_by
    return first + timedelta(days=chance.randrange((end - first).days)) if first < end else None


def _portion(held: Decimal, bill: Bill, chance: Random) -> Decimal:
    """All of it or a round part, and not more than the bill can take."""
    point_value = bill.membership.customer.company.point_value
    most = min(held, bill.invoice.total // point_value)
    rounded = most // ROUND_POINTS * ROUND_POINTS
    return max(min(rounded, held) if chance.random() < 0.6 else most, Decimal(1))
