"""Which messages of a company may go out at this moment: quiet hours and weekends, by its own clock and calendar."""

from __future__ import annotations

from datetime import date, datetime, time

from models.messages import KINDS
from models.rules.delivery import CONFIRMATIONS
from reports.company import WEEKDAYS, Company

_FIRST = tuple(kind for kind in KINDS if kind in CONFIRMATIONS)
_ALL = _FIRST + tuple(kind for kind in KINDS if kind not in CONFIRMATIONS)


def kinds_now(company: Company, channel: str, now: datetime, today: date) -> tuple[str, ...]:
    """The kinds that may go out by a channel, the most urgent first; none in its quiet hours, few on a weekend.

    A telephone rings, a mailbox does not: mail keeps quiet hours only where the company wishes it.
    """
    wishes = company.wishes
    keeps_quiet = channel != "email" or wishes.quiet_mail
    if keeps_quiet and is_quiet(now.astimezone(company.zone).time(), wishes.quiet_from, wishes.quiet_until):
        return ()
    return _FIRST if WEEKDAYS[today.weekday()] in company.weekend else _ALL


def is_quiet(at: time, since: time, until: time) -> bool:
    """Whether a time of day lies in [since, until), which may go over midnight; equal ends: never."""
    return since <= at < until if since <= until else at >= since or at < until
