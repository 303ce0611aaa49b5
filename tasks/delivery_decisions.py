"""What a person decides about messages that did not go out, or may have: send again, count as sent, leave it.

Nothing is sent here: what is to be sent again waits for the next delivery. Decisions stay with the message.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from models.errors import WrongUsage
from models.messages import messages
from tasks.database import take_lock, transaction
from tasks.reasons import require_reason

_ON_PAPER = "a letter that waits for paper"
_UNCLAIMED = {"sender": None, "claimed_at": None, "offered_at": None}


def resend(message_ids: Sequence[int], reason: str, by: str) -> None:
    """Let dead, unknown or suppressed messages be tried again, from the first attempt on.

    An unknown one may reach its customer twice: look for its Message-ID in the mail server's log before. A suppressed
    one is suppressed again where its reason still holds. Raises WrongUsage, changing nothing, for any other.
    """
    again = {"status": "queued", "why": None, "attempts": 0, **_UNCLAIMED}
    _decide(message_ids, reason, by, of=("dead", "unknown", "suppressed"), values=again)


def confirm(message_ids: Sequence[int], reason: str, by: str) -> None:
    """Count as sent: unknown messages that somebody has seen arrive, letters that somebody has posted.

    Raises WrongUsage, changing nothing, for any other.
    """
    sent_at = sa.func.coalesce(messages.c.offered_at, sa.func.clock_timestamp())
    arrived = {"status": "sent", "why": None, "sent_at": sent_at, **_UNCLAIMED}
    _decide(message_ids, reason, by, of=("unknown", _ON_PAPER), values=arrived)


def dismiss(message_ids: Sequence[int], reason: str, by: str) -> None:
    """Send messages no more; of unknown ones that is all that will ever be known. Raises WrongUsage for any other."""
    m = messages.c
    unknown = m.status == "unknown"
    left = {
        "status": sa.case((unknown, "unknown"), else_="suppressed"),
        "why": sa.case((unknown, m.why), else_="dismissed"),
        "next_attempt_at": None,
    }
    _decide(message_ids, reason, by, of=("queued", "retry", "dead", "unknown"), values=left)


def _decide(message_ids: Sequence[int], reason: str, by: str, *, of: Collection[str], values: dict[str, Any]) -> None:
    require_reason(reason, f"message {', '.join(map(str, message_ids))}")
    m = messages.c
    decision = {"decision": reason, "decided_by": by, "decided_at": sa.func.clock_timestamp()}
    with transaction() as connection:
        take_lock(connection)
        is_letter = (m.channel == "letter") & (m.status == "queued")
        stands = sa.case((is_letter & sa.literal(_ON_PAPER in of), _ON_PAPER), else_=m.status)
        asked = sa.select(m.message_id, stands).where(m.message_id.in_(message_ids)).with_for_update()
        found = {message_id: status for message_id, status in connection.execute(asked)}
        for message_id in message_ids:
            if found.get(message_id) not in of:
                said = f"is {found[message_id]}" if message_id in found else "is not known"
                raise WrongUsage(
                    f"Message {message_id} {said}; expected one that is {' or '.join(of)}. "
                    "See: tajdid messages list, or letters. Nothing was changed."
                )
        connection.execute(sa.update(messages).where(m.message_id.in_(message_ids)).values(decision | values))
