"""Moving time: what a freeze held goes on as many days later (L4.3).

[running   )[later  )        frozen for d days while the first one ran
[running ...d)[later  )      its end and every later period move, and the lots granted for them
"""

from __future__ import annotations

import sqlalchemy as sa

from models.lots import lots
from models.memberships import periods
from tasks.staging import Staged, stage

_ASIDE = 400_000
"""Days; far enough that no period that steps aside can meet one that has not moved yet."""


def move_by_freeze(connection: sa.Connection, resuming: Staged) -> int:
    """Move the periods and lots that the freezes of `resuming` (membership, held_after, days) held; returns periods.

    Each moved period becomes an anchor of its own, and the end of the last one that of what follows.
    """
    p, r = periods.c, resuming.c
    held = (
        sa.select(p.period_id, p.invoice, r.days, (p.starts_on > r.held_after).label("later"))
        .join_from(resuming, periods, p.membership == r.membership)
        .where(~p.void, p.ends_on > r.held_after)
    )
    moved = stage(connection, "moved_periods", held)
    _move_lots(connection, moved)
    _move_periods(connection, moved)
    return moved.rows


def _move_lots(connection: sa.Connection, moved: Staged) -> None:
    """A lot for `valid_days` of the running period keeps its dates, as that period keeps its start (decision 5)."""
    starts_by = sa.case((moved.c.later, moved.c.days), else_=0)
    ends_by = sa.case((moved.c.later | lots.c.valid_days.is_(None), moved.c.days), else_=0)
    connection.execute(
        sa.update(lots)
        .where(lots.c.source == "grant", lots.c.source_id == moved.c.invoice, lots.c.withdrawn_on.is_(None))
        .values(starts_on=lots.c.starts_on + starts_by, expires_on=lots.c.expires_on + ends_by)
    )


def _move_periods(connection: sa.Connection, moved: Staged) -> None:
    """In two strides: the unique key on a period's start is checked row by row, so later ones step aside first."""
    p, m = periods.c, moved.c
    ends_on = p.ends_on + m.days
    aside = sa.case((m.later, _ASIDE), else_=0)
    same = p.period_id == m.period_id
    connection.execute(
        sa.update(periods)
        .where(same)
        .values(
            starts_on=p.starts_on + sa.case((m.later, m.days), else_=0) + aside,
            ends_on=ends_on + aside,
            anchor_on=ends_on,
            ordinal=0,
        )
    )
    connection.execute(
        sa.update(periods).where(same, m.later).values(starts_on=p.starts_on - _ASIDE, ends_on=p.ends_on - _ASIDE)
    )
