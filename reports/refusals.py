"""Which requests did the business days refuse, and why? For the status and for a table on a run's page.

Grain: one row a refused request, the latest first. Ids and figures only, no personal data.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from models.operations import rejects, runs

SHOWN = 500


def refusals(
    connection: sa.Connection, passes: Collection[int] | None = None, limit: int = SHOWN
) -> list[dict[str, str]]:
    """Refused requests, of the given passes (run ids, their parts included) or of all."""
    r = rejects.c
    query = sa.select(r.on_date, r.entity, r.record, r.reason, r.message).where(r.stage == "apply")
    if passes is not None:
        parts = sa.select(runs.c.run_id).where(sa.func.coalesce(runs.c.parent_id, runs.c.run_id).in_(passes))
        query = query.where(r.run_id.in_(parts))
    rows = connection.execute(query.order_by(r.reject_id.desc()).limit(limit))
    return [
        {
            "business date": row.on_date.isoformat(),
            "entity": row.entity,
            "id": row.record,
            "reason": row.reason,
            "what": row.message,
        }
        for row in rows
    ]
