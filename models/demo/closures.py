"""Who asks to leave, how, and until when will they stay (L5)? Some ask in a way that has to be refused."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from models.demo.close_reasons import FREE_WORDS, WRITTEN_REASONS, codes_for
from models.demo.companies import Company
from models.demo.memberships import Membership, is_lost, period_on
from models.demo.rows import Row, row
from models.demo.setting import Setting, weighted

LIKELIHOOD = 0.044
"""How many memberships ask to be closed during the demo, not counting what is refused."""
REFUSED_LIKELIHOOD = 0.004
NOT_CLOSABLE_LIKELIHOOD = 0.045
"""How many ask in a way that is refused; how many where the plan cannot be closed."""
AGAIN_LIKELIHOOD = 0.06
"""How many of those closed at once ask a second time, which is refused."""
FEWEST_DAYS = 4
"""Nobody leaves sooner after coming."""


@dataclass(frozen=True)
class Closure:
    """One request to close a membership; `refused` says why it will be refused, if it is meant to be.

    From `closes_on` on the member is gone, if it is not frozen in between.
    """

    membership: Membership
    requested_on: date
    origin: str
    effective: str
    reason_code: str | None
    reason_text: str | None
    closes_on: date
    refused: str | None = None


def closures_of(setting: Setting, company: Company, memberships: Iterable[Membership]) -> list[Closure]:
    """The closures that `company` is asked for during the demo, in order of their days."""
    chance = setting.stream("closures", company.code)
    asked = [closure for membership in memberships for closure in _asked(setting, membership, chance)]
    return sorted(asked, key=lambda closure: closure.requested_on)


def closure_rows(company: Company, closures: Iterable[Closure]) -> list[Row]:
    """The closures as they stand in closures.csv, numbered in order."""
    return [
        row(
            "closures",
            closure=f"{company.prefix}-X{number:04d}",
            membership=closure.membership.code,
            requested_on=closure.requested_on,
            origin=closure.origin,
            effective=closure.effective,
            reason_code=closure.reason_code,
            reason_text=closure.reason_text,
        )
        for number, closure in enumerate(closures, start=1)
    ]


def _asked(setting: Setting, membership: Membership, chance: Random) -> Iterator[Closure]:
    """What one member asks for; only who has a running period has something to close."""
    drawn, day = chance.random(), setting.any_day(chance)
    running = period_on(membership, day)
    settled_in = membership.started_on + timedelta(days=FEWEST_DAYS)
    if running is None or day < settled_in or is_lost(setting, membership):
        return
    if drawn < LIKELIHOOD:
        closure = _accepted(membership, day, running[1], chance)
        yield closure
        yield from _again(setting, closure, chance)
    elif drawn > 1 - (REFUSED_LIKELIHOOD if membership.plan.closable else NOT_CLOSABLE_LIKELIHOOD):
        yield _refused(membership, day, chance)


def _accepted(membership: Membership, day: date, ends_on: date, chance: Random) -> Closure:
    """A member goes by itself where it may, staff close the rest."""
    company = membership.customer.company
    effective = weighted((("period_end", 62), ("now", 38)), chance)
    origin = "customer" if membership.plan.closable and chance.random() < 0.8 else "staff"
    code: str | None = chance.choice(codes_for(company, customers=True))
    words = None
    if origin == "staff" and chance.random() < 0.6:
        code = codes_for(company, customers=False)[0]
    elif origin == "staff":
        code, words = None, chance.choice(WRITTEN_REASONS[company.language])
    return Closure(membership, day, origin, effective, code, words, day if effective == "now" else ends_on)


def _again(setting: Setting, closure: Closure, chance: Random) -> Iterator[Closure]:
    """Who was closed at once sometimes asks again some days later, as no answer was read."""
    day = closure.requested_on + timedelta(days=chance.randrange(1, 6))
    if closure.effective == "now" and chance.random() < AGAIN_LIKELIHOOD and setting.covers(day):
        yield replace(closure, requested_on=day, refused="already_closed")


def _refused(membership: Membership, day: date, chance: Random) -> Closure:
    """A customer who may not close, or not for this reason; staff without any reason."""
    company = membership.customer.company
    sound = chance.choice(codes_for(company, customers=True))
    faults: list[tuple[str, str, str | None, str | None]] = [
        ("unknown_reason", "customer", codes_for(company, customers=False)[0], None),
        ("unknown_reason", "customer", None, None),
        ("reason_text_not_allowed", "customer", sound, FREE_WORDS[company.language]),
        ("reason_missing", "staff", None, None),
    ]
    if not membership.plan.closable:
        faults = [("not_closable", "customer", sound, None)]
    refused, origin, code, words = chance.choice(faults)
    return Closure(membership, day, origin, "now", code, words, date.max, refused)
