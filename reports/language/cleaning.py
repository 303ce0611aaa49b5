"""Texts of strangers without what no reader sees: controls, ends of lines, what turns the direction round."""

from __future__ import annotations

import re

_TURNS = "\u202a-\u202e\ufeff"
"""What turns the direction of all that follows."""
_MARKS = "\u061c\u200e\u200f\u2066-\u2069"
"""Marks and isolates; those of our own texts end with what they isolate."""
_BREAKS = re.compile("[\u0000-\u0020\u007f-\u009f\u2028\u2029]+")
"""What could begin a line, and so a header of its own."""
_TURNING, _MARKING = re.compile(f"[{_TURNS}]"), re.compile(f"[{_MARKS}]")
_UNSEEN = re.compile(f"[\u0000-\u0009\u000b-\u001f\u007f-\u009f{_TURNS}{_MARKS}]")


def one_line(text: str) -> str:
    """One of our own texts on one line; its isolates stay."""
    return _BREAKS.sub(" ", _TURNING.sub("", text)).strip()


def name_line(text: str) -> str:
    """A name or an id on one line, that turns the direction of nothing."""
    return one_line(_MARKING.sub("", text))


def seen(text: str) -> str:
    """A text as it is printed, of several lines if it has them."""
    return _UNSEEN.sub("", text)
