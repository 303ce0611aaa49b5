"""What do the members of a company ask for, and what does it change in their billing? Freezes, closures, renewals."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from models.demo.closures import Closure, closures_of
from models.demo.companies import Company
from models.demo.freezes import Freeze, freezes_of
from models.demo.memberships import Membership
from models.demo.renewals import Renewal, renewals_of
from models.demo.setting import Setting


@dataclass(frozen=True)
class Requests:
    """All requests to one company; those that are meant to be refused change nothing."""

    freezes: Sequence[Freeze]
    closures: Sequence[Closure]
    renewals: Sequence[Renewal]

    def freeze_of(self, membership: Membership) -> Freeze | None:
        """The freeze of a membership."""
        return self._freezes.get(membership.code)

    def closure_of(self, membership: Membership) -> Closure | None:
        """The closure of a membership."""
        return self._closures.get(membership.code)

    def renewals_of(self, membership: Membership) -> Sequence[Renewal]:
        """The further periods that a membership asks for, oldest first."""
        return self._renewals[membership.code]

    def left_on(self, membership: Membership) -> date:
        """The day from which the member is no longer there; date.max: none is known."""
        closure = self.closure_of(membership)
        return closure.closes_on if closure else date.max

    @cached_property
    def _freezes(self) -> dict[str, Freeze]:
        return {freeze.membership.code: freeze for freeze in self.freezes if freeze.refused is None}

    @cached_property
    def _closures(self) -> dict[str, Closure]:
        return {closure.membership.code: closure for closure in self.closures if closure.refused is None}

    @cached_property
    def _renewals(self) -> dict[str, list[Renewal]]:
        found: defaultdict[str, list[Renewal]] = defaultdict(list)
        for renewal in self.renewals:
            found[renewal.membership.code].append(renewal)
        return found


def requests_of(setting: Setting, company: Company, memberships: Sequence[Membership]) -> Requests:
    """What is asked for before anything is known of payments."""
    closures = closures_of(setting, company, memberships)
    freezes = freezes_of(setting, company, memberships, closures)
    return Requests(freezes, closures, renewals_of(setting, company, memberships, closures))
