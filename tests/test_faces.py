"""Each folder's face: what it promises exists, and the other rooms use nothing behind it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Lower rooms first: a room may import those before it; the root module may import all.
ROOMS = ("feeds", "strategies", "analyzers", "sweeps", "scripts", "api")
FOLDERS = sorted(
    str(path.parent.relative_to(ROOT))
    for room in ROOMS
    for path in (ROOT / room).rglob("__init__.py")
)


def _package(folder: str) -> str:
    return "orebound" if folder == "api" else "orebound." + folder.replace("/", ".")


FACES = {_package(folder): folder for folder in FOLDERS}


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _promised(face: str) -> list[str]:
    return list(getattr(import_module(face), "__all__", []))


def _order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as the linter sorts them."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """Yield every import below the namespace as (module, name); the name of `import x` is empty."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.module or "", alias.name) for alias in node.names)


def _from_other_rooms(room: str) -> Iterator[tuple[str, str, str]]:
    for path in sorted((ROOT / room).rglob("*.py")):
        for module, name in _imports(path):
            first, *rest = module.split(".")
            if first == "orebound" and rest[:1] != [room]:
                yield str(path.relative_to(ROOT)), module, name


@pytest.mark.parametrize("face", FACES)
def test_every_promised_name_exists_once_and_in_order(face: str) -> None:
    module, promised = import_module(face), _promised(face)
    assert [name for name in promised if not hasattr(module, name)] == []
    assert [(a, b) for a, b in pairwise(promised) if _order(a) >= _order(b)] == []


@pytest.mark.parametrize("face", FACES)
def test_every_name_a_face_imports_is_promised(face: str) -> None:
    body = _tree(ROOT / FACES[face] / "__init__.py").body
    nodes = [node for node in body if isinstance(node, ast.ImportFrom)]
    shown = {a.asname or a.name for n in nodes if n.module != "__future__" for a in n.names}
    # The root module imports its names when they are first used.
    unsaid = shown - set(_promised(face)) if face != "orebound" else set()
    assert sorted(unsaid) == []


@pytest.mark.parametrize("folder", sorted(set(FOLDERS) - {"api"}))
def test_a_face_holds_imports_and_nothing_else(folder: str) -> None:
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr)
    body = _tree(ROOT / folder / "__init__.py").body
    assert [type(node).__name__ for node in body if not isinstance(node, allowed)] == []


@pytest.mark.parametrize("face", FACES)
def test_no_promised_name_hides_a_module(face: str) -> None:
    """`from orebound.feeds import x` must not mean two things, by what was imported before."""
    folder = ROOT / FACES[face]
    modules = {path.stem for path in folder.glob("*.py")} | {
        p.parent.name for p in folder.glob("*/*.py")
    }
    assert sorted(modules & set(_promised(face))) == []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_each_other_through_their_faces(room: str) -> None:
    behind = [
        f"{path}: {module}.{name}"
        for path, module, name in _from_other_rooms(room)
        if module not in FACES or (name and name not in _promised(module))
    ]
    assert behind == []


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    below = ROOMS[: ROOMS.index(room)]
    upwards = [
        f"{path}: {module}"
        for path, module, _ in _from_other_rooms(room)
        if module.split(".")[1:2] not in [[name] for name in below]
    ]
    assert upwards == []


@pytest.mark.parametrize("room", ROOMS)
def test_relative_imports_stay_in_their_room(room: str) -> None:
    """``from ..feeds`` across folders would run, but type checkers and doctests lose it."""
    leaving = [
        str(path.relative_to(ROOT))
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.ImportFrom) and node.level >= len(path.relative_to(ROOT).parts)
    ]
    assert leaving == []


#: What an import leaves out, from the one that brings least to the one that brings most.
LIGHT = {
    "orebound": {"pandas", "backtrader"},
    "orebound.feeds": {"yfinance", "curl_cffi", "tenacity", "scipy"},
    "orebound.analyzers": {"orebound.analyzers.page", "jinja2", "openpyxl", "scipy"},
    "orebound.scripts.main": {"orebound.sweeps", "yfinance", "jinja2", "numba"},
}


def test_an_import_leaves_out_what_is_not_used_yet() -> None:
    # In one process: what those before it brought would count against an import, too.
    lines = [
        f"import {name}; print({name!r}, sorted({heavy!r} & set(sys.modules)))"
        for name, heavy in LIGHT.items()
    ]
    code = "\n".join(["import sys", *lines])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{name} []" for name in LIGHT]
