"""The closing page of the demo says what the published views say."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal

from reports.summary import companies_summary
from tests import processes as p
from tests.support import run_daily, view


def test_summary_says_what_the_views_say(store, tmp_path):
    p.small_club(tmp_path, full=True)
    run_daily(p.FIRST, p.FIRST + timedelta(7))
    for of in companies_summary(store):
        members = Counter(row["status"] for row in view("memberships") if row["company"] == of.company)
        assert {name: getattr(of, name) for name in members} == members
        invoices = [row for row in view("invoices") if row["company"] == of.company]
        issued = [row for row in invoices if row["kind"] != "credit_note"]
        assert of.invoices == sum(row["kind"] == "membership" for row in invoices)
        assert of.invoiced == sum((row["total"] for row in issued), Decimal(0))
        assert of.outstanding == sum((row["open"] for row in invoices), Decimal(0))
        numbers = {row["invoice"] for row in invoices}
        assert of.notices == sum(row["invoice"] in numbers for row in view("notices"))
