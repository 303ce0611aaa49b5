"""The house: imports run one way, effects stay in their storey, files stay readable."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STOREYS = ("models", "reports", "tasks", "flows")
MAY_IMPORT = {
    "models": {"models"},
    "reports": {"reports", "models"},
    "tasks": {"tasks", "reports", "models"},
    "flows": {"flows", "tasks", "reports", "models"},
}
"""`flows` see errors and the intake's catalogue of `models`, the readers of `reports`; they hold no SQL."""
NEVER = {
    "models": {"prefect", "socket", "smtplib", "time", "requests", "httpx"},
    "reports": {"prefect", "socket", "smtplib", "time"},
    "tasks": set(),
    "flows": {"psycopg2"},
}
CLOCK = {"today", "now", "utcnow"}
FILES = [path for storey in STOREYS for path in sorted((ROOT / storey).rglob("*.py"))]
IDS = [str(path.relative_to(ROOT)) for path in FILES]


def imports(tree: ast.AST) -> set[str]:
    """The top-level names of all modules that a file imports."""
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in found}


def calls(tree: ast.AST) -> list[ast.Attribute]:
    return [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_run_one_way(path: Path):
    storey = path.relative_to(ROOT).parts[0]
    names = imports(ast.parse(path.read_text(encoding="utf-8")))
    assert names & set(STOREYS) <= MAY_IMPORT[storey]
    assert not names & NEVER[storey]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_the_flows_read_the_clock(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    read = [f"{call.value.id}.{call.attr}" for call in calls(tree) if call.attr in CLOCK and hasattr(call.value, "id")]
    clock = [name for name in read if name.split(".")[0] in ("date", "datetime")]
    assert not clock or path == ROOT / "flows" / "clock.py"


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_flows_hold_no_sql(path: Path):
    if path.relative_to(ROOT).parts[0] == "flows":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [call.attr for call in calls(tree) if call.attr in ("execute", "exec_driver_sql", "text")]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_tasks_open_connections_and_read_the_environment(path: Path):
    storey = path.relative_to(ROOT).parts[0]
    if storey in ("models", "reports"):
        source = path.read_text(encoding="utf-8")
        assert "create_engine" not in source
        assert not re.search(r"\benviron\b", source)
        assert "open(" not in source


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_file_can_be_read_in_one_sitting(path: Path):
    if "versions" not in path.parts:
        assert path.read_text(encoding="utf-8").count("\n") <= 300


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_a_module_says_what_it_is_for(path: Path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)
