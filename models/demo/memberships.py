"""Who is a member of what, since when, paid until when?

Most memberships come from an older system with a `paid_until` (L3.2), spread so that every business day of the demo has
renewals; some begin during the demo; a few come in arrears, or late, or with days once given as a present.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from models.demo.calendars import month_of
from models.demo.companies import Company
from models.demo.customers import Customer
from models.demo.periods import boundary, boundary_from, rounded
from models.demo.plans import Plan, plans_of
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted

OLDEST_DAYS = 1800
"""How far back a membership may have begun; well within the time for which there are prices."""
ARREARS_DAYS = 12
"""How long before the demo a carried membership may have run out without being renewed yet."""
DISCOUNTS: dict[str | None, tuple[float, tuple[str, ...]]] = {
    "student": (0.45, ("10", "15", "20")),
    "corporate": (0.50, ("5", "10", "12.5")),
    "vip": (0.25, ("5", "10")),
    "regular": (0.05, ("5", "10")),
    None: (0.05, ("33.3",)),
}
"""Category -> how many have a discount, and which."""


@dataclass(frozen=True)
class Membership:
    """A membership, and (`anchor`, `first_billed`) the boundary at which the product will begin to bill it."""

    code: str
    customer: Customer
    plan: Plan
    started_on: date
    paid_until: date | None
    auto_renew: bool | None
    quantity: int | None
    unit_price: Decimal | None
    discount_percent: Decimal | None
    anchor: date
    first_billed: int

    @property
    def renews(self) -> bool:
        """Whether it renews by itself: its own word, else its plan's."""
        return self.plan.auto_renew if self.auto_renew is None else self.auto_renew


@dataclass(frozen=True)
class Course:
    """When a membership began, until when it was paid elsewhere, and where its billing begins."""

    started_on: date
    paid_until: date | None
    anchor: date
    first_billed: int


def memberships_of(setting: Setting, company: Company, customers: Iterable[Customer]) -> list[Membership]:
    """The memberships of these customers of `company`, as many as each is to hold."""
    chance = setting.stream("memberships", company.code)
    held = ((customer, plan) for customer in customers for plan in _chosen_plans(customer, chance))
    return [
        _membership(setting, f"{company.prefix}-M{number:05d}", customer, plan, chance)
        for number, (customer, plan) in enumerate(held, start=1)
    ]


def period_on(membership: Membership, day: date) -> tuple[date, date] | None:
    """The period that covers `day` if all is paid in time and nobody asks for anything; None where there is none."""
    if day < membership.started_on:
        return None
    if membership.paid_until and day < membership.paid_until:
        return membership.started_on, membership.paid_until
    following = boundary_from(membership.plan, membership.anchor, day + timedelta(days=1))
    if not membership.renews and (membership.paid_until or following > 1):
        return None
    starts_on, ends_on = (boundary(membership.plan, membership.anchor, number) for number in (following - 1, following))
    return starts_on, ends_on


def is_lost(setting: Setting, membership: Membership) -> bool:
    """Whether it was carried over when it had already run out, grace and all."""
    grace_days, paid_until = membership.plan.grace_days, membership.paid_until
    return bool(paid_until and grace_days is not None and paid_until + timedelta(days=grace_days) <= setting.first_day)


def membership_row(membership: Membership) -> Row:
    """The membership as it stands in memberships.csv."""
    return row(
        "memberships",
        membership=membership.code,
        customer=membership.customer.code,
        plan=membership.plan.code,
        started_on=membership.started_on,
        paid_until=membership.paid_until,
        auto_renew=membership.auto_renew,
        quantity=membership.quantity,
        unit_price=membership.unit_price,
        discount_percent=membership.discount_percent,
    )


def _chosen_plans(customer: Customer, chance: Random) -> list[Plan]:
    """Different plans, the popular ones first; an organization with two has its people in two groups of one plan."""
    offered = plans_of(customer.company, customer.kind)
    chosen: list[Plan] = []
    for _ in range(customer.membership_count):
        left = [plan for plan in offered if plan not in chosen] or list(offered)
        chosen.append(weighted([(plan, plan.popularity) for plan in left], chance))
    return chosen


def _membership(setting: Setting, code: str, customer: Customer, plan: Plan, chance: Random) -> Membership:
    course = _course(setting, plan, chance)
    discounted, discounts = DISCOUNTS[customer.category]
    return Membership(
        code=code,
        customer=customer,
        plan=plan,
        started_on=course.started_on,
        paid_until=course.paid_until,
        auto_renew=_own_word(plan, chance),
        quantity=_seats(customer, chance),
        unit_price=_own_price(plan, chance) if chance.random() < 0.03 else None,
        discount_percent=Decimal(chance.choice(discounts)) if chance.random() < discounted else None,
        anchor=course.anchor,
        first_billed=course.first_billed,
    )


def _own_word(plan: Plan, chance: Random) -> bool | None:
    """Mostly the plan's; some members of a renewing plan want to be asked each time."""
    if not plan.auto_renew or chance.random() < 0.85:
        return None
    return chance.random() < 0.7


def _seats(customer: Customer, chance: Random) -> int | None:
    if customer.kind == "organization":
        return chance.choice((3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 40))
    return 1 if chance.random() < 0.2 else None


def _own_price(plan: Plan, chance: Random) -> Decimal:
    """An old promise: some percent below today's price."""
    price = Decimal(plan.price) * (100 - chance.choice((5, 8, 10, 15))) / 100
    return rounded(price, plan.company.decimals)


def _course(setting: Setting, plan: Plan, chance: Random) -> Course:
    """Carried over or new; a plan that does not renew is bought anew, so most of its memberships are new."""
    if chance.random() < (0.15 if plan.auto_renew else 0.8):
        return _new(setting, plan, chance)
    return _carried(setting, plan, chance)


def _new(setting: Setting, plan: Plan, chance: Random) -> Course:
    """Begins during the demo; one in twelve began just before it and is loaded late (L3.1)."""
    if chance.random() < 1 / 12:
        started_on = setting.first_day - timedelta(days=chance.randrange(1, 11))
    else:
        started_on = setting.first_day + timedelta(days=chance.randrange(setting.days))
        moved = _popular_day(started_on, plan, chance)
        started_on = moved if setting.covers(moved) else started_on
    return Course(started_on, None, started_on, 0)


def _carried(setting: Setting, plan: Plan, chance: Random) -> Course:
    """Began before the demo and was billed elsewhere until its next renewal falls due."""
    started_on = _old_start(setting, plan, chance)
    number = boundary_from(plan, started_on, setting.first_day + timedelta(days=plan.lead_days))
    oldest = setting.first_day - timedelta(days=ARREARS_DAYS)
    if number > 1 and boundary(plan, started_on, number - 1) >= oldest and chance.random() < 0.12:
        number -= 1
    paid_until = boundary(plan, started_on, number)
    if plan.unit in ("month", "year") and chance.random() < 0.03:
        given = paid_until + timedelta(days=chance.randrange(3, 21))
        return Course(started_on, given, given, 0)
    return Course(started_on, paid_until, started_on, number)


def _old_start(setting: Setting, plan: Plan, chance: Random) -> date:
    """A day before the demo: any for a plan that renews, else one whose only period still runs."""
    longest = OLDEST_DAYS
    if not plan.auto_renew:
        longest = (boundary(plan, setting.first_day, 1) - setting.first_day).days - 1
    started_on = setting.first_day - timedelta(days=chance.randrange(1, longest + 1))
    moved = _popular_day(started_on, plan, chance)
    return moved if plan.auto_renew and moved < setting.first_day else started_on


def _popular_day(day: date, plan: Plan, chance: Random) -> date:
    """People join on the first and on the last day of a month, as their calendar has it, more than on others."""
    drawn = chance.random()
    starts_on, ends_on = month_of(day, plan.calendar)
    if drawn < 0.10:
        return starts_on
    return ends_on - timedelta(days=1) if drawn < 0.22 else day
