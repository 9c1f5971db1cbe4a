"""What a number of a sweep depends on, as digests: data, code, parameters."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from orebound.feeds import Market, name_lines
from orebound.strategies import DeclaredRule, Rule, rule_sources

#: Rooms whose sources decide results, and the files of this room that do.
ROOMS = ("feeds", "strategies", "analyzers", "sweeps/replay")
OWN_FILES = ("by_backtrader.py", "cerebro_run.py", "chunk.py", "prepared.py", "windows.py")
SOURCES = (".py", ".csv", ".toml")
NOT_ARITHMETIC = ("page", "night", "review.py", "review_curves.py", "__pycache__")
#: Packages whose version can change a bit of a result.
PACKAGES = ("backtrader", "exchange_calendars", "numba", "numpy", "pandas", "scipy")


def digest(value: Any) -> str:
    """Return the sha256 of a value by its content: arrays, dataclasses, and plain values."""
    hasher = sha256()
    _feed(hasher, value)
    return hasher.hexdigest()


@lru_cache(maxsize=1)
def code_digest() -> str:
    """Return the sha256 of the package's own arithmetic and of the versions it computes with."""
    spec = find_spec("orebound.sweeps")
    assert spec is not None
    assert spec.origin is not None
    here = Path(spec.origin).parent
    files = [path for room in ROOMS for path in _sources(here.parent / room)]
    files += [here / name for name in OWN_FILES]
    hasher = sha256()
    for path in files:
        hasher.update(f"{path.relative_to(here.parent)}\0".encode())
        hasher.update(sha256(path.read_bytes()).digest())
    hasher.update(json.dumps({name: version(name) for name in PACKAGES}).encode())
    return hasher.hexdigest()


def rule_digest(rule: DeclaredRule) -> str:
    """Return the digest of the files of a rule of one's own; the package's own is in its code."""
    return "" if isinstance(rule, Rule) else digest(rule_sources(type(rule)))


def market_digest(market: Market) -> str:
    """Return the sha256 of everything a run reads of a market: series, listings, exposures."""
    frame = market.frame()
    hedges = [listing for listing, _ in market.parts.hedges.values()]
    read = [dict(zip(frame["symbol"], frame["sha256"], strict=True)), market.panel]
    return digest([*read, *([hedges] if hedges else [])])


def data_key(market: Market) -> str:
    """Return what the ledger counts trials by: source, universe and symbols, not their last day.

    A trial on yesterday's download is a trial on today's: a new row does not make new data.
    """
    frame = market.frame()
    roles = sorted(zip(frame["role"], frame["symbol"], strict=True))
    return digest([market.source, market.universe.name, roles])[:16]


def _sources(room: Path) -> list[Path]:
    return [
        path
        for path in sorted(room.rglob("*"))
        if path.suffix in SOURCES and not set(path.parts) & set(NOT_ARITHMETIC)
    ]


def _is_plain(value: Any, field: dataclasses.Field[Any]) -> bool:
    """Whether a field says nothing of a plain market (`feeds.panel.UNLESS_PLAIN`)."""
    if field.metadata.get("digest") != "unless plain":
        return False
    plain = name_lines(value.names) if field.name == "lines" else {}
    return bool(getattr(value, field.name) == plain)


def _feed(hasher: Any, value: Any) -> None:
    """Feed a value to a hash so that different values feed different bytes."""
    if isinstance(value, np.ndarray):
        hasher.update(f"array {value.dtype.str} {value.shape}\0".encode())
        if value.dtype == object:
            _feed(hasher, value.tolist())
        else:
            hasher.update(np.ascontiguousarray(value).tobytes())
    elif dataclasses.is_dataclass(value):
        hasher.update(f"{type(value).__name__}\0".encode())
        for field in dataclasses.fields(value):
            if _is_plain(value, field):
                continue
            hasher.update(f"{field.name}\0".encode())
            _feed(hasher, getattr(value, field.name))
    elif isinstance(value, Mapping):
        hasher.update(f"mapping {len(value)}\0".encode())
        for key in sorted(value, key=str):
            _feed(hasher, [key, value[key]])
    elif isinstance(value, list | tuple):
        hasher.update(f"list {len(value)}\0".encode())
        for item in value:
            _feed(hasher, item)
    else:
        hasher.update(f"{type(value).__name__} {value!r}\0".encode())
