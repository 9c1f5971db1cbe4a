"""A sweep directory: where it stands, what state it is in, and which parts are whole."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.compute as pc

from orebound.analyzers import plain
from orebound.feeds import ConfigError, unknown_name

from .ledger import FILE as LEDGER
from .ledger import Ledger
from .parts import part_path, read_part, write_text

if TYPE_CHECKING:
    from .plan import Plan

STATE, CONFIG, TABLE, VERIFIED, PARTS = (
    *("sweep.json", "sweep.toml", "table.csv", "verified.json", "parts"),
)
WALK, NULL, SUPERIOR = "walkforward.json", "null.json", "spa.json"
NULL_WORLDS = "null_worlds"
OLD = "superseded"


class Whole(NamedTuple):
    """What one part on disk holds."""

    chunk: int
    key: str
    rows: int
    failed: int


class Found(NamedTuple):
    """The whole parts of a plan by chunk, and how many were there once and are no more."""

    wholes: dict[int, Whole]
    n_lost: int


@dataclass(frozen=True)
class SweepFolder:
    """One sweep directory."""

    path: Path

    @property
    def parts(self) -> Path:
        """Where the parts are."""
        return self.path / PARTS

    @property
    def ledger(self) -> Ledger:
        """The ledger beside the sweep."""
        return Ledger(self.path.absolute().parent / LEDGER)

    def state(self) -> dict[str, Any]:
        """Return ``sweep.json``, empty where there is none or it is damaged."""
        return _json(self.path / STATE)

    def verified(self) -> dict[str, Any]:
        """Return ``verified.json``, empty where there is none or it is damaged."""
        return _json(self.path / VERIFIED)

    def null(self, identity: str) -> dict[str, Any]:
        """Return ``null.json`` of this very sweep, empty where there is none."""
        return self._of(NULL, identity)

    def superior(self, identity: str) -> dict[str, Any]:
        """Return ``spa.json`` of this very sweep, empty where there is none."""
        return self._of(SUPERIOR, identity)

    def _of(self, name: str, identity: str) -> dict[str, Any]:
        found = _json(self.path / name)
        return found if found.get("id") == identity else {}

    def write(self, name: str, document: Any) -> None:
        """Replace one JSON file whole."""
        write_text(self.path / name, json.dumps(plain(document), indent=2) + "\n")

    def open(self, identity: str) -> None:
        """Make the directory ready for a sweep; another sweep found in it is put aside."""
        found = self.state().get("id")
        is_strange = self.path.exists() and not (self.path / CONFIG).is_file()
        if is_strange and any(one.name != PARTS for one in self.path.iterdir()):
            raise ConfigError(f"{self.path}: holds other files than a sweep's; name a new one")
        if found not in (None, identity):
            aside = self.path / OLD / str(found)[:12]
            aside.mkdir(parents=True, exist_ok=True)
            for name in (STATE, CONFIG, TABLE, VERIFIED, WALK, NULL, NULL_WORLDS, SUPERIOR, PARTS):
                if (self.path / name).exists():
                    os.replace(self.path / name, _free(aside / name))
        self.parts.mkdir(parents=True, exist_ok=True)

    def found(self, plan: Plan, jobs: int) -> Found:
        """Return what is on disk of a plan's parts; all others are to be made."""
        known = {path.name for path in self.parts.glob("*.parquet")}
        known |= {part["name"] for part in self.state().get("parts", ())}
        numbers = [
            (number, key)
            for number, key in enumerate(chunk.key for chunk in plan.chunks())
            if part_path(self.parts, key).name in known
        ]
        with ThreadPoolExecutor(max(1, jobs)) as pool:
            found = pool.map(lambda one: self._whole(*one), numbers)
            wholes = {one.chunk: one for one in found if one is not None}
        return Found(wholes, len(numbers) - len(wholes))

    def _whole(self, number: int, key: str) -> Whole | None:
        table = read_part(part_path(self.parts, key), key)
        if table is None:
            return None
        failed = pc.sum(pc.equal(table["status"], "failed")).as_py() or 0
        return Whole(number, key, len(table), failed)


def default_folder(results: Path, name: str, identity: str) -> Path:
    """Return where a sweep belongs: its name and what it computes, so that it is found again."""
    return results / "sweeps" / f"{name}-{identity[:12]}"


def find_sweep(key: str, results: Path) -> Path:
    """Return the sweep directory that a path, ``latest``, ``previous`` or a prefix means.

    Raises
    ------
    ConfigError
        If no sweep, or more than one, is meant.
    """
    path = Path(key)
    if (path / STATE).is_file():
        return path
    root = results / "sweeps"
    found = [one for one in root.glob("*") if (one / STATE).is_file()] if root.is_dir() else []
    found.sort(key=lambda one: ((one / STATE).stat().st_mtime, one.name))
    if not found:
        raise ConfigError(f"{key}: no sweep below {root}; `orebound sweep SWEEP.toml` makes one")
    if key in ("latest", "previous"):
        place = -1 if key == "latest" else -2
        if len(found) < -place:
            raise ConfigError(f"there is no previous sweep: {root} holds 1")
        return found[place]
    meant = [one for one in found if one.name.startswith(key)]
    if len(meant) != 1:
        names = [one.name for one in meant or found[-5:]]
        said = f"{key!r} begins {len(meant)} sweeps; name one of: {', '.join(names)}"
        raise ConfigError(said if meant else unknown_name("sweep", key, names))
    return meant[0]


def _free(path: Path) -> Path:
    """Return a path that nothing stands at."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}.{number}")
    return free


def _json(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return {}
    return document if isinstance(document, dict) else {}
