"""The scheduled intake: what is new in the inbox, each file once (TAJDID_INBOX)."""

from __future__ import annotations

from datetime import timedelta

from prefect import flow
from prefect.artifacts import create_table_artifact

from flows.clock import business_date, moment
from flows.rejects_alarm import tell_of_rejects
from models.errors import UnreadableFile
from tasks.inbox import Refused, load_inbox
from tasks.intake import Loaded
from tasks.schema import require_current
from tasks.settings import settings

WHOLE_AFTER = timedelta(seconds=10)
"""What has been written more recently may not be whole: it waits for the next poll."""


@flow(name="intake", description="Loads what is new in the inbox.", persist_result=False)
def intake() -> None:
    """Load what is new in the inbox (TAJDID_INBOX); red where a file could not be read at all."""
    require_current()
    inbox = settings().inbox
    if inbox is None:
        _publish([], "Nothing was loaded: TAJDID_INBOX is not set.")
        return
    done = list(load_inbox(inbox, business_date(), moment() - WHOLE_AFTER))
    refused = [file for file in done if isinstance(file, Refused)]
    _publish([_row(file) for file in done], "Nothing is new in the inbox." if not done else f"{len(done)} new files.")
    tell_of_rejects("intake", sum(file.rejected for file in done if isinstance(file, Loaded)))
    if refused:
        raise UnreadableFile(" ".join(file.why for file in refused))


def _row(file: Loaded | Refused) -> dict[str, str]:
    if isinstance(file, Refused):
        return {"file": file.name, "loaded": "–", "unchanged": "–", "rejected": "–", "refused": file.why}
    return {
        "file": file.path.name,
        "loaded": f"{file.loaded:,}",
        "unchanged": f"{file.unchanged:,}",
        "rejected": f"{file.rejected:,}",
        "refused": "",
    }


def _publish(rows: list[dict[str, str]], said: str) -> None:
    create_table_artifact(
        key="intake-files",
        table=rows,
        description=f"### intake: {said}\nRejected rows are kept with their reasons: `reporting.rejects`, "
        "stage `intake`.",
    )
