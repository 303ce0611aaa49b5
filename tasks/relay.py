"""The parts of one step at work at once: under whose lead, with which numbers, ending in which order?

A leader holds the store's change lock for the whole step; its parts, wherever they run, share a second lock that
everybody else asks for too. So whoever changes the store waits for the step as a whole, also for parts whose leader was
killed. Parts that give numbers end in the order of their ranges (L6.1): a crash leaves the first of them, never a gap.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from models.errors import Interrupted
from models.invoices import invoice_series
from models.operations import number_claims, steps
from tasks.database import is_leading, parts_at_work, share_lock, take_lead, take_lock, transaction
from tasks.numbering import open_series
from tasks.step import Shard

_GLANCES_S = (0.002, 0.1)
"""How soon a part looks again whether those before it are ready: at first, and at most."""
PATIENCE_S = 5
"""How long a part waits for one that nobody works on, before it makes room."""


@contextmanager
def leading() -> Iterator[int]:
    """Hold the store for the parts of one step; yields what they know their leader by: its backend's process id."""
    with transaction() as connection:
        leader = take_lead(connection)
        with transaction() as before:
            take_lock(before, led=True)
            before.execute(sa.delete(number_claims))
        yield leader


@dataclass(frozen=True)
class Relay:
    """The place of one part among those of its step."""

    leader: int
    run_id: int
    step: str
    shard: Shard

    def enter(self, connection: sa.Connection) -> None:
        """Join the work, as the only one on this part; raises Interrupted where nobody leads it any more."""
        share_lock(connection, self.shard.index)
        self._require_leader(connection)

    def claim(self, as_of: date, taken: dict[str, int]) -> None:
        """Tell the others, at once, how many numbers of each company's series this part takes."""
        row = {"run_id": self.run_id, "step": self.step, "part": self.shard.index, "taken": taken}
        claim = insert(number_claims).values(row)
        key = ["run_id", "step", "part"]
        with transaction() as connection:
            open_series(connection, as_of)
            connection.execute(claim.on_conflict_do_update(index_elements=key, set_={"taken": taken}))

    def series(self, connection: sa.Connection, year: int) -> sa.FromClause:
        """company, year, last_no: where this part's numbers go on. Waits until all parts before it have claimed theirs.

        A part that ends moves the series and drops its claim in one transaction: the sum of both stays the same.
        """
        self._wait(connection, self._are_known)
        s, before = invoice_series.c, self._claims(number_claims.c.part < self.shard.index).subquery("before")
        more = sa.select(sa.func.coalesce(sa.func.sum(before.c.numbers), 0)).where(before.c.company == s.company)
        last_no = sa.cast(s.last_no + more.scalar_subquery(), sa.BigInteger)
        return sa.select(s.company, s.year, last_no.label("last_no")).where(s.year == year).subquery("series")

    def leave(self, connection: sa.Connection, year: int) -> None:
        """The last a part does: where it gives numbers it waits for those before it, and moves the series."""
        mine = (number_claims.c.part == self.shard.index) & self._of_step
        if connection.execute(sa.select(number_claims.c.part).where(mine)).first() is None:
            return
        self._wait(connection, self._are_done)
        took = self._claims(number_claims.c.part == self.shard.index).subquery("took")
        moved = sa.update(invoice_series).where(invoice_series.c.company == took.c.company)
        connection.execute(
            moved.where(invoice_series.c.year == year).values(last_no=invoice_series.c.last_no + took.c.numbers)
        )
        connection.execute(sa.delete(number_claims).where(mine))

    @property
    def _of_step(self) -> sa.ColumnElement[bool]:
        return (number_claims.c.run_id == self.run_id) & (number_claims.c.step == self.step)

    def _claims(self, of: sa.ColumnElement[bool]) -> sa.Select[tuple[str, int]]:
        """company, numbers: what parts of the step have claimed and not yet taken."""
        pairs = sa.func.jsonb_each_text(number_claims.c.taken).table_valued("company", "numbers").render_derived()
        numbers = sa.cast(pairs.c.numbers, sa.BigInteger).label("numbers")
        return (
            sa.select(pairs.c.company, numbers)
            .select_from(number_claims.join(pairs, sa.true()))
            .where(self._of_step, of)
        )

    def _are_done(self, connection: sa.Connection) -> set[int]:
        """Which of the parts before this one have ended."""
        name = {Shard(index, self.shard.count).name: index for index in range(1, self.shard.index)}
        done = (steps.c.run_id == self.run_id) & (steps.c.step == self.step) & steps.c.shard.in_(name)
        return {name[shard] for shard in connection.execute(sa.select(steps.c.shard).where(done)).scalars()}

    def _are_known(self, connection: sa.Connection) -> set[int]:
        """Which of them have ended or claimed. Asked in this order: a part that ends drops its claim."""
        claimed = sa.select(number_claims.c.part).where(self._of_step, number_claims.c.part < self.shard.index)
        return set(connection.execute(claimed).scalars()) | self._are_done(connection)

    def _wait(self, connection: sa.Connection, ready: Callable[[sa.Connection], set[int]]) -> None:
        """Until all parts before this one are ready; raises Interrupted where nobody leads, or works on one of them."""
        before, (pause, longest) = set(range(1, self.shard.index)), _GLANCES_S
        begun = time.monotonic()
        while missing := before - ready(connection):
            self._require_leader(connection)
            if missing <= parts_at_work(connection):
                begun = time.monotonic()
            elif time.monotonic() - begun > PATIENCE_S:
                # It may be that they wait for the very worker that is busy here.
                raise Interrupted(self.step, self.shard.name, f"nobody works on part {min(missing)} before it")
            time.sleep(pause)
            pause = min(2 * pause, longest)

    def _require_leader(self, connection: sa.Connection) -> None:
        if not is_leading(connection, self.leader):
            raise Interrupted(self.step, self.shard.name, "nobody leads the step any more")
