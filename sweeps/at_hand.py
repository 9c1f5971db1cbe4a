"""Whether the data of a run are still what they were; cheap where nothing changed."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from orebound.analyzers import RunRecord, SeriesChange, checked_name, stale_series
from orebound.feeds import OreboundError, Store

from .config import build
from .engine import load_market

#: Sources whose data can change: made-up prices come with the code, frames with their owner.
CHANGING = ("csv", "yahoo")


def restated_since(record: RunRecord) -> tuple[SeriesChange, ...]:
    """Return the series of a run that its source states otherwise today.

    Digests are compared first; only where one differs is the market read, which tells a series
    that merely went on from one that was restated. Where the data cannot be read, one entry
    ``unknown`` says why. Runs of the sample market, or of frames, have none.
    """
    info = record.info
    named = info["config"].get("data", {}).get("source")
    if info["source"] not in CHANGING or info["source"] != named:
        return ()
    if all(_is_same(record, symbol, row) for symbol, row in info["data"].items()):
        return ()
    try:
        return stale_series(record, load_market(build(info["config"])))
    except (OreboundError, OSError) as error:
        return (SeriesChange("data", "unknown", f"cannot be read today: {error}"),)


def _is_same(record: RunRecord, symbol: str, row: Any) -> bool:
    try:
        return bool(row["sha256"]) and _digest(record, symbol) == row["sha256"]
    except (OreboundError, OSError, KeyError, TypeError):
        return False  # what cannot be told cheaply is looked at in full


def _digest(record: RunRecord, symbol: str) -> str:
    """Return the digest of what a series is read from: its file, or its place in the store.

    ``SYMBOL.column`` is a column of that symbol's series, ``NAME.issuer`` one of a known series.
    """
    data, plain = record.info["config"]["data"], symbol.partition(".")[0]
    series = data.get("series", {})
    named = series.get(symbol) or series.get(plain)
    if named is not None:
        file, is_column, _ = named.rpartition(":")
        return _of_file(Path(file if is_column and file.endswith(".csv") else named))
    if record.info["source"] == "yahoo":
        store = Store(data.get("folder") or None)
        return store.load(symbol if store.path(symbol).is_file() else plain).facts.sha256
    folder = Path(data["folder"])
    own = folder / f"{checked_name('symbol', symbol)}.csv"
    return _of_file(own if own.is_file() else folder / f"{plain}.csv")


def _of_file(path: Path) -> str:
    if not path.is_file():  # a record may come from elsewhere: never a device or a pipe
        raise FileNotFoundError(path)
    return sha256(path.read_bytes()).hexdigest()
