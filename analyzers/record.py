"""What a run leaves, in memory and on disk; every reader starts from it."""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomli_w

from orebound.feeds import ConfigError, DataRefused, naming

from .record_tables import COLUMNS, PARQUET, columns, conform, file_name, from_csv, to_csv

REQUIRED_INFO = columns(
    "id command source synthetic config data code packages seed started seconds sessions orders "
    "order_hash metrics warnings"
)
TEMPORARY = ".unfinished-"
LEFTOVER_AFTER = 24 * 3600.0


def _empty(table: str) -> Callable[[], pd.DataFrame]:
    return lambda: pd.DataFrame({column: [] for column in COLUMNS[table]})


@dataclass(frozen=True)
class RunRecord:
    """The record of one run; the columns of each table stand in `record_tables.COLUMNS`.

    Attributes
    ----------
    info : dict
        What ``run.json`` holds: plain JSON values, NaN as None and infinity as ``"inf"``.
    """

    info: dict[str, Any]
    equity: pd.DataFrame
    orders: pd.DataFrame = field(default_factory=_empty("orders"))
    costs: pd.DataFrame = field(default_factory=_empty("costs"))
    trades: pd.DataFrame = field(default_factory=_empty("trades"))
    positions: pd.DataFrame = field(default_factory=_empty("positions"))
    cash: pd.DataFrame = field(default_factory=_empty("cash"))
    baselines: pd.DataFrame = field(default_factory=_empty("baselines"))
    signals: pd.DataFrame = field(default_factory=_empty("signals"))
    inputs: pd.DataFrame = field(default_factory=_empty("inputs"))

    def __post_init__(self) -> None:
        info = plain(self.info)
        absent = [name for name in REQUIRED_INFO if name not in info]
        if absent:
            raise DataRefused(
                f"run.json: {absent[0]} is missing; accepted: {', '.join(REQUIRED_INFO)}"
            )
        object.__setattr__(self, "info", info)
        for table in COLUMNS:
            object.__setattr__(self, table, conform(table, getattr(self, table)))

    @property
    def name(self) -> str:
        """The run's own name."""
        return str(self.info["config"].get("run", {}).get("name", ""))


def plain(value: Any) -> Any:
    """Return a value in JSON's own types: NaN becomes None, infinity the text ``"inf"``."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return [plain(item) for item in (sorted(value) if isinstance(value, set) else value)]
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value)
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, date | datetime):
        return None if value is pd.NaT else value.isoformat()
    return value


def write_run(
    record: RunRecord,
    folder: Path,
    *,
    page: Callable[[RunRecord, Path], object] | None = None,
) -> Path:
    """Write the run directory whole or not at all; return its path.

    The files are built beside their place, forced to disk and renamed into it, readable by their
    owner only.

    Parameters
    ----------
    page : callable, optional
        ``page(record, path)`` writes ``tearsheet.html``.

    Raises
    ------
    ConfigError
        If the folder exists and is not empty.
    """
    folder = checked_target(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear_leftovers(folder.parent)
    building = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=folder.parent))
    try:
        with naming(folder):
            _write_files(record, building)
            if page is not None:
                page(record, building / "tearsheet.html")
            for path in sorted(building.iterdir()):
                path.chmod(0o600)
                _force_to_disk(path)
        _force_to_disk(building)
        os.replace(building, folder)
        _force_to_disk(folder.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def checked_target(folder: Path) -> Path:
    """Return the absolute path of a folder into which a run may be written.

    Raises
    ------
    ConfigError
        If it is a file, a symbolic link, or holds something already.
    """
    folder = Path(os.path.abspath(folder))
    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if folder.is_symlink() or not is_free:
        raise ConfigError(f"{folder} exists already; accepted: a new or an empty directory")
    return folder


def read_run(folder: Path) -> RunRecord:
    """Return the record that a run directory holds.

    Raises
    ------
    DataRefused
        Naming the file, and the row and column, that is missing or cannot be read.
    """
    folder = Path(folder)
    info = _read_info(folder / "run.json")
    tables = {table: _read_table(table, folder) for table in COLUMNS}
    return RunRecord(info=info, **tables)


def _write_files(record: RunRecord, folder: Path) -> None:
    text = json.dumps(record.info, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    (folder / "config.toml").write_text(tomli_w.dumps(record.info["config"]), encoding="utf-8")
    for table in (item.name for item in fields(record) if item.name in COLUMNS):
        frame: pd.DataFrame = getattr(record, table)
        path = folder / file_name(table)
        if table in PARQUET:
            frame.to_parquet(path, index=False)
        else:
            path.write_text(to_csv(frame), encoding="utf-8", newline="")


def _read_info(path: Path) -> dict[str, Any]:
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataRefused(f"{path.parent} is not a run directory: it has no run.json") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataRefused(f"{path}: not a JSON document: {error}") from None
    if not isinstance(info, dict):
        raise DataRefused(f"{path}: accepted: a JSON object, got {type(info).__name__}")
    return info


def _read_table(table: str, folder: Path) -> pd.DataFrame:
    path = folder / file_name(table)
    try:
        if table in PARQUET:
            return pd.read_parquet(path)
        return from_csv(table, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataRefused(f"{path}: the file is missing from the run directory") from None
    except DataRefused:
        raise
    except (ValueError, OSError) as error:
        raise DataRefused(f"{path}: cannot be read: {error}") from None


def _clear_leftovers(parent: Path) -> None:
    """Remove what a killed run left behind a day ago or earlier."""
    for path in parent.glob(f"{TEMPORARY}*"):
        if not path.is_symlink() and time.time() - path.stat().st_mtime > LEFTOVER_AFTER:
            shutil.rmtree(path, ignore_errors=True)


def _force_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
