"""What a person decides is kept with the reason that the person gives."""

from __future__ import annotations

from models.errors import WrongUsage


def require_reason(reason: str, stays_with: str) -> None:
    """Raise WrongUsage for an empty reason."""
    if not reason.strip():
        raise WrongUsage(f"The reason is empty; expected a few words. They stay with {stays_with}.")
