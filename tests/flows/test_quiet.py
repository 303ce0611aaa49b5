"""Prefect in a process of its own finds the folder that it needs, also in a store that has none yet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.quiet import quiet_prefect


def test_the_folder_of_prefect_is_made_with_all_above_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a database by URL nothing else has made the home of the store."""
    monkeypatch.delenv("PREFECT_HOME")
    with quiet_prefect(tmp_path / "not" / "yet"):
        assert Path(os.environ["PREFECT_HOME"]).is_dir()
    assert (tmp_path / "not" / "yet" / "prefect").is_dir()
