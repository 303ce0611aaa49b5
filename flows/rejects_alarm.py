"""Telling the Prefect server of a run that rejected more than it should: an event, for the alarm on it."""

from __future__ import annotations

from prefect.events import emit_event

from tasks.alarms import MANY_REJECTS
from tasks.settings import settings


def tell_of_rejects(flow_name: str, rejects: int) -> None:
    """An event where there are more rejects than `TAJDID_ALARM_REJECTS`."""
    if rejects > settings().alarm_rejects:
        resource = {"prefect.resource.id": "tajdid.rejects"}
        emit_event(MANY_REJECTS, resource=resource, payload={"flow": flow_name, "rejects": rejects})
