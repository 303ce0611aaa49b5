"""A disk that is full for the report folder: the run fails and says so, and the next one ends as if nothing had been.

The folder is a file system of a megabyte and a half in a mount namespace of its own (unshare, no root needed).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pyarrow.parquet
import pytest

from tests import processes as p
from tests.site import COMMAND

DAY = p.EVE.isoformat()
WHILE_FULL = """
set -e
mount -t tmpfs -o size=1500k tmpfs "$TAJDID_OUT"
{tajdid} report aging --as-of {day}
cp -r "$TAJDID_OUT" "$KEPT/first"
if {tajdid} run reports --as-of {day}; then exit 9; fi
find "$TAJDID_OUT" -name '*.part' | grep . && exit 8
cp -r "$TAJDID_OUT" "$KEPT/full"
mount -o remount,size=64m "$TAJDID_OUT"
{tajdid} run reports --as-of {day}
cp -r "$TAJDID_OUT" "$KEPT/mended"
"""


def rows(folder: Path) -> dict[str, object]:
    """What each Parquet file below a folder holds, by its path."""
    found = folder.rglob("*.parquet")
    return {str(path.relative_to(folder)): pyarrow.parquet.read_table(path).to_pydict() for path in found}


@pytest.fixture
def calm(own_database: str, tmp_path: Path) -> dict[str, str]:
    """A store on the eve, and the environment of a process that works on it."""
    p.small_club(tmp_path / "club", full=True)
    p.run_daily(p.FIRST, p.EVE)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return plain | {"TAJDID_DATABASE_URL": own_database, "KEPT": str(tmp_path)}


def test_a_full_disk_keeps_the_old_files_and_the_next_run_writes_all(calm: dict[str, str], tmp_path: Path):
    out, calm_out = tmp_path / "out", tmp_path / "calm"
    out.mkdir()
    as_root = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    tajdid = " ".join(f"'{word}'" for word in COMMAND)
    script = WHILE_FULL.format(tajdid=tajdid, day=DAY)
    drilled = subprocess.run(
        ("unshare", *as_root, "--mount", "sh", "-c", script),
        env=calm | {"TAJDID_OUT": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = drilled.stdout + drilled.stderr
    assert drilled.returncode == 0, said
    assert "cannot be written below TAJDID_OUT: No space left on device" in said
    subprocess.run((*COMMAND, "run", "reports", "--as-of", DAY), env=calm | {"TAJDID_OUT": str(calm_out)}, check=True)
    whole = rows(calm_out)
    assert rows(tmp_path / "mended") == whole
    left = rows(tmp_path / "full")
    assert rows(tmp_path / "first").items() <= left.items() < whole.items(), "each file is whole, old or new"
