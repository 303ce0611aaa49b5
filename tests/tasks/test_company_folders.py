"""A company's folder: read when it is there, refused with the file, the value and the expectation where it is wrong."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from models.errors import WrongUsage
from tasks.company_folders import companies_of_store, unread
from tasks.settings import settings
from tests.factories import arrive, club

TWO = {"company": "two", "name": "Two", "timezone": "Asia/Riyadh", "currency": "SAR", "invoice_prefix": "TWO"}


@pytest.fixture
def folder(store: sa.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the club."""
    club(tmp_path)
    monkeypatch.setattr(settings(), "companies", tmp_path / "companies")
    made = tmp_path / "companies" / "club"
    made.mkdir(parents=True)
    return made


def test_a_company_without_a_folder_has_no_wishes(store: sa.Connection, folder: Path):
    folder.rmdir()
    (only,) = companies_of_store(store)
    assert (only.company, only.name, only.wishes.quiet_from, only.logo, dict(only.templates)) == (
        *("club", "Club", time(21), None, {}),
    )


def test_its_wishes_logo_and_templates_are_read(store: sa.Connection, folder: Path):
    (folder / "company.toml").write_text('digits = "arab"\nquiet_until = 09:30:00\nweekend = ["friday"]\n')
    (folder / "logo.svg").write_text("<svg/>")
    (folder / "templates" / "messages").mkdir(parents=True)
    (folder / "templates" / "messages" / "dunning.txt.j2").write_text("سلام")
    (only,) = companies_of_store(store)
    assert (only.wishes.digits, only.wishes.quiet_until, only.wishes.weekend) == ("arab", time(9, 30), ("friday",))
    assert only.logo is not None and (only.logo.kind, only.logo.content) == ("svg", b"<svg/>")
    assert only.templates == {"messages/dunning.txt.j2": "سلام"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('digits = "roman"', "digits is 'roman': Input should be 'latn', 'arab' or 'arabext'"),
        ("colour = 1", "colour is 1: Extra inputs are not permitted; expected one of digits, calendars, weekend"),
        ("digits = ", "cannot be read"),
        ('pay_url = "http://pay.example"', "pay_url is 'http://pay.example'"),
        ('pay_url = "https://pay.example/{invoise}"', "pay_url is 'https://pay.example/{invoise}'"),
        ('reply_to = "nobody"', "reply_to is 'nobody'"),
        ('website = "javascript:alert(1)"', "website is 'javascript:alert(1)'"),
        ('calendars = ["hijri", "hijri"]', "expected two different calendars, or one"),
    ],
)
def test_a_wrong_wish_is_refused_by_name(store: sa.Connection, folder: Path, written: str, said: str):
    (folder / "company.toml").write_text(written)
    with pytest.raises(WrongUsage) as refused:
        companies_of_store(store)
    assert str(folder / "company.toml") in str(refused.value)
    assert said in str(refused.value)


def test_a_faulty_folder_stops_none_of_the_other_companies(store: sa.Connection, folder: Path, tmp_path: Path):
    arrive(tmp_path, companies=[TWO])
    (folder / "templates" / "messages").mkdir(parents=True)
    (folder / "templates" / "messages" / "dunning.j2").write_bytes("سلام".encode("cp1256"))
    (folder / "templates" / ".DS_Store").write_bytes(b"\xff")
    faulty: dict[str, str] = {}
    assert [company.company for company in companies_of_store(store, faulty)] == ["two"]
    assert "dunning.j2 cannot be read" in faulty["club"] and "UTF-8" in faulty["club"]


def test_a_folder_of_companies_that_is_not_there_is_refused(store: sa.Connection, folder: Path, monkeypatch):
    monkeypatch.setattr(settings(), "companies", folder / "nowhere")
    with pytest.raises(WrongUsage, match=r"TAJDID_COMPANIES is .*nowhere, which is no folder"):
        companies_of_store(store)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("svg", b"<svg"),
        ("svg", b"<html/>"),
        ("svg", b'<?xml version="1.0" encoding="foo"?><svg/>'),
        ("png", b"\x89PNG\r\n\x1a\n half"),
        ("png", b"GIF89a"),
    ],
)
def test_a_logo_that_is_no_image_is_refused(store: sa.Connection, folder: Path, name: str, content: bytes):
    (folder / f"logo.{name}").write_bytes(content)
    with pytest.raises(WrongUsage, match=rf"logo\.{name} is no whole image of its kind"):
        companies_of_store(store)


def test_a_company_s_id_leads_to_no_folder_outside(store: sa.Connection, folder: Path, tmp_path: Path):
    arrive(tmp_path, companies=[TWO | {"company": "../two"}])
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "company.toml").write_text("wrong = 1")
    (tmp_path / "companies" / "%2E.%2Ftwo").mkdir()
    (tmp_path / "companies" / "%2E.%2Ftwo" / "company.toml").write_text('digits = "arab"')
    assert {company.company: company.wishes.digits for company in companies_of_store(store)} == {
        "../two": "arab",
        "club": None,
    }


def test_what_has_no_effect_is_told(store: sa.Connection, folder: Path, tmp_path: Path):
    arrive(tmp_path, dunning_levels=[{"company": "club", "level": 1, "days_overdue": 3, "template": "firm"}])
    (tmp_path / "companies" / "clbu").mkdir()
    (folder / "logo.jpg").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"")
    templates = folder / "templates"
    used = (
        *("messages/firm.j2", "messages/dunning.html.j2", "messages/_ours.j2"),
        *("documents/look.typ", "pages/day.html.j2"),
    )
    idle = (
        *("messages/ending.html.j2", "messages/dunning.html", "messages/dunnig.j2", "mesages/dunning.j2"),
        *("dunning.j2", "documents/invoise.typ", "pages/firm.j2"),
    )
    for name in (*used, *idle):
        (templates / name).parent.mkdir(parents=True, exist_ok=True)
        (templates / name).write_text("")
    (folder / "fonts").mkdir()
    for name in ("a.woff2", "b.ttf"):
        (folder / "fonts" / name).write_bytes(b"")
    told = unread(store)
    assert [line.split(" is ")[0] for line in told] == [
        str(tmp_path / "companies" / "clbu"),
        str(folder / "logo.jpg"),
        str(folder / "fonts" / "a.woff2"),
        *(str(templates / name) for name in sorted(idle)),
    ]
    (templates / "messages" / "dunning.j2").write_bytes(b"\xff")
    assert unread(store) == told, "what cannot be read is told by others"
    assert "expected one of: club" in told[0] and "logo.svg, logo.png" in told[1]
