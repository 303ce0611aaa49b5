"""Which reports are due on a day: every day's, a week's after its Saturday, a month's by the company's own calendar."""

from __future__ import annotations

import pytest

from tasks.reports import cadences_due
from tests.factories import arrive, club, day

IRAN = {"company": "tehran", "name": "T", "timezone": "Asia/Tehran", "currency": "IRR", "invoice_prefix": "T"}


@pytest.mark.parametrize(
    ("on", "riyadh", "tehran"),
    [
        ("2028-02-29", ("daily", "monthly"), ("daily",)),
        ("2028-03-18", ("daily", "weekly"), ("daily", "weekly")),  # a Saturday
        ("2028-03-19", ("daily",), ("daily", "monthly")),  # 29 Esfand 1406
        ("2028-03-20", ("daily",), ("daily",)),  # the first day of 1407
    ],
)
def test_a_month_ends_by_the_company_s_own_calendar(store, tmp_path, on, riyadh, tehran):
    club(tmp_path)
    arrive(tmp_path, companies=[IRAN])
    assert cadences_due(store, day(on)) == {"club": riyadh, "tehran": tehran}
