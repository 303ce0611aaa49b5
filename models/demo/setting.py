"""Which days, how many memberships, and whose dice: what every part of the demo is told and nothing else decides.

No part reads a clock. Each draws from a stream of its own, named after what it makes, so that a new kind of record can
be added later without throwing the dice of those already there anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """A demo of `members` memberships whose business days are `[first_day, first_day + days)`."""

    first_day: date
    days: int
    members: int
    seed: int

    def __post_init__(self) -> None:
        """Refuses a demo in which a company would have no membership, or no day."""
        if self.days < 1 or self.members < 10:
            raise ValueError(
                f"A demo of {self.members} memberships and {self.days} days is too small; "
                "expected at least 10 memberships and 1 day. Ask for more."
            )

    @property
    def ends_on(self) -> date:
        """The first day after the demo."""
        return self.first_day + timedelta(days=self.days)

    @property
    def middle(self) -> date:
        """The day on which prices rise."""
        return self.first_day + timedelta(days=self.days // 2)

    def covers(self, day: date) -> bool:
        """Whether `day` is one of the demo's business days."""
        return self.first_day <= day < self.ends_on

    def any_day(self, chance: Random) -> date:
        """One of the demo's business days."""
        return self.first_day + timedelta(days=chance.randrange(self.days))

    def stream(self, *topic: str) -> Random:
        """The dice of one topic: the same for the same seed and topic, independent of every other topic."""
        return Random("/".join((str(self.seed), *topic)))


def weighted(choices: Sequence[tuple[T, int]], chance: Random) -> T:
    """One of `choices`, each as likely as the weight beside it."""
    return chance.choices([choice for choice, _ in choices], [weight for _, weight in choices])[0]
