"""Who writes what is delivered: the outbox as messages, messages as texts, documents as PDF."""

from __future__ import annotations

from importlib import import_module

from tasks.delivery_post import Writers


def writers() -> Writers:
    """Looked up when there is something to write: templates and typesetting take long to import."""
    outbox, rendering = import_module("reports.messages.outbox"), import_module("reports.messages.rendering")
    return Writers(outbox.read, rendering.render, import_module("tasks.documents").attachment)
