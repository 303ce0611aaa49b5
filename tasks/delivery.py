"""Delivery (L1.6): which messages are due, and what came of each?

Writes what became of the messages, and each attempt. Repeating it is safe because a message is claimed by one sender at
a time, and what may have gone out is never sent again unless a person says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from models.errors import Undelivered
from models.messages import KINDS
from reports.company import Company
from reports.days import counts_text
from tasks.channels.channel import Channel
from tasks.channels.open import open_channels
from tasks.company_folders import companies_of_store
from tasks.database import is_rehearsal, take_lock, transaction
from tasks.delivery_claims import (
    NOBODY,
    Opening,
    claim,
    postponed_messages,
    sender,
    suppress_letters,
    take_back_abandoned,
    waiting_messages,
)
from tasks.delivery_post import BATCH, Clock, Post, Writers, days_of, openings
from tasks.runs import NIGHTLY, last_completed
from tasks.settings import settings
from tasks.step import Outcome, Scope, Step

FATES = ("sent", "retry", "dead", "unknown", "suppressed")
LETTER = "letter"
SETTING = {"email": "TAJDID_SMTP_URL", "whatsapp": "TAJDID_WHATSAPP_URL", "sms": "TAJDID_SMS_URL"}
Companies = Mapping[str, Company]
Channels = Mapping[str, Channel]


def after_night(clock: Clock, writers: Callable[[], Writers]) -> Step:
    """The last step of a business day: what is worth saying is judged by today, whichever day is made up."""
    return _step(lambda connection, _scope: deliver(connection, clock, writers))


def alone(clock: Clock, writers: Callable[[], Writers]) -> Step:
    """The step of the flow `delivery`: what is worth saying is judged by the day that it is run for."""
    return _step(lambda connection, scope: deliver(connection, clock, writers, today=scope.as_of))


def _step(work: Callable[[sa.Connection, Scope], Outcome]) -> Step:
    return Step("delivery", "delivery", work, shard_by=None, at_once=False, outside=True)


def deliver(
    connection: sa.Connection, clock: Clock, writers: Callable[[], Writers], *, today: date | None = None
) -> Outcome:
    """Send what is due, by the channels that the settings name. Raises Undelivered where a server takes nothing.

    `connection` stands outside of any transaction; its session is the sender's. `writers` is asked only where there may
    be something to write. `today`: left out, the day that it is now, in each company's time zone.
    """
    channels, lost = open_channels(), take_back_abandoned(connection)
    if not channels:
        waiting = sum(waiting_messages(connection).values())
        return _told(Counter(unknown=lost), waiting, f"Nothing is sent: set one of {', '.join(SETTING.values())}.")
    behind = _behind(today or clock().astimezone(settings().zone).date())
    faulty: dict[str, str] = {}
    companies = _companies(faulty) if not behind else {}
    counts, troubles, note = Counter({"unknown": lost}), list(faulty.values()), ""
    if is_rehearsal():
        counts += _rehearse(connection, companies, channels, clock(), today)
    elif companies:
        with sender(connection) as number:
            post = Post(number, companies, channels, writers(), clock, today=today)
            try:
                post.run()
            finally:
                counts += post.counts
        troubles += post.troubles
        note = post.note
    if troubles:
        raise Undelivered(troubles, counts_text(counts))
    counts += _let_be(companies, clock(), today)
    left = Counter(waiting_messages(connection))
    said = [behind] if behind else [note, *_what_waits(connection, left, companies, channels, clock())]
    return _told(counts, sum(left.values()), " ".join(filter(None, said)))


def _told(counts: Counter[str], waiting: int, note: str) -> Outcome:
    return Outcome({fate: counts[fate] for fate in FATES} | {"waiting": waiting}, note=note)


def _companies(faulty: dict[str, str]) -> dict[str, Company]:
    """By id; those whose folder cannot be used are told in `faulty`, and their messages wait."""
    with transaction() as connection:
        return {company.company: company for company in companies_of_store(connection, faulty)}


def _behind(today: date) -> str:
    """Why nothing is sent while business days are missing: what the store knows of members is not true today.

    The night of today may be still to come; a store that has never had a night is not behind.
    """
    done: date | None = last_completed(NIGHTLY)
    if done is None or done >= today - timedelta(days=1):
        return ""
    return f"Nothing is sent before the missed days are made up: nightly has done the days up to {done}."


def _rehearse(
    connection: sa.Connection, companies: Companies, channels: Channels, now: datetime, today: date | None
) -> Counter[str]:
    """What would be sent, in counts: claimed in the rehearsal's transaction, and not sent."""
    counts: Counter[str] = Counter()
    wide, days = openings(companies, channels, now, today), settings().message_days
    while True:
        claims = claim(connection, NOBODY, wide, now, most=BATCH, longest_days=days)
        counts.update(sent=len(claims.claimed), suppressed=claims.suppressed, dead=claims.dead)
        if not (claims.claimed or claims.suppressed or claims.dead):
            return counts


def _let_be(companies: Companies, now: datetime, today: date | None) -> Counter[str]:
    """Letters wait for a person, and may wait until they are not worth printing any more."""
    days = days_of(companies, now, today)
    wide = [Opening(name, LETTER, kind, day) for name, day in days.items() for kind in KINDS]
    with transaction() as connection:
        take_lock(connection)
        return Counter(suppressed=suppress_letters(connection, wide, settings().message_days) if wide else 0)


def _what_waits(
    connection: sa.Connection, left: Counter[tuple[str, str]], companies: Companies, channels: Channels, now: datetime
) -> tuple[str, str]:
    """What waits for a setting or for paper, and what for its next attempt."""
    again = postponed_messages(connection)
    ways = {(name, way) for name in companies for way in channels if not channels[way].lacks(companies[name])}
    stuck = left + Counter({of: count for of, (count, _first) in again.items() if of not in ways})
    later = [postponed for of, postponed in again.items() if of in ways]
    return _why_waiting(stuck, companies, channels), _tried_again(later, now)


def _tried_again(postponed: Sequence[tuple[int, datetime]], now: datetime) -> str:
    """How many have failed and wait for their next attempt."""
    if not postponed:
        return ""
    zone = settings().zone
    first = min(at for _count, at in postponed).astimezone(zone)
    at = f"{first:%H:%M}" if first.date() == now.astimezone(zone).date() else f"{first:%Y-%m-%d %H:%M}"
    return f"Tried again, since they have failed: {sum(count for count, _at in postponed):,}, the first at {at}."


def _why_waiting(left: Mapping[tuple[str, str], int], companies: Companies, channels: Channels) -> str:
    """For each company and channel by which nothing can go out, how many wait and what is missing."""
    said = []
    for (company, channel), count in sorted(left.items()):
        if channel == LETTER:
            said.append(f"{count:,} letters of {company} wait for paper")
        elif channel not in channels:
            said.append(f"{count:,} of {company} by {channel} wait for {SETTING[channel]}")
        elif company in companies and (lacks := channels[channel].lacks(companies[company])):
            said.append(f"{count:,} of {company} by {channel} wait for {lacks}")
    return f"{'; '.join(said)}." if said else ""
