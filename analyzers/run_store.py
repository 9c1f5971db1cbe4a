"""Finding runs below a results folder: by `latest`, `previous`, a unique prefix or a path."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orebound.feeds import ConfigError, unknown_name

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=^-]{0,31}", re.ASCII)
# Device names that some file systems cannot hold as a file.
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=^-]{0,127}", re.ASCII)


@dataclass(frozen=True)
class RunEntry:
    """One run directory and what its ``run.json`` says."""

    path: Path
    info: dict[str, Any]

    @property
    def started(self) -> datetime:
        """When the run started, UTC."""
        moment = datetime.fromisoformat(str(self.info["started"]))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def checked_name(kind: str, name: str) -> str:
    """Return the name if it is safe as a file name and in a page.

    Raises
    ------
    ConfigError
        Naming what the name is for, the name, and what is accepted.
    """
    if not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        raise ConfigError(
            f"{kind} must be 1 to 32 letters, digits or . _ = ^ - starting with a letter or "
            f"digit, and no device name, got {name!r}"
        )
    return name


def run_folder(root: Path, info: dict[str, Any]) -> Path:
    """Return where a run belongs: ``root/<UTC time>-<name>-<id>``."""
    name = checked_name("run name", str(info["config"]["run"]["name"]))
    identity = checked_name("run id", str(info["id"]))
    started = RunEntry(root, info).started.astimezone(UTC)
    return root / f"{started:%Y%m%dT%H%M%SZ}-{name}-{identity}"


def list_runs(root: Path) -> list[RunEntry]:
    """Return the runs directly below `root`, oldest first; anything else is passed over."""
    if not root.is_dir():
        return []
    entries = [_entry(path) for path in root.iterdir() if _may_be_a_run(path)]
    found = [entry for entry in entries if entry is not None]
    return sorted(found, key=lambda entry: (entry.started, entry.path.name))


def resolve(key: str, root: Path) -> Path:
    """Return the run directory below `root` that a key means.

    Parameters
    ----------
    key : str
        ``latest``, ``previous``, or the beginning of one run's folder name or id.

    Raises
    ------
    ConfigError
        If no run, or more than one, is meant; the result never lies outside `root`.
    """
    runs = list_runs(root)
    if not runs:
        raise ConfigError(f"no runs below {root}; `orebound backtest` makes one")
    if key in ("latest", "previous"):
        return _by_age(key, runs, root)
    if not KEY.fullmatch(key):
        raise ConfigError(f"a run is named by latest, previous or a prefix, got {key!r}")
    matching = [run for run in runs if key in (run.path.name, str(run.info["id"]))]
    matching = matching or [run for run in runs if _begins(run, key)]
    if not matching:
        raise ConfigError(unknown_name("run", key, (run.path.name for run in runs[-5:])))
    if len(matching) > 1:
        names = ", ".join(run.path.name for run in matching[-5:])
        raise ConfigError(f"{key!r} begins {len(matching)} runs; name one of: {names}")
    return matching[0].path


def open_path(key: str, root: Path) -> Path:
    """Return the run directory of a path as typed, or else of a key below `root`.

    Raises
    ------
    ConfigError
        If the path is no run directory, is a symbolic link, or the key names no one run.
    """
    path = Path(key)
    is_path = len(path.parts) > 1 or path.is_absolute() or key in (".", "..")
    if not is_path and not (path / "run.json").is_file():
        return resolve(key, root)
    if path.is_symlink() or not (path / "run.json").is_file():
        raise ConfigError(f"{key} is not a run directory: no run.json in it")
    return path.resolve()


def _by_age(key: str, runs: list[RunEntry], root: Path) -> Path:
    place = -1 if key == "latest" else -2
    if len(runs) < -place:
        raise ConfigError(f"there is no previous run: {root} holds 1")
    return runs[place].path


def _begins(run: RunEntry, key: str) -> bool:
    return run.path.name.startswith(key) or str(run.info["id"]).startswith(key)


def _may_be_a_run(path: Path) -> bool:
    links = path.is_symlink() or (path / "run.json").is_symlink()
    return not links and not path.name.startswith(".") and (path / "run.json").is_file()


def _entry(path: Path) -> RunEntry | None:
    """Return the run, or None where ``run.json`` is no run's."""
    try:
        info = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None
    if not isinstance(info, dict) or not {"id", "started", "config"} <= info.keys():
        return None
    try:
        datetime.fromisoformat(str(info["started"]))
    except ValueError:
        return None
    return RunEntry(path, info)
