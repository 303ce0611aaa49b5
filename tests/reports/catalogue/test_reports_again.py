"""A report that is produced again for a past day gives the figures of that day, whatever came after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from models.operations import runs
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
