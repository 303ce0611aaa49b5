"""Writing reports: whole files or none, an index of what lies there, any day, one snapshot."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet
import pytest
import sqlalchemy as sa
from fsspec.implementations.local import LocalFileSystem
from sqlalchemy.exc import DBAPIError

from models.errors import NotWritten, WrongUsage
from reports.catalogue import REPORTS, aging
from reports.company import Company
from reports.report import Report
from tasks import reporting
from tasks.database import snapshot, transaction
from tasks.outlet import Outlet
from tasks.reporting import names_of, reports_named, write_reports
from tasks.reports import step
from tasks.settings import settings
from tasks.step import Scope
from tests.factories import club, nightly

DAY = date(2028, 3, 1)
PRODUCED_AT = datetime(2028, 3, 2, 1, 0, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that TAJDID_OUT names, not yet made."""
    folder = tmp_path / "out"
    use_out(monkeypatch, str(folder))
    yield folder
    monkeypatch.delenv("TAJDID_OUT")
    settings.cache_clear()


def use_out(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TAJDID_OUT", url)
    settings.cache_clear()


def small_club(folder: Path) -> None:
    """Two companies, an unpaid invoice in the first."""
    club(
        folder,
        companies=[{"name": HOSTILE}, {"company": "../spa", "name": "سپا"}],
        memberships=[{"started_on": "2028-03-01"}],
    )


def written(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


def write(*names: str, as_of: date = DAY, **also):
    return write_reports(as_of, names, produced_at=PRODUCED_AT, **also)


def test_a_report_is_written_for_every_company_in_every_format(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    done = write("aging")
    files = {"aging.html", "aging.xlsx", "aging.csv", "aging.parquet", "index.html", "manifest.json"}
    folders = ("club/2028-03-01", "%2E.%2Fspa/2028-03-01")
    assert written(out) == {f"{folder}/{name}" for folder in folders for name in files} | {"index.html"}
    assert [(one.company, one.report, one.rows) for one in done.written] == [
        ("../spa", "aging", 0),
        ("club", "aging", 1),
    ]
    assert all(Path(path).is_file() for one in done.written for path in one.paths)
    assert not done.known.is_early


def test_the_sum_of_a_report_is_what_the_books_say(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    table = pyarrow.parquet.read_table(out / "club/2028-03-01/aging.parquet")
    booked = store.execute(
        sa.text("SELECT sum(amount) FROM reporting.postings WHERE account = 'receivable'")
    ).scalar_one()
    assert sum(table["open"].to_pylist()) == booked
    assert "✓" in (out / "club/2028-03-01/aging.html").read_text("utf-8")


def test_names_of_companies_are_shown_as_they_are(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    for path in (out / "index.html", out / "club/2028-03-01/index.html"):
        assert "<img src=x" not in path.read_text("utf-8")
    index = (out / "index.html").read_text("utf-8").split('id="index">')[1].split("</script>")[0]
    assert {company["name"] for company in json.loads(index)["companies"]} == {HOSTILE, "سپا"}


def test_writing_again_gives_the_same_bytes(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    before = {name: (out / name).read_bytes() for name in written(out)}
    write("aging")
    assert {name: (out / name).read_bytes() for name in written(out)} == before


def test_the_index_shows_what_lies_there_after_any_subset(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    write("outstanding", company="club")
    write("aging", as_of=date(2028, 3, 2), company="club")
    manifest = json.loads((out / "club/2028-03-01/manifest.json").read_bytes())
    assert sorted(manifest["reports"]) == ["aging", "outstanding"]
    assert "club/documents/" not in (out / "index.html").read_text("utf-8")
    (out / "club" / "documents").mkdir()
    write("aging", as_of=date(2028, 3, 2), company="club")
    site = (out / "index.html").read_text("utf-8")
    for path in (
        "club/2028-03-01/index.html",
        "club/2028-03-02/index.html",
        "club/documents/",
        "%252E.%252Fspa/2028-03-01/aging.html",
    ):
        assert f'href="{path}"' in site


def test_a_format_that_is_not_wanted_any_more_would_hold_old_figures_and_goes(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    write("aging", formats=["html", "csv"])
    names = {path.name for path in (out / "club/2028-03-01").iterdir()}
    assert names == {"aging.html", "aging.csv", "index.html", "manifest.json"}
    page = (out / "club/2028-03-01/aging.html").read_text("utf-8")
    assert "aging.csv" in page and "aging.xlsx" not in page


@pytest.mark.parametrize("as_of", [date(2020, 1, 1), date(2028, 3, 2), date(2040, 1, 1)])
def test_any_day_may_be_asked_for_and_one_that_is_not_run_yet_is_said(store, out: Path, tmp_path: Path, as_of: date):
    small_club(tmp_path)
    nightly("2028-03-01")
    done = write("aging", as_of=as_of, company="club")
    page = (out / f"club/{as_of}/aging.html").read_text("utf-8")
    assert done.known.is_early == (as_of > DAY) == ("has not been run yet" in page)
    assert "This day has not been audited" in page


def test_the_dashboard_reads_the_charts_that_others_lend_it(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("dashboard", company="club")
    page = (out / "club/2028-03-01/dashboard.html").read_text("utf-8")
    assert "Open by age" in page and "Members" in page
    assert 'href="aging.html"' not in page, "what was not written is not linked to"
    write("aging", "dashboard", company="club")
    assert 'href="aging.html"' in (out / "club/2028-03-01/dashboard.html").read_text("utf-8")


def test_a_faulty_folder_stops_the_reports_of_its_company_alone(own_database, out: Path, tmp_path: Path, monkeypatch):
    """The step of the flow writes those of all others, and then fails with the reason."""
    small_club(tmp_path)
    nightly("2028-03-01")
    folder = tmp_path / "companies" / "%2E.%2Fspa"
    folder.mkdir(parents=True)
    (folder / "company.toml").write_text("digits = 1")
    monkeypatch.setattr(settings(), "companies", tmp_path / "companies")
    assert write("aging", company="club").written, "who asks for another company is not concerned"
    shutil.rmtree(out)
    with (
        transaction() as connection,
        pytest.raises(WrongUsage, match=r"digits is 1.* The reports of the other companies are written\."),
    ):
        step(lambda: PRODUCED_AT).work(connection, Scope(DAY, 0))
    assert (out / "club/2028-03-01/aging.html").is_file()


def test_reports_that_another_run_writes_meanwhile_stay_in_the_manifest(store, out: Path, tmp_path: Path, monkeypatch):
    small_club(tmp_path)
    nightly("2028-03-01")
    write_report = reporting._Press._write

    def beside(press: Any, report: Report) -> Any:
        monkeypatch.setattr(reporting._Press, "_write", write_report)
        write("outstanding", company="club")
        return write_report(press, report)

    monkeypatch.setattr(reporting._Press, "_write", beside)
    write("aging", company="club")
    assert sorted(json.loads((out / "club/2028-03-01/manifest.json").read_bytes())["reports"]) == [
        "aging",
        "outstanding",
    ]


def test_a_manifest_that_was_damaged_leaves_out_its_day_alone(store, out: Path, tmp_path: Path, caplog):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    (out / "club/2028-03-01/manifest.json").write_text('{"name": ')
    write("aging", company="../spa")
    assert "`tajdid report all --as-of 2028-03-01` mends it" in caplog.text
    assert "club/2028-03-01" not in (out / "index.html").read_text("utf-8")
    write("outstanding", company="club")
    assert "club/2028-03-01/outstanding.html" in (out / "index.html").read_text("utf-8")


@pytest.mark.parametrize(("names", "said"), [(["agin"], "NAME is agin; expected one of: all, "), ([], "NAME is empty")])
def test_a_name_that_no_report_has_is_refused_with_those_that_are_known(names: list[str], said: str):
    with pytest.raises(WrongUsage, match=said):
        reports_named(names)


def test_an_unknown_company_or_format_is_refused(store, out: Path, tmp_path: Path):
    small_club(tmp_path)
    with pytest.raises(WrongUsage, match=r"--company gym is not in the store; expected one of: \.\./spa, club"):
        write("aging", company="gym")
    with pytest.raises(WrongUsage, match="--format pdf is unknown"):
        write("aging", formats=["pdf"])
    assert not out.exists()


def test_every_report_belongs_to_a_night_a_week_or_a_month():
    named = [name for cadence in ("daily", "weekly", "monthly") for name in names_of(cadence)]
    assert sorted(named) == sorted(report.name for report in REPORTS)


class FullDisk(LocalFileSystem):
    """A disk on which nothing more fits; reading goes on."""

    protocol = "full"
    room = 0

    def _open(self, path, mode="rb", **also):
        file = super()._open(path, mode, **also)
        return file if "r" in mode else _Full(file)


class _Full:
    def __init__(self, file) -> None:
        self.file = file

    def __getattr__(self, name: str):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_error) -> None:
        self.file.close()

    def write(self, content: bytes) -> int:
        self.file.write(bytes(content)[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_files_whole_and_says_so(
    store, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    small_club(tmp_path)
    nightly("2028-03-01")
    write("aging")
    before = {name: (out / name).read_bytes() for name in written(out)}
    fsspec.register_implementation("full", FullDisk, clobber=True)
    use_out(monkeypatch, f"full://{out}")
    with pytest.raises(NotWritten, match=r"aging.html cannot be written below TAJDID_OUT: No space left on device\."):
        write("aging")
    assert {name: (out / name).read_bytes() for name in written(out)} == before, "and no half file is left"


def test_a_place_that_fsspec_does_not_know_is_refused_without_its_password():
    with pytest.raises(WrongUsage, match="TAJDID_OUT begins with nowhere:// and cannot be used") as refused:
        Outlet("nowhere://user:geheim@host/x")
    assert "geheim" not in str(refused.value)


def test_a_place_whose_library_is_missing_names_it():
    with pytest.raises(WrongUsage, match="TAJDID_OUT begins with s3://") as refused:
        Outlet("s3://user:geheim@bucket/x")
    assert "s3fs" in str(refused.value) and "geheim" not in str(refused.value)


def test_reports_can_go_to_another_file_system(store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: Path):
    small_club(tmp_path)
    use_out(monkeypatch, "memory://reports")
    done = write("aging", company="club")
    files = fsspec.filesystem("memory")
    assert done.written[0].paths[0] == "club/2028-03-01/aging.html"
    assert files.cat("/reports/club/2028-03-01/aging.parquet")[:4] == b"PAR1"
    assert b"club/2028-03-01/index.html" in files.cat("/reports/index.html")


@pytest.mark.parametrize(
    ("company", "folder"),
    [("himma", "himma"), ("..", "%2E."), ("a/b", "a%2Fb"), ("نادي", "نادي"), ("a%2Fb", "a%252Fb"), ("a b", "a b")],
)
def test_a_company_s_id_never_leads_out_of_the_folder(company: str, folder: str):
    assert Company(company, "", "Asia/Riyadh", "SAR", "ar").folder == folder


def test_all_reports_of_a_run_see_the_store_of_one_moment(own_database, tmp_path: Path):
    club(tmp_path, memberships=[{"started_on": "2028-03-01"}])
    with snapshot() as reading:
        query = aging.REPORT.query("club", DAY)
        assert reading.execute(query).all() == []
        nightly("2028-03-01")
        assert reading.execute(query).all() == []
        with pytest.raises(DBAPIError, match="read-only"):
            reading.execute(sa.text("DELETE FROM tajdid.steps"))
