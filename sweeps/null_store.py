"""The worlds of a null sweep on disk: each stored as it ends, and none made twice."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from .identity import code_digest, digest
from .parts import clear_unfinished, part_path, read_part, write_part
from .sweep_folder import NULL_WORLDS

FORMAT = 1
#: What draws a world and finds its best, beside what every sweep computes with.
OWN_FILES = ("null_worlds.py", "null_best.py")
READERS = 4


@dataclass(frozen=True)
class KeptWorlds:
    """What is on disk of some worlds.

    Attributes
    ----------
    best : dict of int to float
        Highest Sharpe ratio per session, by world.
    block : float
        Mean length of a joint block in sessions; NaN where no world is there.
    n_lost : int
        Worlds that are there and damaged.
    """

    best: dict[int, float]
    block: float
    n_lost: int


@dataclass(frozen=True)
class NullStore:
    """The worlds of one sweep, seed and block, made by one version of the code.

    Attributes
    ----------
    root : str
        Digest of what decides every world but its number.
    """

    folder: Path
    root: str

    @classmethod
    def of(cls, sweep: Path, identity: str, *, seed: int, block: float | None) -> NullStore:
        """Return the store below a sweep's directory; nothing is written before a world is kept."""
        here = Path(__file__).parent
        own = [sha256((here / name).read_bytes()).hexdigest() for name in OWN_FILES]
        length = None if block is None else float(block)
        root = digest([FORMAT, identity, seed, length, code_digest(), own])
        return cls(sweep.absolute() / NULL_WORLDS, root)

    def open(self) -> None:
        """Make the folder, without what killed processes left unfinished in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        clear_unfinished(self.folder)

    def path(self, number: int) -> Path:
        """Return where a world belongs."""
        return part_path(self.folder, self._key(number))

    def keep(self, number: int, best: float, block: float) -> None:
        """Put a world in place, whole or not at all."""
        table = pa.table({"world": [number], "best": [best], "block": [block]})
        write_part(self.folder, self._key(number), table)

    def found(self, numbers: Iterable[int]) -> KeptWorlds:
        """Return those of some worlds that are there and whole."""
        there = [number for number in numbers if self.path(number).exists()]
        with ThreadPoolExecutor(READERS) as pool:
            tables = list(pool.map(lambda n: read_part(self.path(n), self._key(n)), there))
        whole = {n: table for n, table in zip(there, tables, strict=True) if table is not None}
        block = next((table["block"][0].as_py() for table in whole.values()), float("nan"))
        best = {n: table["best"][0].as_py() for n, table in whole.items()}
        return KeptWorlds(best, block, len(there) - len(whole))

    def _key(self, number: int) -> str:
        return sha256(f"{self.root} {number}".encode()).hexdigest()
