"""Every trial ever run, one line a batch, appended and never rewritten.

The deflation of a best result needs the number of all that were tried, abandoned ones included;
what nobody counted at the time cannot be counted later.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
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
        data: str,
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
        batch : str
            Names the batch: the same batch made again counts once.
        status : str
            ``finished`` or ``abandoned``; both count. ``judged`` lines hold no trials of their own.
        worth : float, optional
            What a whole sweep is worth in independent trials, once it is judged.
        """
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "data": data,
            "idea": idea,
            "sweep": sweep,
            "batch": batch,
            "trials": trials,
            "status": status,
        } | ({} if worth is None else {"worth": worth})
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

    def count(self, data: str, idea: str) -> int:
        """Return how many trials were ever run on a pair of data and idea."""
        batches = {
            line["batch"]: int(line["trials"])
            for line in self.lines()
            if (line["data"], line["idea"]) == (data, idea)
        }
        return sum(batches.values())

    def worth_of_others(self, data: str, idea: str, sweep: str) -> float:
        """Return what all other sweeps are worth in independent trials.

        Each counts as what its own judgement found; one that was never judged, trial by trial.
        """
        trials: dict[str, dict[str, int]] = {}
        worth: dict[str, float] = {}
        for line in self.lines():
            if (line["data"], line["idea"]) != (data, idea) or line["sweep"] == sweep:
                continue
            trials.setdefault(line["sweep"], {})[line["batch"]] = int(line["trials"])
            if "worth" in line:
                worth[line["sweep"]] = float(line["worth"])
        counts = {name: float(sum(batches.values())) for name, batches in trials.items()}
        return sum(min(counts[name], worth.get(name, counts[name])) for name in counts)

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
