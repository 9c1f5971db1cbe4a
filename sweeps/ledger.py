"""Every trial ever run, one line a batch, appended and never rewritten.

The deflation of a best result needs the number of all that were tried, abandoned ones included;
what nobody counted at the time cannot be counted later. A trial counts for every market that its
sweep ran on: a sweep of several universes has a key for each.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orebound.feeds import naming

FILE = "ledger.jsonl"
KEYS = {"data", "idea", "sweep", "batch", "trials"}


@dataclass(frozen=True)
class Ledger:
    """The ledger of one results folder.

    Parameters
    ----------
    path : Path
        ``ledger.jsonl``; made with the first line.
    """

    path: Path

    def append(
        self,
        *,
        markets: Collection[str],
        idea: str,
        sweep: str,
        batch: str,
        trials: int,
        status: str,
        worth: float | None = None,
    ) -> None:
        """Add one line and wait until it is on disk.

        Parameters
        ----------
        markets : collection of str
            The key of each market that the sweep runs on (`identity.data_key`).
        batch : str
            Names the batch: the same batch made again counts once.
        status : str
            ``finished`` or ``abandoned``; both count. ``judged`` lines hold no trials of their own.
        worth : float, optional
            What a whole sweep is worth in independent trials, once it is judged.
        """
        keys = list(dict.fromkeys(markets))
        line: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": keys[0],
            "idea": idea,
            "sweep": sweep,
            "batch": batch,
            "trials": trials,
            "status": status,
        }
        line |= {"markets": keys} if len(keys) > 1 else {}
        line |= {} if worth is None else {"worth": worth}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        descriptor = os.open(self.path, flags, 0o600)
        try:
            # A torn line of a killed writer is ended first, so that it takes no other with it.
            start = "\n" if self._is_torn() else ""
            with naming(self.path):
                os.write(descriptor, f"{start}{json.dumps(line)}\n".encode())
                os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the whole lines; a torn one is passed over."""
        if not self.path.is_file():
            return
        with self.path.open(encoding="utf-8", errors="replace") as file:
            for text in file:
                try:
                    line = json.loads(text)
                except json.JSONDecodeError:
                    continue
                if isinstance(line, dict) and line.keys() >= KEYS:
                    yield line

    def count(self, markets: Collection[str], idea: str) -> int:
        """Return how many trials were ever run on an idea and any of some markets.

        A trial of a sweep of several markets counts whole for each of them.
        """
        batches = {line["batch"]: int(line["trials"]) for line in self._lines_on(markets, idea)}
        return sum(batches.values())

    def worth_of_others(self, markets: Collection[str], idea: str, sweep: str) -> float:
        """Return what all other sweeps on any of these are worth in independent trials.

        Each counts as what its own judgement found; one that was never judged, trial by trial.
        """
        trials: dict[str, dict[str, int]] = {}
        worth: dict[str, float] = {}
        for line in self._lines_on(markets, idea):
            if line["sweep"] == sweep:
                continue
            trials.setdefault(line["sweep"], {})[line["batch"]] = int(line["trials"])
            if "worth" in line:
                worth[line["sweep"]] = float(line["worth"])
        counts = {name: float(sum(batches.values())) for name, batches in trials.items()}
        return sum(min(counts[name], worth.get(name, counts[name])) for name in counts)

    def _lines_on(self, markets: Collection[str], idea: str) -> Iterator[dict[str, Any]]:
        """Yield the lines of an idea that share a market with some; old ones name one alone."""
        asked = set(markets)
        for line in self.lines():
            keys = line.get("markets")
            own = {str(line["data"]), *(map(str, keys) if isinstance(keys, list) else ())}
            if line["idea"] == idea and asked & own:
                yield line

    def batches(self, sweep: str) -> set[str]:
        """Return the batches of a sweep that are counted already."""
        return {
            line["batch"] for line in self.lines() if line["sweep"] == sweep and "worth" not in line
        }

    def _is_torn(self) -> bool:
        with self.path.open("rb") as file:
            if not file.seek(0, os.SEEK_END):
                return False
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"
