"""What `make demo` asks of the demo's files, and how the tests speak of them."""

from datetime import date, timedelta

from models.demo.rows import Row

__all__ = ["DAYS", "DEMO_DAYS", "FIRST_DAY", "MEMBERS", "Files", "Row"]

FIRST_DAY = date(2028, 1, 3)
DAYS = 75
MEMBERS = 3000
DEMO_DAYS = {(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS)}

Files = dict[str, list[Row]]
"""Entity -> its rows."""
