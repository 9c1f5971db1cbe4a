"""The door for local files: regular, below the declared root, within limits, plain text."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

from ..refusal import AuditRefused, refuse

MAX_FILE = 256 * 2**20
MAX_LINE = 2**20
MAX_COLUMNS = 64
# A daily file of 400 years has 100,000 rows; more is not a daily price file.
MAX_ROWS = 100_000
CHUNK = 2**20
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def read_regular(path: str | Path, root: Path | None = None) -> bytes:
    """Return the bytes of a local regular file below `root`.

    Parameters
    ----------
    root : Path or None
        The declared data folder; the file's own folder where None. A link that leads out of it
        is refused.

    Raises
    ------
    AuditRefused
        For URLs, links out of the root, folders, pipes, devices, files over 256 MB, lines over
        1 MB, more than 100,000 rows, compressed or binary content and missing files.
    """
    if URL.match(str(path)):
        raise refuse(str(path), "local file", "a URL is not read; download it first")
    target = _inside(Path(path), root)
    return _read_checked(target, Path(path).name)


def check_sidecar(path: Path, payload: bytes, root: Path | None = None) -> bool:
    """Tell whether a ``<file>.sha256`` beside the file vouches for it; refuse if it disagrees."""
    sidecar = path.with_name(path.name + ".sha256")
    if not sidecar.exists():
        return False
    words = read_regular(sidecar, root).decode("ascii", "replace").split()
    stated = words[0] if words else "nothing"
    found = hashlib.sha256(payload).hexdigest()
    if stated.lower() != found:
        detail = f"{sidecar.name} states {stated[:16]}..., the content has {found[:16]}..."
        raise refuse(path.name, "sha256", f"{detail}; the file was cut or changed")
    return True


def _inside(path: Path, root: Path | None) -> Path:
    base = (path.parent if root is None else root).resolve()
    try:
        target = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError):
        raise refuse(path.name, "local file", f"there is no such file in {path.parent}") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise refuse(path.name, "local file", f"cannot be resolved: {error}") from None
    if not target.is_relative_to(base):
        raise refuse(path.name, "local file", "the link leads out of the data folder")
    return target


def _read_checked(target: Path, name: str) -> bytes:
    # O_NONBLOCK: opening a pipe without a writer would wait for ever.
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(target, flags)
    except OSError as error:
        raise refuse(name, "local file", f"cannot be opened: {error.strerror}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise refuse(name, "local file", "not a regular file (folder, pipe or device)")
    with os.fdopen(descriptor, "rb") as stream:
        if status.st_size > MAX_FILE:
            raise _too_large(name, status.st_size)
        parts: list[bytes] = []
        size, line, run = 0, 1, 0
        while chunk := stream.read(CHUNK):
            size += len(chunk)
            _check_chunk(name, chunk, first=not parts, line=line)
            line, run = _check_lines(name, chunk, line, run)
            parts.append(chunk)
            if size > MAX_FILE:
                raise _too_large(name, size)
    return b"".join(parts)


def _too_large(name: str, size: int) -> AuditRefused:
    return refuse(name, "size limit", f"{size:,} bytes; at most {MAX_FILE:,} are read")


def _check_chunk(name: str, chunk: bytes, *, first: bool, line: int) -> None:
    if first and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise refuse(name, "encoding", "UTF-16 text; save the file as UTF-8", row=1)
    if first and (
        chunk[:2] == b"\x1f\x8b" or chunk[:4] in (b"PK\x03\x04", b"PAR1", b"\x28\xb5\x2f\xfd")
    ):
        raise refuse(name, "encoding", "compressed or binary content, not a CSV text file")
    place = chunk.find(b"\x00")
    if place >= 0:
        row = line + chunk.count(b"\n", 0, place)
        raise refuse(name, "encoding", "a NUL byte; UTF-16 or a damaged file", row=row)


def _check_lines(name: str, chunk: bytes, line: int, run: int) -> tuple[int, int]:
    """Return the line number and the length of the unfinished line after this chunk."""
    first = chunk.find(b"\n")
    longest = run + (len(chunk) if first < 0 else first)
    if longest > MAX_LINE:
        raise refuse(name, "size limit", f"a line of over {MAX_LINE:,} bytes", row=line)
    if first < 0:
        return line, longest
    line += chunk.count(b"\n")
    if line > MAX_ROWS + 1:
        raise refuse(name, "size limit", f"more than {MAX_ROWS:,} rows", row=line)
    return line, len(chunk) - chunk.rfind(b"\n") - 1
