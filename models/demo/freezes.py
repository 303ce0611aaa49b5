"""Who stands still for a while, and who changes the day of coming back (L4)? Some freezes have to be refused.

Only persons who renew by themselves freeze here, well inside a period, when its bill has mostly been paid.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from models.demo.closures import Closure
from models.demo.companies import Company
from models.demo.memberships import Membership, is_lost, period_on
from models.demo.rows import Row, row
from models.demo.setting import Setting

LIKELIHOOD = 0.085
"""How many of those whose plan allows it freeze during the demo."""
OVERLONG_SHARE = 0.05
CHANGED_SHARE = 0.2
TWICE_SHARE = 0.05
OVER_LIKELIHOOD = 0.003
"""How many ask for a time that is already over."""
NOT_ALLOWED_LIKELIHOOD = 0.03
"""How many ask although their plan does not know freezing."""
FEWEST_DAYS = 8
"""How long a freeze is that is worth changing, and how long after a period's start it may begin at the soonest."""
LENGTHS = (4, 5, 7, 7, 10, 10, 14, 14, 14, 15, 20, 21, 28, 30)
REASONS = {
    "ar": ("سفر", "إصابة رياضية", "ظرف عائلي", "إجازة مرضية", "رحلة عمل", "اختبارات نهائية"),
    "fa": ("سفر", "امتحانات پایان‌ترم", "بیماری", "ماموریت کاری", "مشکلات خانوادگی"),
    "en": ("Travel", "Injury", "Business trip", "Surgery", "Family matter", "Summer leave"),
}


@dataclass(frozen=True)
class Freeze:
    """One request to freeze; `refused` says why it will be refused, if it is meant to be.

    `changed`: the day on which another `resumes_on` is asked for under the same id, and that one (L4.4).
    """

    membership: Membership
    requested_on: date
    starts_on: date
    resumes_on: date
    reason: str
    changed: tuple[date, date] | None = None
    refused: str | None = None

    @property
    def first_day(self) -> date:
        """The first frozen day; a late request starts when it is made (L4.1)."""
        return max(self.requested_on, self.starts_on)

    @property
    def ends_on(self) -> date:
        """The first day after it, as it was last asked for."""
        return self.changed[1] if self.changed else self.resumes_on


def freezes_of(
    setting: Setting, company: Company, memberships: Iterable[Membership], closures: Iterable[Closure]
) -> list[Freeze]:
    """The freezes that `company` is asked for during the demo, in order of their days."""
    chance = setting.stream("freezes", company.code)
    gone = {closure.membership.code: closure.closes_on for closure in closures if not closure.refused}
    asked = [freeze for membership in memberships for freeze in _asked(setting, membership, gone, chance)]
    covered = (_covered(setting, freeze) for freeze in asked if setting.covers(freeze.requested_on))
    return sorted(covered, key=lambda freeze: freeze.requested_on)


def _covered(setting: Setting, freeze: Freeze) -> Freeze:
    """The freeze without a change that is asked for after the demo."""
    return freeze if freeze.changed is None or setting.covers(freeze.changed[0]) else replace(freeze, changed=None)


def without_lapsed(freezes: Iterable[Freeze], lapsed: Mapping[str, date]) -> list[Freeze]:
    """These freezes without those of members who have lapsed by then: who does not pay asks for nothing."""
    return [freeze for freeze in freezes if freeze.starts_on < lapsed.get(freeze.membership.code, date.max)]


def freeze_rows(company: Company, freezes: Iterable[Freeze]) -> list[Row]:
    """The freezes as they stand in freezes.csv, numbered in order; a change comes later, under the same number."""
    rows = []
    for number, freeze in enumerate(freezes, start=1):
        rows.append(_row(company, number, freeze))
        if freeze.changed:
            requested_on, resumes_on = freeze.changed
            rows.append(_row(company, number, replace(freeze, requested_on=requested_on, resumes_on=resumes_on)))
    return sorted(rows, key=lambda written: written["requested_on"])


def _row(company: Company, number: int, freeze: Freeze) -> Row:
    return row(
        "freezes",
        freeze=f"{company.prefix}-F{number:04d}",
        membership=freeze.membership.code,
        requested_on=freeze.requested_on,
        starts_on=freeze.starts_on,
        resumes_on=freeze.resumes_on,
        reason=freeze.reason,
    )


def _asked(setting: Setting, membership: Membership, gone: Mapping[str, date], chance: Random) -> Iterator[Freeze]:
    """What one member asks for: nothing, a freeze, or one and another on top of it."""
    drawn, starts_on = chance.random(), _inside_a_period(setting, membership, chance)
    if starts_on is None or starts_on >= gone.get(membership.code, date.max):
        return
    most = membership.plan.freeze_days_max
    if most != 0 and drawn < LIKELIHOOD:
        freeze = _freeze(membership, starts_on, most, chance)
        yield freeze
        if freeze.refused is None and chance.random() < TWICE_SHARE:
            yield _twice(freeze)
    elif drawn > 1 - (NOT_ALLOWED_LIKELIHOOD if most == 0 else OVER_LIKELIHOOD):
        yield _not_to_be_had(membership, starts_on, chance)


def _inside_a_period(setting: Setting, membership: Membership, chance: Random) -> date | None:
    """A day of the demo, after the grace of a person's period and before its next bill; None where there is none."""
    running, plan = period_on(membership, setting.any_day(chance)), membership.plan
    if running is None or not membership.renews or is_lost(setting, membership) or plan.audience != "person":
        return None
    length = (running[1] - running[0]).days
    first = max(running[0] + timedelta(days=min(FEWEST_DAYS + (plan.grace_days or 0), length // 2)), setting.first_day)
    end = min(running[1] - timedelta(days=min(plan.lead_days + 1, length // 3)), setting.ends_on)
    return first + timedelta(days=chance.randrange((end - first).days)) if first < end else None


def _freeze(membership: Membership, starts_on: date, most: int | None, chance: Random) -> Freeze:
    """Mostly asked for some days ahead, sometimes after the plane has left; a few ask for more than the plan gives."""
    requested_on = starts_on - timedelta(days=chance.choice((0, 0, 1, 1, 2, 3, 5, 8)))
    if chance.random() < 0.08:
        requested_on = starts_on + timedelta(days=chance.choice((1, 2)))
    length, refused = min(chance.choice(LENGTHS), most or 45), None
    if most is not None and chance.random() < OVERLONG_SHARE:
        length, refused = most + chance.choice((5, 10, 15, 30)), "freeze_limit"
    freeze = Freeze(
        membership,
        requested_on,
        starts_on,
        starts_on + timedelta(days=length),
        chance.choice(REASONS[membership.customer.company.language]),
        refused=refused,
    )
    changes = chance.random() < CHANGED_SHARE and refused is None and length > FEWEST_DAYS
    return replace(freeze, changed=_change(freeze, chance)) if changes else freeze


def _change(freeze: Freeze, chance: Random) -> tuple[date, date]:
    """Asked for when the freeze runs: back sooner, or some days later."""
    asked_on = freeze.first_day + timedelta(days=chance.randrange(2, 5))
    if chance.random() < 0.5:
        return asked_on, asked_on + timedelta(days=chance.randrange(3))
    return asked_on, freeze.resumes_on + timedelta(days=chance.randrange(2, 8))


def _twice(freeze: Freeze) -> Freeze:
    """The same wish again at another desk: under a new id, while the first freeze runs."""
    day = freeze.first_day + timedelta(days=1)
    return replace(freeze, requested_on=day, starts_on=day, changed=None, refused="not_active")


def _not_to_be_had(membership: Membership, starts_on: date, chance: Random) -> Freeze:
    """A freeze that the plan does not know, or one that is asked for when it is over."""
    reason = chance.choice(REASONS[membership.customer.company.language])
    days = timedelta(days=chance.randrange(2, 6))
    if membership.plan.freeze_days_max == 0:
        return Freeze(membership, starts_on, starts_on, starts_on + days, reason, refused="freeze_not_allowed")
    return Freeze(membership, starts_on, starts_on - days, starts_on, reason, refused="freeze_empty")
