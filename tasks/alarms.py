"""Alarms as code: the automations of the Prefect server, made or brought up to date by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from tasks.alarm_block import AlarmMail
from tasks.settings import settings

MANY_REJECTS = "tajdid.rejects.many"
"""The event of a run that rejected more than it should."""
BLOCK = "alarms"
ANY_RUN = {"prefect.resource.id": "prefect.flow-run.*"}
OF_OURS = {"prefect.resource.role": "tag", "prefect.resource.id": "prefect.tag.tajdid"}
OPEN_IT = "Open it: {{ flow_run|ui_url }}"


def automations(block_document_id: str | None) -> list[dict[str, Any]]:
    """What the server watches for; without a block it sends nothing, and only ends what is dead."""
    if block_document_id is None:
        return [DEAD_RUNS]

    def mail(subject: str, body: str) -> list[dict[str, Any]]:
        action = {"type": "send-notification", "block_document_id": block_document_id}
        return [action | {"subject": subject, "body": body}]

    ended = [f"prefect.flow-run.{state}" for state in ("Failed", "Crashed", "TimedOut")]
    why = "{{ flow_run.state.name }}: {{ flow_run.state.message }}"
    rejects = "{{ event.payload.rejects }} rejects of {{ event.payload.flow }}. See: tajdid status"
    late = "It was due {{ flow_run.expected_start_time }}, and no worker has taken it."
    return [
        DEAD_RUNS,
        _reactive("tajdid: a run failed", ended, mail("[Tajdid] {{ flow_run.name }} failed", f"{why}\n\n{OPEN_IT}")),
        _reactive("tajdid: a run is late", ["prefect.flow-run.Late"], mail("[Tajdid] {{ flow.name }} is late", late)),
        _reactive(
            "tajdid: many rejects",
            [MANY_REJECTS],
            mail("[Tajdid] Many rejects", rejects),
            match={"prefect.resource.id": "tajdid.rejects"},
            related={},
        ),
    ]


DEAD_RUNS: dict[str, Any] = {
    "name": "tajdid: a run is dead",
    "description": "A run whose heartbeat has stopped is marked crashed: that frees its place, and is a failed run.",
    "enabled": True,
    "trigger": {
        "type": "event",
        "posture": "Proactive",
        "after": ["prefect.flow-run.heartbeat"],
        "expect": ["prefect.flow-run.heartbeat"]
        + [f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Cancelled", "Crashed", "TimedOut")],
        "match": ANY_RUN,
        "for_each": ["prefect.resource.id"],
        "threshold": 1,
        "within": 90,
    },
    "actions": [{"type": "change-flow-run-state", "state": "CRASHED", "message": "Its heartbeat has stopped."}],
}


def _reactive(
    name: str,
    expect: list[str],
    actions: list[dict[str, Any]],
    *,
    match: Mapping[str, Any] = ANY_RUN,
    related: Mapping[str, Any] = OF_OURS,
) -> dict[str, Any]:
    trigger = {"type": "event", "posture": "Reactive", "expect": expect, "match": match, "match_related": related}
    return {"name": name, "enabled": True, "trigger": trigger | {"threshold": 1, "within": 0}, "actions": actions}


def install(client: httpx.Client) -> bool:
    """Make or update our automations, delete ours that are no more; returns whether alarms are mailed."""
    given = settings()
    mails = given.smtp_url is not None and bool(given.alarm_to)
    known = {one["name"]: one["id"] for one in _found(client)}
    wanted = automations(_block(client) if mails else None)
    for one in wanted:
        path = f"/automations/{known[one['name']]}" if one["name"] in known else "/automations/"
        (client.put if one["name"] in known else client.post)(path, json=one).raise_for_status()
    for name in known.keys() - {one["name"] for one in wanted}:
        if name.startswith("tajdid: "):
            client.delete(f"/automations/{known[name]}").raise_for_status()
    return mails


def _found(client: httpx.Client) -> list[dict[str, Any]]:
    found = client.post("/automations/filter", json={"limit": 200})
    found.raise_for_status()
    return list(found.json())


def _block(client: httpx.Client) -> str:
    """The id of the block that sends our mail, with the addresses of today."""
    slug = AlarmMail.get_block_type_slug()
    of_type = client.get(f"/block_types/slug/{slug}")
    of_type.raise_for_status()
    type_id, given = of_type.json()["id"], settings()
    schema = client.post("/block_schemas/filter", json={"block_schemas": {"block_type_id": {"any_": [type_id]}}})
    schema.raise_for_status()
    data = {"sender": given.alarm_from, "to": given.alarm_recipients}
    known = client.get(f"/block_types/slug/{slug}/block_documents/name/{BLOCK}")
    if known.status_code == 200:
        client.patch(f"/block_documents/{known.json()['id']}", json={"data": data}).raise_for_status()
        return str(known.json()["id"])
    document = {"name": BLOCK, "data": data, "block_type_id": type_id}
    made = client.post("/block_documents/", json=document | {"block_schema_id": schema.json()[0]["id"]})
    made.raise_for_status()
    return str(made.json()["id"])
