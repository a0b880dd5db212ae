"""The house rules that a machine can hold: import directions, and that our packages are this checkout's."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = (
    "api",
    "audience",
    "bench",
    "campaigns",
    "crawlers",
    "graph",
    "lake",
    "mining",
    "nlp",
    "privacy",
    "sandbox",
)

MAY_IMPORT: dict[str, set[str]] = {
    "privacy": set(),
    "lake": {"privacy"},
    "crawlers": {"lake", "privacy"},
    "nlp": set(),
    "graph": set(),
    "mining": {"lake", "nlp", "graph", "privacy"},
    "audience": {"lake", "nlp", "graph", "privacy"},
    "campaigns": {"audience", "graph", "lake", "privacy"},
    "sandbox": set(),
    "bench": set(PARTS) - {"api", "bench"},
    "api": set(PARTS) - {"api"},
}


def imported_parts(path: Path) -> set[str]:
    """The parts of the house that one file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found & set(PARTS)


@pytest.mark.parametrize("part", PARTS)
def test_imports_run_one_way(part: str) -> None:
    files = sorted((ROOT / part).rglob("*.py"))
    assert files, f"{part}/ holds no code"
    wrong = {
        str(path.relative_to(ROOT)): sorted(bad)
        for path in files
        if (bad := imported_parts(path) - MAY_IMPORT[part] - {part})
    }
    assert not wrong


@pytest.mark.parametrize("part", PARTS)
def test_packages_are_of_this_checkout(part: str) -> None:
    module = importlib.import_module(part)
    assert module.__file__ is not None
    assert Path(module.__file__).is_relative_to(ROOT)


def test_no_registry_address_in_constraints() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    assert "://" not in text
