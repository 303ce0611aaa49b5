"""Which members, whose memberships do not renew by themselves, ask for another period (L3.7)?

Each of these requests can be granted if the member has paid; `renewals_refused` adds the others.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from models.demo.closures import Closure
from models.demo.companies import Company
from models.demo.memberships import Membership, is_lost
from models.demo.periods import boundary
from models.demo.rows import Row, row
from models.demo.setting import Setting

LIKELIHOOD = 0.6
"""How many of them take another period each time one ends."""
SOONEST_DAYS, LATEST_DAYS = 4, 9
"""How long before its end a period is renewed at the soonest, how long after it at the latest."""


@dataclass(frozen=True)
class Renewal:
    """One request, and the period `[starts_on, ends_on)` that it is expected to open; none where it is `refused`."""

    membership: Membership
    requested_on: date
    starts_on: date = date.max
    ends_on: date = date.max
    refused: str | None = None


def renewals_of(
    setting: Setting, company: Company, memberships: Iterable[Membership], closures: Iterable[Closure]
) -> list[Renewal]:
    """The renewals asked for during the demo that can be granted, in order of membership and day."""
    chance = setting.stream("renewals", company.code)
    leavers = {closure.membership.code for closure in closures if not closure.refused}
    return [
        renewal
        for membership in memberships
        if not membership.renews and membership.code not in leavers
        for renewal in _one_after_another(setting, membership, chance)
    ]


def renewal_rows(company: Company, renewals: Iterable[Renewal]) -> list[Row]:
    """The renewals as they stand in renewals.csv, numbered in order of their days."""
    return [
        row(
            "renewals",
            renewal=f"{company.prefix}-N{number:05d}",
            membership=renewal.membership.code,
            requested_on=renewal.requested_on,
        )
        for number, renewal in enumerate(sorted(renewals, key=lambda asked: asked.requested_on), start=1)
    ]


def _one_after_another(setting: Setting, membership: Membership, chance: Random) -> Iterator[Renewal]:
    """Period after period, until the member loses interest or the demo ends.

    `number` is that of the boundary at which the last period so far ends.
    """
    anchor, number = membership.anchor, membership.first_billed if membership.paid_until else 1
    for _ in range(setting.days):
        ended_on = boundary(membership.plan, anchor, number)
        day = _day_of_asking(setting, membership, ended_on, chance)
        if chance.random() > LIKELIHOOD or not setting.covers(day):
            return
        if _has_expired(membership, ended_on, day):
            anchor, number = day, 0
        number += 1
        starts_on, ends_on = (boundary(membership.plan, anchor, edge) for edge in (number - 1, number))
        yield Renewal(membership, day, starts_on, ends_on)


def _day_of_asking(setting: Setting, membership: Membership, ended_on: date, chance: Random) -> date:
    """About the end of a period; who ran out before the demo comes back some time during its first weeks."""
    if is_lost(setting, membership):
        ended_on = max(ended_on, setting.first_day + timedelta(days=chance.randrange(20)))
    day = ended_on + timedelta(days=chance.randrange(-SOONEST_DAYS, LATEST_DAYS + 1))
    return max(day, setting.first_day)


def _has_expired(membership: Membership, ended_on: date, day: date) -> bool:
    """Whether a request of `day` comes too late to go on where the last period ended (L3.4, L3.7)."""
    grace_days = membership.plan.grace_days
    return grace_days is not None and day > ended_on + timedelta(days=grace_days)
