"""The wheel and the sdist hold the whole package, and the wheel runs outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {
    "api": "orebound",
    **{room: f"orebound/{room}" for room in ("feeds", "strategies", "analyzers", "sweeps")},
    "scripts": "orebound/scripts",
}
KEPT = {".py", ".typed", ".csv", ".toml", ".html", ".css", ".js", ".sh"}
pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built from a copy so that the checkout stays clean."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in (*ROOMS, "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        target = copy / name
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, target)
    # --no-isolation: setuptools is here already, and tests do not touch the network.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(copy)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return out


def _expected() -> set[str]:
    return {
        f"{inside}/{path.relative_to(ROOT / room)}"
        for room, inside in ROOMS.items()
        for path in (ROOT / room).rglob("*")
        if path.suffix in KEPT and path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_every_file_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("orebound/")}
    assert held == _expected()


def test_the_sdist_holds_the_licence_and_every_file(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    sources = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.suffix in KEPT and path.is_file() and "__pycache__" not in path.parts
    }
    assert {"LICENSE", "README.md", "setup.cfg", "pyproject.toml"} | sources <= held


@pytest.mark.slow
def test_the_wheel_runs_a_backtest_outside_the_checkout(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    python = _fresh_environment(tmp_path / "venv", wheel)
    # Compiling ahead would go on beside the tests that follow.
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "OREBOUND_COMPILE_AHEAD": "0"
    }  # fmt: skip
    place = subprocess.run(
        [python, "-c", "import orebound.feeds; print(orebound.feeds.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(tmp_path / "venv") in place.stdout
    done = subprocess.run(
        [python.parent / "orebound", "backtest", "--start", "2019-01-02", "--json", "--out", "run"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["synthetic"], document["code"]["commit"]) == (True, None)
    assert (tmp_path / "run" / "tearsheet.html").is_file()


def _fresh_environment(folder: Path, wheel: Path) -> Path:
    """Return the Python of a new environment with the wheel; dependencies come from this one."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    (site,) = folder.glob("lib/python*/site-packages")
    # A plain .pth line adds the folder but runs none of its own .pth files, so the editable
    # install of the checkout stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
        + ["--no-index", "--quiet", "--ignore-installed", str(wheel)],
        check=True,
        capture_output=True,
        text=True,
    )
    return python
