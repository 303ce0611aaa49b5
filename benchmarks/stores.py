"""Prepared stores: a story of the nights before, and what waits for tonight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks import databases, story
from benchmarks.floor import run
from tasks import database


@dataclass(frozen=True)
class Store:
    """The parameters of a story (see `story.py`), and for each request of `requests.py` who asks."""

    k: str
    owes: str = "false"
    months: int = 1
    rewarded: bool = True
    waiting: Mapping[str, str] = field(default_factory=dict)

    def prepare(self, server_url: str, size: int) -> None:
        """Make it the prepared database: `size` memberships, vacuumed and analysed."""
        databases.use(server_url, databases.PREPARED, databases.EMPTY)
        with database.engine().begin() as connection:
            for statements in self._statements(size):
                run(connection, statements)
        databases.vacuum()
        databases.leave()

    def _statements(self, size: int) -> list[str]:
        facts = {"as_of": story.AS_OF, "size": size, "k": self.k, "owes": self.owes, "months": self.months}
        history = (story.CATALOGUE, story.DRAWN, story.MEMBERS, story.DOCUMENTS, story.MONEY, story.REWARDS)
        told = [part.format(**facts, rewarded=self.rewarded) for part in history]
        asked = [request.format(as_of=story.AS_OF, who=who) for request, who in self.waiting.items()]
        return [*told, *asked, story.MOVEMENTS]
