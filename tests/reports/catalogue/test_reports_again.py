"""A report that is produced again for a past day gives the figures of that day, whatever came after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from models.operations import runs
from models.rules.history import balance
from reports.catalogue import BY_NAME, REPORTS
from tasks import database
from tests.conftest import use_database
from tests.reports.catalogue import story

PROVED = [report.name for report in REPORTS if report.proof]


@pytest.fixture(scope="module")
def lived(shared_database, tmp_path_factory) -> Iterator[tuple[sa.Connection, story.Figures]]:
    use_database(shared_database)
    with database.rehearsal() as connection:
        yield connection, story.taken_down(connection, tmp_path_factory.mktemp("club"))


@pytest.mark.parametrize("name", BY_NAME)
def test_report_gives_the_same_figures_when_produced_again(lived, name):
    connection, taken_down = lived
    for on in story.EVENINGS:
        assert story.figures(connection, BY_NAME[name].query("club", on)) == taken_down[name, on], on


@pytest.mark.parametrize("name", BY_NAME)
def test_report_has_the_columns_that_it_declares_and_something_to_tell(lived, name):
    _connection, taken_down = lived
    report = BY_NAME[name]
    declared = [column.name for column in report.columns]
    assert list(report.query("club", story.EVENINGS[0]).selected_columns.keys()) == declared
    assert len({str(taken_down[name, on]) for on in story.EVENINGS}) > 1
    assert all(chart.x in (None, *declared) and set(chart.values) <= set(declared) for chart in report.charts)


@pytest.mark.parametrize("name", PROVED)
def test_report_equals_what_it_is_held_against_on_every_day(lived, name):
    connection, _taken_down = lived
    for on in story.EVENINGS:
        rows = story.figures(connection, BY_NAME[name].proof.query("club", on))
        assert rows
        assert [row for row in rows if row[1] != row[2]] == [], on


def test_story_undoes_what_it_says(lived):
    connection, _taken_down = lived
    undone = sa.select(runs.c.flow).where(runs.c.state == "undone").order_by(runs.c.run_id)
    flows = [flow for of_day in story.UNDONE.values() for flow, _on in of_day]
    assert sorted(connection.execute(undone).scalars()) == sorted(flows)


def rows_of(taken_down: story.Figures, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a report on all evenings, by the names of its columns."""
    names = [column.name for column in BY_NAME[name].columns]
    for on in story.EVENINGS:
        yield from (dict(zip(names, row, strict=True)) | {"on": on} for row in taken_down[name, on])


SUMS = {
    "new_and_expired": ("closing", "opening taken_over new returned", "expired closed"),
    "renewal_rate": ("ended", "on_time in_grace waiting lost", ""),
    "churn": ("opening", "kept lost", ""),
    "revenue": ("total", "billed fees tax", "credited"),
    "mrr": ("closing", "opening taken_over new returned expansion", "contraction churn"),
    "deferred_revenue": ("closing", "opening billed reversed", "credited recognised"),
    "purchases": ("total", "net tax", ""),
    "payments": ("net", "received", "refunded"),
    "outstanding": ("total", "paid open", ""),
    "aging": ("open", "not_due days_1_30 days_31_60 days_61_90 days_91", ""),
    "statements": ("closing", "opening invoiced refunded", "credited paid redeemed"),
    "credits": ("remaining", "granted charged earned", "used expired"),
    "points": ("closing", "opening granted charged earned", "used expired"),
    "points_by_source": ("remaining", "made", "used expired"),
}
"""Report -> the column that is what the first ones come to, less the second ones."""


@pytest.mark.parametrize("name", SUMS)
def test_rows_of_a_report_add_up(lived, name):
    whole, more, less = SUMS[name]
    found = list(rows_of(lived[1], name))
    assert found
    for row in found:
        assert row[whole] == sum(row[part] for part in more.split()) - sum(row[part] for part in less.split()), row


SHOWN = {
    "mrr": ("mrr", "closing"),
    "deferred_revenue": ("deferred_revenue", "closing"),
    "points_liability": ("points", "liability"),
    "members": ("new_and_expired", "closing"),
    "received": ("payments", "received"),
}
"""Figure of the dashboard -> the report and column that it is the sum of, month by month."""


@pytest.mark.parametrize("metric", SHOWN)
def test_dashboard_shows_the_figures_of_the_reports(lived, metric):
    name, column = SHOWN[metric]
    totals: Counter[tuple[Any, ...]] = Counter()
    for row in rows_of(lived[1], name):
        totals[row["on"], row["month"]] += row[column]
    shown = {
        (row["on"], row["month"]): row["value"] for row in rows_of(lived[1], "dashboard") if row["metric"] == metric
    }
    assert shown
    assert shown == totals


def test_what_is_overdue_on_the_dashboard_is_what_the_aging_says(lived):
    late: Counter[tuple[Any, ...]] = Counter()
    for row in rows_of(lived[1], "aging"):
        late[row["on"]] += row["open"] - row["not_due"]
    for row in rows_of(lived[1], "dashboard"):
        if row["metric"].startswith("overdue") and row["month"].month == row["on"].month:
            late[row["on"]] -= row["value"]
    assert late
    assert not any(late.values())


@pytest.mark.parametrize("report", REPORTS, ids=BY_NAME)
def test_money_stands_beside_its_currency_and_quantities_beside_their_credit(report):
    """Who adds up can never add different ones."""
    kinds, names = {column.kind for column in report.columns}, {column.name for column in report.columns}
    assert "money" not in kinds or "currency" in names
    assert "quantity" not in kinds or "credit_type" in names
    assert "number" not in kinds or {"unit", "currency"} <= names


BOOKED = {
    ("revenue", "net"): ("deferred_revenue", "fee_income"),
    ("revenue", "tax"): ("tax",),
    ("payments", "net"): ("cash",),
    ("aging", "open"): ("receivable",),
}
"""Column of a report -> the accounts whose balance it comes to, all months together; a debit is positive."""


@pytest.mark.parametrize(("name", "column"), BOOKED)
def test_report_comes_to_the_balance_of_its_accounts(lived, name, column):
    connection, taken_down = lived
    credit = -1 if name == "revenue" else 1
    for on in story.EVENINGS:
        books = connection.execute(balance("club", on, *BOOKED[name, column])).all()
        shown = sum(row[column] for row in rows_of(taken_down, name) if row["on"] == on)
        assert sum(row.amount_minor for row in books) == credit * shown * 100, on
