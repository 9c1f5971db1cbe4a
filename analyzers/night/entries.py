"""One result of a night, a run or a sweep, read from its JSON file; a damaged one says why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ..record import REQUIRED_INFO
from ..record_tables import COLUMNS, file_name

Kind = Literal["run", "sweep"]
RUN, SWEEP, PAGE = "run.json", "sweep.json", "tearsheet.html"
FINISHED, DAMAGED = "finished", "damaged"
#: Figures of a result, a year where they are a rate; None where there are none.
FIGURES = ("sharpe", "sharpe_error", "total_return", "max_drawdown", "entries")


@dataclass(frozen=True)
class Basis:
    """What a result rests on: results on different bases are not compared without a word.

    Attributes
    ----------
    series : mapping of str to (sha256, first, last)
        Each series read, by symbol.
    currency, universe, start, end : str
        As configured; empty where unset.
    """

    source: str = ""
    currency: str = ""
    universe: str = ""
    start: str = ""
    end: str = ""
    series: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One run or sweep.

    Attributes
    ----------
    started : datetime or None
        UTC; None of a damaged one, whose file cannot say.
    status : str
        ``finished``, ``running``, ``interrupted``, ``not confirmed`` or ``damaged``.
    trouble : str
        Why it is damaged; empty otherwise.
    rows, done, failed : int
        Combinations; 1, 1 and 0 of a run.
    figures : mapping
        `FIGURES` of a run, or of a sweep's best by Sharpe ratio.
    failures : mapping of str to int
        Error texts and how often each came.
    selection : mapping
        A sweep's selection statistics as ``sweep.json`` holds them; of a run its null.
    """

    kind: Kind
    path: Path
    name: str
    started: datetime | None = None
    status: str = FINISHED
    trouble: str = ""
    seconds: float | None = None
    is_synthetic: bool = False
    rows: int = 1
    done: int = 1
    failed: int = 0
    figures: Mapping[str, float | None] = field(default_factory=dict)
    verdict: str = ""
    basis: Basis = Basis()
    failures: Mapping[str, int] = field(default_factory=dict)
    selection: Mapping[str, Any] = field(default_factory=dict)
    identity: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What the same result is called on another night."""
        return self.kind, self.name

    @property
    def sharpe(self) -> float | None:
        """Its Sharpe ratio a year, or that of its best."""
        return self.figures.get("sharpe")

    @property
    def is_damaged(self) -> bool:
        return self.status == DAMAGED


def run_entry(path: Path) -> Entry:
    """Return a run directory's entry; `Entry.trouble` says what of it is missing or unreadable."""
    info, trouble = _document(path / RUN)
    lacking = [name for name in REQUIRED_INFO if name not in info]
    files = [file_name(table) for table in COLUMNS]
    gone = [name for name in files if not _has_content(path / name)]
    if not trouble and lacking:
        trouble = f"{RUN} lacks {', '.join(lacking[:3])}"
    if not trouble and gone:
        trouble = f"missing or empty: {', '.join(gone[:3])}"
    try:
        return _run(path, info, trouble)
    except (TypeError, ValueError, AttributeError) as error:
        return _damaged("run", path, trouble or f"{RUN} holds what no run writes: {error}")


def _run(path: Path, info: dict[str, Any], trouble: str) -> Entry:
    config, data = info.get("config") or {}, info.get("data") or {}
    metrics = info.get("metrics") or {}
    name = str(config.get("run", {}).get("name") or path.name)
    series = {
        str(key): (str(one.get("sha256", "")), str(one.get("first", "")), str(one.get("last", "")))
        for key, one in data.items()
    }
    return Entry(
        "run",
        path,
        name,
        started=_moment(info.get("started")),
        status=DAMAGED if trouble else FINISHED,
        trouble=trouble,
        seconds=_number(info.get("seconds")),
        is_synthetic=bool(info.get("synthetic")),
        figures={} if trouble else {key: _metric(metrics.get(key)) for key in FIGURES},
        verdict=str(info.get("verdict") or ""),
        basis=_basis(config.get("data", {}), info, series),
        failures={trouble: 1} if trouble else {},
        selection={
            "null_p": _number((info.get("null") or {}).get("p_value")),
            "regime_episodes": (info.get("regime") or {}).get("episodes_with_entries"),
            "chosen": info.get("selection") or {},
            "is_picked": _is_picked(info),
        },
        identity=str(info.get("id") or ""),
    )


def _is_picked(info: Mapping[str, Any]) -> bool:
    """Whether a sweep chose the run: said by the record, of older ones by their command."""
    chosen = info.get("selection")
    return bool(chosen.get("sweep")) if chosen else " pick " in str(info.get("command"))


def sweep_entry(path: Path, config: Mapping[str, Any]) -> Entry:
    """Return a sweep directory's entry from ``sweep.json``; its failures stand in its parts.

    Parameters
    ----------
    config : mapping
        What ``sweep.toml`` holds; empty where it cannot be read.
    """
    info, trouble = _document(path / SWEEP)
    lacking = [] if trouble else _lacking(info)
    if lacking:
        trouble = f"{SWEEP} lacks {', '.join(lacking[:3])}"
    if trouble:
        return _damaged("sweep", path, trouble)
    try:
        return _sweep(path, info, dict(config.get("data", {})))
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        return _damaged("sweep", path, f"{SWEEP} holds what no sweep writes: {error}")


def _lacking(info: Mapping[str, Any]) -> list[str]:
    """Return what ``sweep.json`` has not, or has in another shape than a sweep writes it."""
    shapes = {"name": str, "status": str, "counts": dict, "parameters": dict, "parts": list,
              "months": dict}  # fmt: skip
    lacking = [name for name, shape in shapes.items() if not isinstance(info.get(name), shape)]
    parts, months = info.get("parts"), info.get("months")
    if isinstance(parts, list) and not all(isinstance(p, dict) and "name" in p for p in parts):
        lacking.append("the names of its parts")
    if isinstance(months, dict) and not {"first", "n", "stored"} <= months.keys():
        lacking.append("its months")
    return lacking


def _sweep(path: Path, info: dict[str, Any], data: dict[str, Any]) -> Entry:
    counts, selection = info["counts"], info.get("selection") or {}
    series = {
        str(one.get("symbol")): (
            str(one.get("sha256", "")), str(one.get("first", "")), str(one.get("last", ""))
        )
        for one in info.get("data", ())
    }  # fmt: skip
    best = selection.get("best") or {}
    return Entry(
        "sweep",
        path,
        str(info["name"]),
        started=_moment(info.get("started")),
        status=str(info["status"]),
        seconds=_number(info.get("seconds")),
        is_synthetic=bool(info.get("synthetic")),
        rows=int(counts["combinations"]),
        done=int(counts["done"]),
        failed=int(counts["failed"]),
        figures={key: _number(best.get(key)) for key in FIGURES},
        verdict=str(selection.get("verdict") or ""),
        basis=_basis(data, info, series),
        selection={
            **selection,
            **_beside(path, str(info.get("id"))),
            "is_explore_only": bool(info.get("explore_only")),
        },
        identity=str(info.get("id") or ""),
    )


def _beside(path: Path, identity: str) -> dict[str, Any]:
    """Return what other commands have found of a sweep: null sweep, walk forward, verification."""
    found = {name: _document(path / f"{name}.json")[0] for name in ("null", "walkforward")}
    if found["null"].get("id") not in (None, identity):  # of what stood here before
        found["null"] = {}
    verified, _ = _document(path / "verified.json")
    return {**found, "verified": len(verified.get("combinations") or ())}


def _damaged(kind: Kind, path: Path, trouble: str) -> Entry:
    return Entry(kind, path, path.name, status=DAMAGED, trouble=trouble, failures={trouble: 1})


def _basis(
    data: Mapping[str, Any], info: Mapping[str, Any], series: Mapping[str, tuple[str, str, str]]
) -> Basis:
    known = {
        "currency": data.get("base_currency"),
        "universe": data.get("universe"),
        "start": data.get("start"),
        "end": data.get("end"),
    }
    words = {key: "" if value is None else str(value) for key, value in known.items()}
    return Basis(source=str(info.get("source") or ""), series=series, **words)


def _document(path: Path) -> tuple[dict[str, Any], str]:
    """Return a JSON object, and why it is none; links are not followed out of the folder."""
    if path.is_symlink() or not path.is_file():
        return {}, f"no {path.name}"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        return {}, f"{path.name} cannot be read: {error}"
    return (found, "") if isinstance(found, dict) else ({}, f"{path.name} is no JSON object")


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _metric(value: Any) -> float | None:
    return _number(value.get("value") if isinstance(value, Mapping) else value)


def _number(value: Any) -> float | None:
    """Return a finite figure; None for none, and for the text in which infinity is stored."""
    if value is None or isinstance(value, str | bool):
        return None
    return float(value) if abs(float(value)) < float("inf") else None
