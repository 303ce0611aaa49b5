"""How a payment was made, in words: what is known of the payers' own; others stay as they came."""

from __future__ import annotations

from reports.language.catalogs import _
from reports.language.voice import Voice

METHODS = {
    "card": _("Card"),
    "cash": _("Cash"),
    "cheque": _("Cheque"),
    "knet": _("K-Net"),
    "mada": _("mada"),
    "shetab": _("Shetab card"),
    "transfer": _("Bank transfer"),
}


def method_in_words(voice: Voice, method: str) -> str:
    """`transfer` -> Bank transfer."""
    known = METHODS.get(method.lower())
    return voice.text(known) if known else method
