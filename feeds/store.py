"""The local store: one Parquet file a series, whole or not at all, and provably unchanged."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from .errors import DataRefused
from .refusal import refuse
from .series import Finding, RawSeries, SeriesFacts
from .symbols import check_symbol, is_symbol

SCHEMA_VERSION = 1
SUFFIX = ".parquet"
TEMPORARY = ".writing-"
VARIABLE = "OREBOUND_DATA"
MAX_BYTES = 256 * 2**20
MAX_ROWS, MAX_COLUMNS = 100_000, 64
# A writer that has not finished in an hour was killed.
ABANDONED_SECONDS = 3600.0
# The digest stands in the file it protects: it is taken with zeros in its own place.
SEAL = b"orebound-sha256:"
BLANK = b"0" * 64


def store_folder(root: str | Path | None = None) -> Path:
    """Return where the store stands: `root`, else ``OREBOUND_DATA``, else the user's cache."""
    chosen = root if root is not None else os.environ.get(VARIABLE)
    return Path(chosen or platformdirs.user_cache_path("orebound")).absolute()


class Store:
    """Raw series on disk, by symbol.

    Parameters
    ----------
    root : Path or None
        The folder; where None the environment variable ``OREBOUND_DATA``, else the user's cache.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        self.root = store_folder(root)

    def __repr__(self) -> str:
        return f"Store({str(self.root)!r})"

    def path(self, symbol: str) -> Path:
        """Return where a symbol's file stands, below the root for any accepted symbol."""
        return self.root / f"{check_symbol(symbol)}{SUFFIX}"

    def list(self) -> list[str]:
        """Return the symbols held, sorted."""
        if not self.root.is_dir():
            return []
        names = (file.name.removesuffix(SUFFIX) for file in self.root.glob(f"*{SUFFIX}"))
        return sorted(name for name in names if is_symbol(name))

    def save(self, raw: RawSeries) -> Path:
        """Write a series so that a reader, or a crash, meets the old file or the new one.

        Returns
        -------
        Path
            The file, readable by its owner only.
        """
        path = self.path(raw.facts.symbol)
        payload = _sealed(_parquet(raw))
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep()
        _replace(path, payload)
        return path

    def load(self, symbol: str) -> RawSeries:
        """Return a series exactly as it was saved.

        Raises
        ------
        DataRefused
            If the symbol is not held, or its file is not regular, was changed by as much as one
            bit, or was written by another version of this store.
        """
        path = self.path(symbol)
        return _parse(path.name, symbol, _verified(path.name, _read(path)))

    def _sweep(self) -> None:
        """Remove what killed writers left."""
        limit = time.time() - ABANDONED_SECONDS
        for leftover in self.root.glob(f"{TEMPORARY}*"):
            try:
                if leftover.lstat().st_mtime < limit:
                    leftover.unlink()
            except FileNotFoundError:
                continue


def _parquet(raw: RawSeries) -> bytes:
    table = pa.Table.from_pandas(raw.frame, preserve_index=False)
    about = {
        "schema_version": SCHEMA_VERSION,
        "facts": asdict(raw.facts),
        "is_adjusted": raw.is_adjusted,
        "findings": [asdict(finding) for finding in raw.findings],
    }
    metadata = {b"orebound": json.dumps(about).encode(), b"seal": SEAL + BLANK}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), sink)
    return sink.getvalue()


def _sealed(payload: bytes) -> bytes:
    blank, digest = SEAL + BLANK, hashlib.sha256(payload).hexdigest().encode()
    if payload.count(blank) != 1:
        raise DataRefused("the series' own text imitates the store's seal; it is not saved")
    return payload.replace(blank, SEAL + digest)


def _verified(name: str, payload: bytes) -> bytes:
    start = payload.rfind(SEAL) + len(SEAL)
    digest = payload[start : start + len(BLANK)]
    blanked = payload[:start] + BLANK + payload[start + len(BLANK) :]
    if start < len(SEAL) or hashlib.sha256(blanked).hexdigest().encode() != digest:
        detail = "the content is not what was saved (sha256 differs); fetch the series again"
        raise refuse(name, "sha256", detail)
    return payload


def _read(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        detail = f"not in the store {path.parent}; run `orebound fetch`"
        raise refuse(path.name, "store", detail) from None
    except OSError as error:
        raise refuse(path.name, "store", f"cannot be opened: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
            raise refuse(path.name, "store", f"no regular file of at most {MAX_BYTES:,} bytes")
        return stream.read(MAX_BYTES)


def _parse(name: str, symbol: str, payload: bytes) -> RawSeries:
    file = pq.ParquetFile(io.BytesIO(payload))
    _check_size(name, file.metadata)
    about = _about(name, file.metadata.metadata)
    facts = SeriesFacts(**about["facts"])
    if facts.symbol != symbol:
        raise refuse(name, "store", f"holds {facts.symbol!r}, not {symbol!r}")
    frame = file.read().to_pandas()
    frame["date"] = pd.to_datetime(frame["date"])
    findings = tuple(Finding(**finding) for finding in about["findings"])
    return RawSeries(facts, frame, about["is_adjusted"], findings)


def _about(name: str, metadata: dict[bytes, bytes] | None) -> dict[str, Any]:
    about = json.loads((metadata or {}).get(b"orebound", b"{}"))
    version = about.get("schema_version")
    if version != SCHEMA_VERSION:
        detail = f"schema version {version}; this store reads {SCHEMA_VERSION}: fetch it again"
        raise refuse(name, "schema version", detail)
    return dict(about)


def _check_size(name: str, metadata: Any) -> None:
    if metadata.num_rows > MAX_ROWS or metadata.num_columns > MAX_COLUMNS:
        found = f"{metadata.num_rows:,} rows and {metadata.num_columns} columns"
        raise refuse(name, "size limit", f"{found}; at most {MAX_ROWS:,} and {MAX_COLUMNS}")


def _replace(path: Path, payload: bytes) -> None:
    """Put a payload in place of a file: temporary file, fsync, rename, fsync of the folder."""
    descriptor, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _fsync_folder(path.parent)


def _fsync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
