"""`tajdid up` as its users meet it: a real server, a real worker, a scheduled run, a clean end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import WrongUsage
from tasks.prefect_server import require_free_port
from tests.site import COMMAND, Postbox, Site, free_port, postbox, short_folder, until

CORE = Path(__file__).parents[1] / "scenarios" / "core" / "in"


@pytest.fixture
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


@pytest.fixture
def mail() -> Iterator[tuple[Postbox, int]]:
    with postbox() as box:
        yield box


def test_scheduled_run_completes_alarms_come_and_all_stops_cleanly(home: Path, mail: tuple[Postbox, int]):
    box, smtp_port = mail
    inbox = home / "inbox"
    inbox.mkdir()
    site = Site(
        home,
        TAJDID_SMTP_URL=f"smtp://127.0.0.1:{smtp_port}",
        TAJDID_ALARM_TO="ops@club.test",
        TAJDID_ALARM_REJECTS="1",
        TAJDID_INBOX=str(inbox),
    )
    try:
        second = subprocess.run(
            (*COMMAND, "up", "--port", str(free_port())), env=site.env, capture_output=True, text=True, check=False
        )
        assert second.returncode == 2 and "up for this store already" in second.stderr
        site.run_by_schedule("intake")
        shutil.copy(CORE / "companies.csv", inbox)
        (inbox / "customers.csv").write_text("customer,company,kind,name\na,moon,person,A\nb,moon,person,B\n")
        for path in inbox.iterdir():
            os.utime(path, (1, 1))
        assert site.run("intake") == "COMPLETED"
        until(lambda: "[Tajdid] Many rejects" in box.subjects, 60, lambda: str(box.subjects))
        assert site.run("watchdog", as_of="2028-01-01") == "FAILED"
        until(lambda: any("failed" in subject for subject in box.subjects), 60, lambda: str(box.subjects))
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(60) == 0
        assert site.said.read_text().splitlines()[-1] == "Stopped."
        require_free_port("127.0.0.1", site.port)
    finally:
        site.close()


def test_taken_port_is_refused_with_what_to_do():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            WrongUsage, match=rf"Port {port} of 127\.0\.0\.1 cannot be used: .* tajdid up --port {port + 1}"
        ):
            require_free_port("127.0.0.1", port)
