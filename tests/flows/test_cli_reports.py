"""`tajdid report` prints where reports lie, for any day, and refuses names that nothing has with exit code 2."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from flows import cli, reports_flow, show
from flows.reports_flow import reports
from tasks.settings import settings
from tests.factories import club, nightly


@pytest.fixture
def tajdid(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run a command that writes into `out`; returns exit code, standard output, standard error."""
    monkeypatch.setattr(show.console, "_width", 300)
    monkeypatch.setenv("TAJDID_OUT", str(tmp_path / "out"))
    settings.cache_clear()

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tajdid", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    yield run
    settings.cache_clear()


def test_report_prints_the_paths_of_its_files(store, tajdid, tmp_path: Path):
    club(tmp_path, memberships=[{"started_on": "2028-03-01"}])
    nightly("2028-03-01")
    code, out, _ = tajdid("report", "aging", "--as-of", "2028-03-01", "--format", "html", "--format", "csv")
    folder = tmp_path / "out" / "club" / "2028-03-01"
    assert code == 0
    assert out.split() == [
        *(str(folder / name) for name in ("aging.html", "aging.csv")),
        str(tmp_path / "out/index.html"),
    ]


def test_report_for_a_day_that_was_not_run_says_so(store, tajdid, tmp_path: Path):
    club(tmp_path, memberships=[{"started_on": "2028-03-01"}])
    nightly("2028-03-01")
    code, _, err = tajdid("report", "aging", "--as-of", "2028-03-05", "--format", "csv")
    assert code == 0
    assert "The business day 2028-03-05 has not been run yet (known up to 2028-03-01)" in err


def test_unknown_report_is_wrong_usage_and_names_the_known_ones(store, tajdid):
    code, _, err = tajdid("report", "agin")
    assert code == 2
    assert "NAME is agin; expected one of: all, " in err and "aging" in err


@pytest.mark.parametrize(
    ("cadence", "day"), [("daily", date(2028, 4, 1)), ("weekly", date(2028, 3, 31)), ("monthly", date(2028, 3, 31))]
)
def test_a_scheduled_run_is_for_the_night_or_for_the_week_and_month_that_have_ended(monkeypatch, cadence, day):
    class Scheduled:
        scheduled_start_time = datetime(2028, 4, 1, 2, 30, tzinfo=UTC)

    monkeypatch.setattr(reports_flow, "flow_run", Scheduled)
    assert reports_flow._day(None, cadence) == day
    assert reports_flow._day(date(2020, 1, 1), cadence) == date(2020, 1, 1)


def test_the_flow_leaves_a_table_of_what_it_wrote(store, tajdid, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    club(tmp_path, memberships=[{"started_on": "2028-03-01"}])
    nightly("2028-03-01")
    left: list[dict[str, object]] = []
    monkeypatch.setattr(reports_flow, "create_table_artifact", lambda **artifact: left.append(artifact))
    reports.fn(date(2028, 3, 1), "daily", ["aging"])
    ((row,),) = (artifact["table"] for artifact in left)
    assert (row["company"], row["report"], row["rows"]) == ("club", "aging", "1")
    assert "aging.xlsx" in row["files"]
    assert "1 written" in str(left[0]["description"]) and "index.html" in str(left[0]["description"])
