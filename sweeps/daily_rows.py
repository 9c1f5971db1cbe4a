"""The rows of the daily record: one sealed file a session, written once and never again."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from errno import EEXIST, ENOSYS, EOPNOTSUPP, EPERM
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from orebound.analyzers import plain

SCHEMA = 1
FOLDER = "daily"
LARGEST = 16 * 2**20
WRITING = ".writing-"
SEAL = "sha256"
NO_LINKS = (EPERM, EOPNOTSUPP, ENOSYS)
#: What a row of any version must hold to be compared with.
NEEDED = {"session", "name", "recorded_at", "config", "names"}


@dataclass(frozen=True)
class DailyRow:
    """One row as it was written.

    Attributes
    ----------
    content : dict
        Plain JSON values; what `sweeps.daily` puts into them stands in docs/daily.md.
    """

    path: Path
    content: dict[str, Any]

    @property
    def session(self) -> str:
        """The session, as ISO text."""
        return str(self.content["session"])

    @property
    def names(self) -> dict[str, dict[str, Any]]:
        """The table's lines by symbol."""
        return {str(line["symbol"]): line for line in self.content["names"]}


class Unreadable(NamedTuple):
    """A row that is there and cannot be used, with the reason."""

    path: Path
    session: str
    why: str


class Rows(NamedTuple):
    """The rows of one name, oldest first, and those that cannot be used."""

    whole: tuple[DailyRow, ...]
    unreadable: tuple[Unreadable, ...]

    def before(self, session: str) -> DailyRow | None:
        """Return the last usable row before a session."""
        earlier = [row for row in self.whole if row.session < session]
        return earlier[-1] if earlier else None


def daily_folder(results: Path) -> Path:
    """Return where the daily record stands below a results folder."""
    return results / FOLDER


def row_path(folder: Path, name: str, session: str) -> Path:
    """Return where the row of a session stands."""
    return folder / f"{session}-{name}.json"


def read_rows(folder: Path, name: str) -> Rows:
    """Return the rows of a name in a folder; what cannot be used is said, never passed over."""
    whole, unreadable = [], []
    for path in sorted(folder.glob(f"*-{name}.json")):
        session = path.name[: -len(f"-{name}.json")]
        if not _is_day(session):
            continue  # another name that ends in this one
        found = read_row(path)
        if isinstance(found, str):
            unreadable.append(Unreadable(path, session, found))
        elif (found["name"], found["session"]) != (name, session):
            said = f"its own text says {found['session']} of {found['name']}"
            unreadable.append(Unreadable(path, session, said))
        else:
            whole.append(DailyRow(path, found))
    return Rows(tuple(whole), tuple(unreadable))


def read_row(path: Path) -> dict[str, Any] | str:
    """Return the content of a row's file, or why it cannot be used."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            return f"no regular file of at most {LARGEST:,} bytes"
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        return f"damaged: {error}"
    if not isinstance(content, dict):
        return "damaged: no JSON object"
    if content.get("schema") != SCHEMA:
        return f"written as schema {content.get('schema')!r}; this version reads {SCHEMA}"
    if content.get(SEAL) != seal_of(content):
        return "damaged: its content is not what was written (sha256 differs)"
    absent = sorted(NEEDED - content.keys())
    return f"damaged: {absent[0]} is missing" if absent else content


def seal_of(content: Mapping[str, Any]) -> str:
    """Return the sha256 of everything in a row but its seal."""
    bare = {key: value for key, value in content.items() if key != SEAL}
    text = json.dumps(bare, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def write_row(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write a row whole, on disk, and only where there is none.

    A reader, or a crash, meets no row or the whole one: it is written beside its place and linked
    into it, which fails where something stands there.

    Raises
    ------
    FileExistsError
        If the session has a row already, whatever it holds.
    """
    values = plain({"schema": SCHEMA} | dict(content))
    values[SEAL] = seal_of(values)
    path = row_path(folder, values["name"], values["session"])
    folder.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(prefix=f"{WRITING}{values['name']}-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(values, file, indent=1, ensure_ascii=False, allow_nan=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        _put(beside, path)
    finally:
        Path(beside).unlink(missing_ok=True)
    _sync(folder)
    return path


def _put(beside: str, path: Path) -> None:
    """Give a whole file its name, unless something has it."""
    try:
        os.link(beside, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # Some network file systems have no links; the holder of the record is its only writer.
        if path.exists():
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(path)) from None
        os.rename(beside, path)


@contextmanager
def held(folder: Path, name: str) -> Iterator[bool]:
    """Yield whether the record of a name is ours alone now; a killed holder lets go of it.

    What killed writers left beside the rows is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("wb") as file:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        for leftover in folder.glob(f"{WRITING}{name}-*"):
            leftover.unlink(missing_ok=True)
        yield True


def is_told(path: Path) -> bool:
    """Return whether the changes of a row were told."""
    return path.with_suffix(".told").exists()


def mark_told(path: Path) -> None:
    """Remember that the changes of a row were told, so that none is lost and none told twice."""
    path.with_suffix(".told").touch()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
