"""What each step is asked at last: is twice as once, late as daily, two at once as one after the other?"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from flows.business_day import run_days
from tasks import database
from tests import processes as p
from tests.factories import day, nightly
from tests.support import catch_up

IN_LINE = """
    (SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
     WHERE locktype = 'advisory' AND datname = current_database() AND NOT granted) = {count}
"""


def assert_as_once_and_daily(store: sa.Connection, first: str, last: str) -> p.State:
    """Every day run twice, and all but the first made up for, leave in every view what single nights leave."""
    with p.rewound(store):
        nightly(first, last)
        expected = p.state()
    with p.rewound(store):
        for n in range((day(last) - day(first)).days + 1):
            on = (day(first) + timedelta(n)).isoformat()
            nightly(on)
            nightly(on)
        p.assert_same(p.state(), expected)
    with p.rewound(store):
        catch_up(day(first), day(last))
        p.assert_same(p.state(), expected)
    return expected


def at_once(on: str, *flows: str) -> list[int | None]:
    """Flows of one day in a process each, let loose at the same moment; their exit codes."""
    children = []
    with database.transaction() as connection:
        database.take_lock(connection)
        for flow in flows:
            children.append(p.start(_run, flow, day(on)))
            p.wait_until(connection, IN_LINE.format(count=len(children)))
    return p.ended(*children)


def _run(flow: str, on: date) -> None:
    list(run_days(flow, on))
