"""What is decided on a business day? The stages of L1.6 in order, missed days first (L1.7)."""

from datetime import date, timedelta

from .closures import settle_closures
from .club import Club, add_row
from .credits import charge, expire, grant, use
from .files import Files, Row
from .freezes import settle_freezes
from .letters import dun, remind
from .payments import apply_credit, take_payments, take_refunds
from .points import earn, redeem
from .renewals import activate_and_renew, take_renewals
from .standing import settle_status
from .views import VIEWS


class Oracle:
    """The rule book read plainly: facts in, business days one by one, the published views out.

    `term_lots_move`: do lots granted for `valid_days` move with the end of the period in which the
    member was frozen? The words of L4.3 say so, the scenario `full` shows that they stay.
    """

    def __init__(self, files: Files, *, term_lots_move: bool = False) -> None:
        self.club = Club()
        self.term_lots_move = term_lots_move
        self.last_day: date | None = None
        self.arrived = False
        for entity, rows in files.rows.items():
            for row in rows:
                self.add(entity, row)

    def add(self, entity: str, row: Row) -> None:
        """One more row of the intake; it counts from the next run on."""
        add_row(self.club, entity, row)
        self.arrived = True

    def run_day(self, as_of: date) -> None:
        """All days after the last up to `as_of`; again: what arrived since; earlier: refused."""
        if self.last_day is not None and as_of < self.last_day:
            raise ValueError(f"Business date {as_of} is before {self.last_day}, completed (L1.8).")
        if as_of == self.last_day and not self.arrived:
            return
        day = as_of if self.last_day in (None, as_of) else self.last_day + timedelta(days=1)
        while day <= as_of:
            decide(self.club, day, term_lots_move=self.term_lots_move)
            day += timedelta(days=1)
        self.last_day, self.arrived = as_of, False

    def run(self, first: date, last: date) -> None:
        """Every business day from `first` to `last`, both included."""
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            self.run_day(date.fromordinal(ordinal))

    def rows(self, view: str) -> list[Row]:
        """A view of contract.md as of the last business day, dates and decimals as text."""
        if self.last_day is None:
            raise ValueError(f"View {view} before any business day; run one first.")
        return VIEWS[view](self.club, self.last_day)


def decide(club: Club, as_of: date, *, term_lots_move: bool) -> None:
    """L1.6, stage by stage."""
    take_payments(club, as_of)
    take_refunds(club, as_of)
    redeem(club, as_of)
    settle_closures(club, as_of)
    settle_freezes(club, as_of, term_lots_move=term_lots_move)
    activate_and_renew(club, as_of)
    take_renewals(club, as_of)
    apply_credit(club, as_of)
    settle_status(club, as_of)
    grant(club, as_of)
    charge(club, as_of)
    earn(club, as_of)
    use(club, as_of)
    expire(club, as_of)
    dun(club, as_of)
    apply_credit(club, as_of)
    remind(club, as_of)
