"""Who gives a command: the name that stays with a decision."""

from __future__ import annotations

import getpass
import os


def whoever_asks() -> str:
    """The name of the user; its number where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
