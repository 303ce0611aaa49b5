"""Invoice numbers: PREFIX-YYYY-NNNNNN (L6.1)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

Column = sa.ColumnElement[Any]

DIGITS = 6


def invoice_number(prefix: Column, year: Column | int, number: Column) -> Column:
    """The number of an invoice or credit note; beyond 999,999 it grows a digit instead of being cut."""
    text = sa.cast(number, sa.Text)
    padded = sa.func.lpad(text, sa.func.greatest(DIGITS, sa.func.length(text)), "0")
    return sa.func.concat(prefix, "-", year, "-", padded)
