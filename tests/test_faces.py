"""Each folder's face: what `__all__` promises exists, and nothing public is forgotten."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FACES = {
    "orebound": "api",
    "orebound.feeds": "feeds",
    "orebound.strategies": "strategies",
    "orebound.strategies.signals": "strategies/signals",
    "orebound.analyzers": "analyzers",
    "orebound.analyzers.page": "analyzers/page",
    "orebound.sweeps": "sweeps",
    "orebound.scripts": "scripts",
    "orebound.feeds.sources": "feeds/sources",
    "orebound.feeds.policy": "feeds/policy",
}


def _imported(folder: str) -> set[str]:
    tree = ast.parse((ROOT / folder / "__init__.py").read_text())
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    return {alias.asname or alias.name for node in nodes for alias in node.names}


@pytest.mark.parametrize("face", FACES)
def test_every_promised_name_is_importable(face: str) -> None:
    module = import_module(face)
    promised = getattr(module, "__all__", [])
    assert [name for name in promised if not hasattr(module, name)] == []
    assert sorted(set(promised)) == sorted(promised)


@pytest.mark.parametrize("face", FACES)
def test_every_imported_name_is_promised(face: str) -> None:
    promised = set(getattr(import_module(face), "__all__", []))
    assert sorted(_imported(FACES[face]) - promised) == []


@pytest.mark.parametrize("folder", sorted(set(FACES.values()) - {"api"}))
def test_a_face_holds_imports_and_nothing_else(folder: str) -> None:
    tree = ast.parse((ROOT / folder / "__init__.py").read_text())
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    assert [type(node).__name__ for node in tree.body if not isinstance(node, allowed)] == []


def test_the_root_module_imports_nothing_heavy() -> None:
    code = "import sys, orebound; print(sorted({'pandas', 'backtrader'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


#: Lower rooms first: a room may import those before it.
ROOMS = ("feeds", "strategies", "analyzers", "sweeps", "scripts")


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    above = ROOMS[ROOMS.index(room) + 1 :]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (ROOT / room).rglob("*.py")
        for name in _modules(path)
        if name.split(".")[:1] == ["orebound"]
        and name.split(".")[1:2]
        and name.split(".")[1] in above
    ]
    assert wrong == []


def _modules(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return names + [a.name for node in nodes if isinstance(node, ast.Import) for a in node.names]
