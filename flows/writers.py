"""Who writes what is delivered: the outbox as messages, messages as texts, documents as PDF."""

from __future__ import annotations

from tasks.delivery_post import Writers


def writers() -> Writers:
    """Asked when there is something to write: templates and typesetting take long to import."""
    from reports.messages.outbox import read
    from reports.messages.rendering import render
    from tasks.documents import attachment

    return Writers(read, render, attachment)
