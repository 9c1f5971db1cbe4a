"""Immutable Parquet parts: whole or not there, each carrying the checksum of its content."""

from __future__ import annotations

import io
import os
import secrets
import socket
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orebound.feeds import naming

KEY, SUM = b"orebound.chunk", b"orebound.sha256"
UNFINISHED = ".unfinished"
MAGIC = b"PAR1"
BLANK = b"0" * 64
#: How a text of 64 bytes follows its key in a Parquet footer (Thrift's compact protocol).
BEFORE_SUM = SUM + b"\x18\x40"


def part_path(folder: Path, key: str) -> Path:
    """Return where the part of a chunk belongs."""
    return folder / f"{key[:32]}.parquet"


def write_part(folder: Path, key: str, table: pa.Table) -> Path:
    """Put a part in place: written beside it, synced, renamed, and the folder synced.

    Two writers of one chunk write the same content; the later one wins and nothing is mixed.
    """
    target = part_path(folder, key)
    content = _sealed(table, key)
    host = socket.gethostname().replace("~", "-")
    beside = folder / f"~{host}~{os.getpid()}~{secrets.token_hex(4)}{UNFINISHED}"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with naming(target), os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    sync_folder(folder)
    return target


def read_part(path: Path, key: str) -> pa.Table | None:
    """Return a part's table; None where it is absent, torn, changed, or another chunk's.

    Every byte is covered by the checksum: a reader that forgives more never sees the file.
    """
    content = _checked(path)
    if content is None:
        return None
    table = pq.read_table(pa.BufferReader(content))
    if (table.schema.metadata or {}).get(KEY) != key.encode():
        return None
    return table.replace_schema_metadata(None)


def is_damaged(path: Path) -> bool:
    """Return whether a part is absent, torn or changed since it was written."""
    return _checked(path) is None


def _checked(path: Path) -> bytearray | None:
    """Return a part's bytes, its checksum left blank; None where they do not check."""
    # Only regular files are read: a link could lead out of the sweep.
    if path.is_symlink() or not path.is_file():
        return None
    content = bytearray(path.read_bytes())
    place = _sum_place(content)
    if place is None:
        return None
    said = bytes(content[place : place + len(BLANK)])
    content[place : place + len(BLANK)] = BLANK
    return content if sha256(content).hexdigest().encode() == said else None


def _sealed(table: pa.Table, key: str) -> bytes:
    """Return the bytes of a part; its checksum is taken with the checksum itself left blank."""
    named = table.replace_schema_metadata({KEY: key.encode(), SUM: BLANK})
    buffer = io.BytesIO()
    # Figures hardly repeat: looking for repetitions takes as long as all the rest of writing.
    words = [field.name for field in named.schema if pa.types.is_string(field.type)]
    pq.write_table(named, buffer, compression="zstd", compression_level=1, use_dictionary=words)
    content = bytearray(buffer.getvalue())
    place = _sum_place(content)
    assert place is not None
    content[place : place + len(BLANK)] = sha256(content).hexdigest().encode()
    return bytes(content)


def _sum_place(content: bytearray) -> int | None:
    """Return where the checksum stands in the footer, None in what is no part of ours."""
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    if content[-4:] != MAGIC or footer < len(MAGIC):
        return None
    found = content.rfind(BEFORE_SUM, footer)
    place = found + len(BEFORE_SUM)
    return place if found >= 0 and place + len(BLANK) <= len(content) else None


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
        with naming(path), beside.open("w", encoding="utf-8") as file:
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


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
