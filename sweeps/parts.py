"""Immutable Parquet parts: whole or not there, each carrying the checksum of its content."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

KEY, SUM = b"orebound.chunk", b"orebound.sha256"
UNFINISHED = ".unfinished"


def part_path(folder: Path, key: str) -> Path:
    """Return where the part of a chunk belongs."""
    return folder / f"{key[:32]}.parquet"


def write_part(folder: Path, key: str, table: pa.Table) -> Path:
    """Put a part in place: written beside it, synced, renamed, and the folder synced.

    Two writers of one chunk write the same content; the later one wins and nothing is mixed.
    """
    target = part_path(folder, key)
    named = table.replace_schema_metadata({KEY: key.encode(), SUM: content_sum(table).encode()})
    host = socket.gethostname().replace("~", "-")
    beside = folder / f"~{host}~{os.getpid()}~{secrets.token_hex(4)}{UNFINISHED}"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            pq.write_table(named, file, compression="zstd", compression_level=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    sync_folder(folder)
    return target


def read_part(path: Path, key: str) -> pa.Table | None:
    """Return a part's table; None where it is absent, torn, changed, or another chunk's."""
    try:
        # Only regular files are read: a link could lead out of the sweep.
        if path.is_symlink() or not path.is_file():
            return None
        table = pq.read_table(path, memory_map=False)
    except (pa.ArrowException, OSError, ValueError):
        return None
    said = table.schema.metadata or {}
    if said.get(KEY) != key.encode() or said.get(SUM) != content_sum(table).encode():
        return None
    return table.replace_schema_metadata(None)


def content_sum(table: pa.Table) -> str:
    """Return the sha256 of names, types and values of a table, however it is laid out."""
    hasher = sha256()
    for field, column in zip(table.schema, table.columns, strict=True):
        hasher.update(f"{field.name} {_kind(field.type)} {len(column)}\0".encode())
        _feed(hasher, column.combine_chunks())
    return hasher.hexdigest()


def clear_unfinished(folder: Path) -> int:
    """Remove what killed processes of this machine left unfinished; return how many files."""
    removed = 0
    for path in folder.glob(f"~*{UNFINISHED}"):
        _, host, process, _ = path.name.split("~")
        if host == socket.gethostname().replace("~", "-") and not _is_alive(int(process)):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Replace a small file whole."""
    beside = path.with_name(f"~{path.name}~{secrets.token_hex(4)}{UNFINISHED}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    sync_folder(path.parent)


def total_bytes(paths: Iterable[Path]) -> int:
    """Return what some files take on disk."""
    return sum(path.stat().st_size for path in paths)


def _feed(hasher: object, array: pa.Array | pa.ChunkedArray) -> None:
    update = hasher.update  # type: ignore[attr-defined]
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else array.type.empty()
    if array.null_count:
        update(pc.is_valid(array).cast(pa.uint8()).to_numpy().tobytes())
    if pa.types.is_fixed_size_list(array.type):
        _feed(hasher, array.flatten())
    elif pa.types.is_string(array.type):
        words = array.fill_null("").dictionary_encode()
        update("\0".join(words.dictionary.to_pylist()).encode())
        update(words.indices.to_numpy().tobytes())
    elif pa.types.is_boolean(array.type):
        update(array.cast(pa.uint8()).fill_null(0).to_numpy().tobytes())
    elif pa.types.is_date32(array.type):
        update(array.cast(pa.int32()).fill_null(0).to_numpy().tobytes())
    else:
        update(array.fill_null(0).to_numpy().tobytes())


def _kind(kind: pa.DataType) -> str:
    # The name of a list's items is "item" in Arrow and "element" in Parquet.
    is_list = pa.types.is_fixed_size_list(kind)
    return f"{kind.list_size} of {kind.value_type}" if is_list else str(kind)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
