"""Mails of a running `tajdid up`: those of the night, and later ones by the schedule of delivery, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.factories import arrive, club
from tests.site import Postbox, Site, postbox, short_folder, until


@pytest.fixture
def mail() -> Iterator[tuple[Postbox, int]]:
    with postbox() as box:
        yield box


def test_the_night_and_then_the_schedule_send_each_mail_once(
    own_database: str, mail: tuple[Postbox, int], tmp_path: Path
):
    today = datetime.now(ZoneInfo("Asia/Riyadh")).date().isoformat()
    member = {"customer": "u", "name": "Amal", "email": "amal@example.com"}
    company = {"email_from": "billing@club.example"}
    club(tmp_path / "club", company=company, customers=[member], memberships=[{"started_on": today}])
    box, port = mail
    with short_folder() as home:
        url = f"smtp://127.0.0.1:{port}"
        site = Site(home, TAJDID_DATABASE_URL=own_database, TAJDID_SMTP_URL=url, TAJDID_OUT=str(home / "out"))
        try:
            assert site.run("nightly", as_of=today) == "COMPLETED"
            assert [subject for subject in box.subjects if "CLUB-" in subject] == box.subjects != []
            arrive(tmp_path / "club", payments=[{"amount": "10", "paid_on": today, "customer": "u"}])
            assert site.run("payments", as_of=today) == "COMPLETED"
            before = len(box.subjects)
            site.run_by_schedule("delivery")
            until(lambda: len(box.subjects) > before, 60, site.words)
            assert site.run("delivery", as_of=today) == "COMPLETED"
            assert len(box.subjects) == before + 1 == len(set(box.subjects))
        finally:
            site.close()
