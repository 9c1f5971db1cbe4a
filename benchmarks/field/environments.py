"""A virtual environment for each peer, under the user's cache folder, made once."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import platformdirs

from .process import Failed, shortened

PEERS = Path(__file__).resolve().parents[1] / "peers"
INSTALL_SECONDS = 1_800


def pins() -> dict[str, list[str]]:
    """Return the pinned requirements by peer."""
    found = tomllib.loads((PEERS / "pins.toml").read_text(encoding="utf-8"))
    return {name: table["requirements"] for name, table in found.items()}


def interpreter(peer: str) -> Path:
    """Return the interpreter of a peer's environment, which is made where it is not there.

    Raises
    ------
    Failed
        With the installer's own reason.
    """
    wanted = pins()[peer]
    identity = "\n".join([sys.version, *wanted]).encode()
    name = f"{peer}-{hashlib.sha256(identity).hexdigest()[:12]}"
    folder = Path(platformdirs.user_cache_dir("orebound")) / "benchmarks" / name
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        _called([sys.executable, "-m", "venv", str(folder)])
        _called([str(python), "-m", "pip", "install", "--quiet", *wanted])
        done.touch()
    return python


def _called(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and pinned names
            command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"not installed within {INSTALL_SECONDS} s") from None
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise Failed(shortened("not installed: " + " ".join(lines or done.stderr.splitlines())))
