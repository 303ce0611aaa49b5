"""Which messages of a company may go out at this moment: quiet hours and weekends, by its own clock and calendar."""

from __future__ import annotations

from datetime import datetime, time

from models.messages import KINDS
from models.rules.delivery import CONFIRMATIONS
from reports.company import WEEKDAYS, Company

_FIRST = tuple(kind for kind in KINDS if kind in CONFIRMATIONS)
_ALL = _FIRST + tuple(kind for kind in KINDS if kind not in CONFIRMATIONS)


def kinds_now(company: Company, now: datetime) -> tuple[str, ...]:
    """The kinds that may go out, the most urgent first; none in the quiet hours, few on a weekend."""
    local = now.astimezone(company.zone)
    if is_quiet(local.time(), company.wishes.quiet_from, company.wishes.quiet_until):
        return ()
    return _FIRST if WEEKDAYS[local.weekday()] in company.weekend else _ALL


def is_quiet(at: time, since: time, until: time) -> bool:
    """Whether a time of day lies in [since, until), which may go over midnight; equal ends: never."""
    return since <= at < until if since <= until else at >= since or at < until
