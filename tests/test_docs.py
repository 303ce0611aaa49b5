"""What the documents name is there: files, settings, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from flows.cli import app
from tasks.settings import Settings

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SETTINGS = {f"TAJDID_{name.upper()}" for name in Settings.model_fields}
OF_TESTS = {"TAJDID_TEST_DATABASE_URL"}
COMPOSE = ROOT / "docs" / "compose"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files_and_headings_that_are_there(page: Path):
    for target in re.findall(r"\]\(([^)#\s]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if target and "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", [*PAGES, ROOT / ".env.example", *COMPOSE.iterdir()], ids=lambda page: page.name)
def test_settings_that_are_named_are_read(page: Path):
    named = set(re.findall(r"TAJDID_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    assert named <= SETTINGS | OF_TESTS, named - SETTINGS - OF_TESTS


def test_every_setting_a_person_may_want_is_in_the_example():
    named = set(re.findall(r"TAJDID_[A-Z_]*[A-Z]", (ROOT / ".env.example").read_text(encoding="utf-8")))
    assert SETTINGS - named == {"TAJDID_STATEMENT_TIMEOUT_S", "TAJDID_LOCK_TIMEOUT_S"}


def test_compose_starts_commands_that_are_there():
    services = yaml.safe_load((COMPOSE / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services.keys() == {"db", "tajdid", "worker"}
    assert services["worker"]["command"][:3] == ["prefect", "worker", "start"]
    start = (COMPOSE / "Dockerfile").read_text(encoding="utf-8").splitlines()[-1]
    assert start == 'CMD ["tajdid", "up", "--host", "0.0.0.0"]'
    assert "up" in {command.callback.__name__ for command in app.registered_commands if command.callback}
